/**
 * Saves checkpoints of 1 MB one after another, starting at a given step, until it is killed.
 *
 * checkpoints.test.ts starts and kills this program.
 */
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
