/** The batches of a training on the embedded digits, the same for all engines. */
import { random, slice, take, type Tensor } from '@mini/autograd';
import type { Examples } from '../data/prepare.ts';

export interface Batch {
  /** [64, 28, 28] */
  readonly images: Tensor;
  /** [64] */
  readonly labels: Tensor;
}

export const BATCH_SIZE = 64;

/** Yields batches of equal size, in a new order in each epoch: an exported step has one size. */
export function* shuffledBatches({ images, labels }: Examples, epochs: number): Generator<Batch, void> {
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = random.permutation(random.foldIn(random.key(0), epoch), labels.size);
    for (let end = BATCH_SIZE; end <= labels.size; end += BATCH_SIZE) {
      const indices = slice(order, [end - BATCH_SIZE, end]);
      yield { images: take(images, indices), labels: take(labels, indices) };
    }
  }
}
