/** Metrics that accumulate over batches. */
import type { Tensor } from '@mini/autograd';
import { asOp } from '@mini/autograd/check';
import { addTo, checkTotal, startTotal, type Total, valueOf } from './total.ts';

/**
 * A metric of many batches: three pure functions, which can also run in compiled functions.
 *
 * The state S is a tree of tensors. A is what `update` takes after the state.
 */
export interface Metric<S, A extends readonly unknown[]> {
  /** Returns the state before the first batch. */
  init(): S;
  /** Returns the state after another batch. */
  update(state: S, ...batch: A): S;
  /** Returns the metric of all batches so far. */
  compute(state: S): Tensor;
}

/** A state of totals, by name. */
export type Totals<N extends string> = Readonly<Record<N, Total>>;

/**
 * Makes a metric whose state is a total of each name in `shapes`.
 *
 * `measure` returns what a batch adds to the totals. It checks its arguments, and its errors start
 * with the name that it receives. `compute` combines the totals.
 */
/* @__NO_SIDE_EFFECTS__ */
export const makeMetric = <N extends string, A extends readonly unknown[]>(
  op: string,
  shapes: Readonly<Record<N, readonly number[]>>,
  measure: (op: string, ...batch: A) => Readonly<Record<N, Tensor>>,
  compute: (values: Readonly<Record<N, Tensor>>) => Tensor,
): Metric<Totals<N>, A> => {
  const names = Object.keys(shapes) as N[];
  const mapNames = <U>(f: (name: N) => U): Readonly<Record<N, U>> =>
    Object.fromEntries(names.map((name) => [name, f(name)])) as Record<N, U>;
  return {
    init: () => mapNames((name) => startTotal(shapes[name])),
    update: (state, ...batch) => {
      const before = mapNames((name) => checkTotal(`${op}.update`, name, state, shapes[name]));
      const added = measure(`${op}.update`, ...batch);
      return asOp(`${op}.update`, () => mapNames((name) => addTo(before[name], added[name])));
    },
    compute: (state) => {
      const totals = mapNames((name) => checkTotal(`${op}.compute`, name, state, shapes[name]));
      return asOp(`${op}.compute`, () => compute(mapNames((name) => valueOf(totals[name]))));
    },
  };
};
