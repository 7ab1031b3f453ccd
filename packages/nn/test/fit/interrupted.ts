/** A program that trains until Ctrl-C, with checkpoints in the folder of its argument. */
import { random } from '@mini/autograd';
import { adam, Dense, fit, meanSquaredError } from '../../src/index.ts';
import { checkpointFolder } from '../../src/checkpoints.ts';

const x = random.normal(random.key(0), [150, 2]);
const { interrupted } = await fit(
  Dense(2),
  { x, y: x },
  {
    loss: meanSquaredError,
    optimizer: adam({ learningRate: 1e-4 }),
    epochs: 10_000_000,
    checkpoints: checkpointFolder(process.argv[2]),
  },
);
console.log(`after fit: ${interrupted}`);
