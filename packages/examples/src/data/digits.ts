/** The embedded data set: 10,000 images, shuffled and split. */
import { random } from '@mini/autograd';
import { type Dataset, MNIST_SIDE, type Splits, subset } from './dataset.ts';

const PIXELS = MNIST_SIDE * MNIST_SIDE;
const COUNT = 10_000;
/** A fifth of the images is for the test. */
const TEST_COUNT = 2000;

/**
 * Shuffles the digits, always in the same order: 8,000 for training, 2,000 for the test.
 *
 * `bytes` are all images, by digit, then their labels.
 */
export const arrangeDigits = (bytes: Uint8Array): Splits => {
  if (bytes.length !== COUNT * (PIXELS + 1))
    throw new Error(`embedded digits: expected ${COUNT * (PIXELS + 1)} bytes, got ${bytes.length}`);
  const order = random.permutation(random.key(0), COUNT).data;
  const images = new Uint8Array(COUNT * PIXELS);
  const labels = new Uint8Array(COUNT);
  order.forEach((from, to) => {
    images.set(bytes.subarray(from * PIXELS, (from + 1) * PIXELS), to * PIXELS);
    labels[to] = bytes[COUNT * PIXELS + from];
  });
  const all: Dataset = { images, labels, count: COUNT, rows: MNIST_SIDE, columns: MNIST_SIDE };
  return {
    train: subset(all, 0, COUNT - TEST_COUNT),
    test: subset(all, COUNT - TEST_COUNT, COUNT),
    source: 'embedded digits (10,000 MNIST training images, not the official split)',
  };
};
