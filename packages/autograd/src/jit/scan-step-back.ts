/** One step of a `scan` backwards. */
import { typeError } from '../base/errors.ts';
import { sameShape } from '../base/shape.ts';
import { withoutRecord } from '../core/bind.ts';
import type { LeafFunction } from '../core/interpreter.ts';
import { nextRecordId, recording } from '../core/record.ts';
import { resolve, withReplaced } from '../core/replaced.ts';
import type { OpRecord, Tensor } from '../core/tensor.ts';
import { add } from '../ops/arithmetic.ts';
import { backwardOrZeros } from '../transforms/cotangents.ts';
import { variable } from '../transforms/variable.ts';
import { useElements } from './body.ts';
import { keptProducts } from './kept-products.ts';

/** Whether a derivative needs the tensor. */
export const isRecordedTensor = ({ record }: Tensor): boolean => record !== undefined;

/** What a loop and its gradient share. */
interface Backwards {
  readonly f: LeafFunction;
  readonly xs: readonly Tensor[];
  /** The number of results of `f`: the carries, then the outputs. */
  readonly resultCount: number;
  readonly carryCount: number;
  /** The number of products that were kept in each step. */
  readonly productCount: number;
  /** The tensors that `f` closes over and that need a cotangent. */
  readonly own: readonly Tensor[];
  /** Whether each carry and each of the xs needs a cotangent. */
  readonly isNeeded: readonly boolean[];
  /** The outputs and saved carries that have a cotangent. */
  readonly reached: readonly number[];
  readonly onRefusal: Parameters<OpRecord['pull']>[2];
}

/**
 * Replaces the elements of recomputed results with their known elements.
 *
 * The compiler then drops what only computed these elements. Derivatives still flow through the
 * results.
 */
const useKnown = (results: readonly Tensor[], known: readonly Tensor[], first: number): void =>
  results.forEach((result, i) => {
    const { record } = result;
    if (record !== undefined && record.id >= first && record.op !== 'variable')
      result.replaceSource(known[i].source);
  });

/**
 * Runs one step again, and reuses its known results and products. A function that is not pure can
 * compute other results than before.
 */
const runAgain = (
  { f, resultCount, carryCount }: Backwards,
  leaves: readonly Tensor[],
  results: readonly Tensor[],
  products: readonly Tensor[],
): readonly Tensor[] => {
  const first = nextRecordId();
  const outs = recording(() => f(...leaves)).map(resolve);
  if (outs.length !== resultCount)
    throw typeError(
      'scan',
      `f returns other results when it runs again for the gradient: expected ${resultCount} tensors, got ${outs.length}; it has to be pure`,
    );
  keptProducts(outs, carryCount, first).forEach((product, i) => {
    const known = products[i] as Tensor | undefined;
    if (known !== undefined && sameShape(product.shape, known.shape)) useElements(product, known);
  });
  useKnown(outs, results, first);
  return outs;
};

/**
 * Returns one step backwards. Its carries are the cotangents of the carries, those of the tensors
 * that `f` closes over, and the carries after the step.
 */
export const stepBack =
  (loop: Backwards): LeafFunction =>
  (...leaves) => {
    const { xs, resultCount, carryCount: count, productCount, own, isNeeded, reached, onRefusal } = loop;
    let next = 0;
    const take = (n: number): readonly Tensor[] => leaves.slice(next, (next += n));
    const [carryCts, totals, after] = [take(count), take(own.length), take(count)];
    const [carries, elements, ys] = [take(count), take(xs.length), take(resultCount - count)];
    const [products, cts] = [take(productCount), take(reached.length)];
    const carryVariables = carries.map(variable);
    const elementVariables = elements.map((x, i) => (isRecordedTensor(xs[i]) ? variable(x) : x));
    const ownVariables = own.map(variable);
    return withReplaced(new Map(own.map((x, i) => [x, ownVariables[i]])), () => {
      const outs = runAgain(loop, [...carryVariables, ...elementVariables], [...after, ...ys], products);
      const seeded = [...outs.keys()].flatMap((i) => (i < count || reached.includes(i) ? [i] : []));
      const found = backwardOrZeros(
        seeded.map((i) => outs[i]),
        seeded.map((i) => (i < count ? carryCts[i] : cts[reached.indexOf(i)])),
        [...carryVariables, ...ownVariables, ...elementVariables.filter((_, i) => isNeeded[count + i])],
        onRefusal,
      );
      const savedCts = found.slice(0, count).map((ct, i) => {
        const index = reached.indexOf(resultCount + i);
        return index < 0 ? ct : add(ct, cts[index]);
      });
      const newTotals = totals.map((total, i) => add(total, found[count + i]));
      // This loop goes backwards: the step before has these carries as its results.
      return [...savedCts, ...newTotals, ...carries.map(withoutRecord), ...found.slice(count + own.length)];
    });
  };
