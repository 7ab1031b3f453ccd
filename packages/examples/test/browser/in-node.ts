/** Trains the networks of the page in Node, to compare results. */
import { type Step, trainClassifier, TRAINING_DEFAULTS } from '../../src/classify.ts';
import { readEmbeddedDigits } from '../../src/data/embedded-digits.ts';
import { prepareData } from '../../src/data/prepare.ts';
import { saveModel } from '../../src/model-file.ts';
import { makeNet } from '../../src/networks.ts';

/**
 * Trains on the embedded digits for some batches, or to the end; returns the mean loss of the last
 * epoch, and the bytes of the model's file.
 */
export const trainInNode = (
  settings: Partial<typeof TRAINING_DEFAULTS>,
  batches: number = Infinity,
): { readonly loss: number; readonly bytes: Uint8Array } => {
  const used = { ...TRAINING_DEFAULTS, ...settings };
  const data = prepareData(readEmbeddedDigits());
  let last: Step | undefined;
  let [count, sum] = [0, 0];
  for (const step of trainClassifier(makeNet(used), data.train, used)) {
    last = step;
    sum = (step.batch === 0 ? 0 : sum) + step.loss.item();
    if (++count === batches) break;
  }
  if (last === undefined) throw new Error('no steps');
  const { hidden, loss } = used;
  const { mean, std } = data;
  const { params, state } = last.state;
  const size = { mean, std, rows: 28, columns: 28 };
  return {
    loss: sum / (last.batch + 1),
    bytes: saveModel({ ...used, params, state, hidden, loss, ...size }),
  };
};
