/** Saves checkpoints of 1 MB one after the other, from a step on, until it is killed: what checkpoints.test.ts kills. */
import { full } from '@mini/autograd';
import { saveCheckpoint } from '@mini/nn/checkpoints';

const [directory, first] = process.argv.slice(2);
for (let step = Number(first); ; step++) {
  saveCheckpoint(
    directory,
    step,
    { w: full([2 ** 18], step) },
    { metadata: { step: String(step) }, keep: 2 },
  );
  process.stdout.write(`${step}\n`);
}
