/** Batches of examples. */
import { random, type tree } from '@mini/autograd';
import { asOp, checkBoolean, checkInteger, checkOptions } from '@mini/autograd/check';
import { readExamples } from './examples.ts';

export interface BatchesOptions {
  /** A random key to shuffle the examples; by default, they keep their order. */
  readonly key?: random.Key | undefined;
  /** Whether to drop a last batch that is smaller than the others; false by default. */
  readonly dropRemainder?: boolean;
}

/**
 * Returns the batches of `size` examples, to iterate over.
 *
 * `data` is a tree of tensors with the same first axis, such as { x, labels }. A batch has the form
 * of `data`. Each example is in one batch. The last batch can be smaller, unless `dropRemainder` is
 * true. A compiled function is compiled once for each size.
 *
 * The result can be iterated again, in the same order. To shuffle each epoch anew, use a new key:
 * batches(data, 32, { key: random.foldIn(key, epoch) }). A batch is made when the loop reaches it.
 *
 * Throws a RangeError if the tensors have different numbers of examples.
 *
 * @example
 * const data = { x: zeros([5, 3]), labels: arange(5) };
 * for (const { x, labels } of batches(data, 2)) console.log(x.shape, labels.toArray());
 * // → [ 2, 3 ] [ 0, 1 ]
 * // → [ 2, 3 ] [ 2, 3 ]
 * // → [ 1, 3 ] [ 4 ]
 */
export function batches<T>(
  data: tree.TensorTree<T> & T,
  size: number,
  options: BatchesOptions = {},
): Iterable<T> {
  const op = 'batches';
  const { count, take } = readExamples<T>(op, data);
  checkInteger(op, 'size', size, 1);
  const { key, dropRemainder = false } = checkOptions(op, options, ['key', 'dropRemainder']);
  checkBoolean(op, 'dropRemainder', dropRemainder);
  const order = key === undefined ? undefined : asOp(op, () => random.permutation(key, count)).data;
  const end = dropRemainder ? count - (count % size) : count;
  return {
    *[Symbol.iterator]() {
      for (let start = 0; start < end; start += size) {
        const stop = Math.min(start + size, count);
        yield take(
          order?.slice(start, stop) ?? Float32Array.from({ length: stop - start }, (_, i) => start + i),
        );
      }
    },
  };
}
