/** Metrics of numbers: the mean, and the coefficient of determination. */
import {
  broadcastTo,
  div,
  equal,
  mean as meanOf,
  mul,
  square,
  sub,
  sum,
  type Tensor,
  type TensorData,
  type TensorLike,
  tensor,
  where,
  zeros,
} from '@mini/autograd';
import {
  asOp,
  checkInteger,
  checkOptions,
  checkTensor,
  formatShape,
  rangeError,
  sameShape,
} from '@mini/autograd/check';
import { readPair, readTargets } from '../losses/reduction.ts';
import { makeMetric, type Metric, type Totals } from './metric.ts';
import { addTo, checkTotal, startTotal, valueOf } from './total.ts';

/**
 * The mean of all values, such as losses; NaN before the first one.
 *
 * `update` takes values of any shape, and optionally weights that broadcast to that shape. To add
 * the mean loss of a batch, pass the size of the batch as its weight.
 *
 * @example
 * const metric = metrics.mean();
 * let state = metric.update(metric.init(), tensor([1, 2, 3]));
 * state = metric.update(state, 10, 5);
 * console.log(metric.compute(state).item()); // → 7
 */
export function mean(): Metric<Totals<'total' | 'weight'>, [values: TensorData, weights?: TensorLike]> {
  return makeMetric(
    'metrics.mean',
    { total: [], weight: [] },
    (op, values: TensorData, weights: TensorLike = 1) => {
      const x = readTargets(op, values, 'values');
      return asOp(op, () => {
        const w = broadcastTo(weights, x.shape);
        return { total: sum(mul(x, w)), weight: sum(w) };
      });
    },
    ({ total, weight }) => div(total, weight),
  );
}

export interface R2Options {
  /** The number of outputs of each example. Without it, an example is one number. */
  readonly outputs?: number;
}

/**
 * The state of R²: totals of residuals and targets, after subtracting a first estimate of their
 * mean.
 */
export interface R2State extends Totals<'count' | 'sum' | 'squares' | 'residual'> {
  readonly shift: Tensor;
}

const R2_TOTALS = ['count', 'sum', 'squares', 'residual'] as const;

/**
 * The coefficient of determination R² = 1 - Σ(y - o)² / Σ(y - mean of y)² of all batches.
 *
 * `update` takes predictions o and targets y, both [batch], or both [batch, outputs] with the
 * option `outputs`; R² is then averaged over the outputs. If all targets are equal, it is 1 for
 * perfect predictions and 0 otherwise, as in scikit-learn. It is NaN before the first batch.
 *
 * @example
 * const metric = metrics.r2();
 * const state = metric.update(metric.init(), tensor([1, 2, 4]), [1, 2, 3]);
 * console.log(metric.compute(state).item()); // → 0.5
 */
export function r2(options: R2Options = {}): Metric<R2State, [predictions: Tensor, targets: TensorData]> {
  const op = 'metrics.r2';
  const { outputs } = checkOptions(op, options, ['outputs']);
  const shape = outputs === undefined ? [] : [checkInteger(op, 'outputs', outputs, 1, 2 ** 20)];
  const shapeOf = (name: string): readonly number[] => (name === 'count' ? [] : shape);
  const read = (at: string, state: R2State): R2State => {
    const [count, total, squares, residual] = R2_TOTALS.map((name) =>
      checkTotal(at, name, state, shapeOf(name)),
    );
    const shift = checkTensor(at, 'shift in the state', state.shift);
    if (!sameShape(shift.shape, shape))
      throw rangeError(
        at,
        `invalid shift in the state: expected shape ${formatShape(shape)}, got ${formatShape(shift.shape)}`,
      );
    return { count, sum: total, squares, residual, shift };
  };
  return {
    init: () => ({
      count: startTotal([]),
      sum: startTotal(shape),
      squares: startTotal(shape),
      residual: startTotal(shape),
      shift: zeros(shape),
    }),
    update: (state, predictions, targets) => {
      const at = `${op}.update`;
      const before = read(at, state);
      const [o, y] = readPair(at, predictions, targets);
      const { shape: found } = y;
      if (found.length !== shape.length + 1 || (outputs !== undefined && found[1] !== outputs))
        throw rangeError(
          at,
          `invalid shape of targets: expected [batch${outputs === undefined ? '' : `, ${outputs}`}], got ${formatShape(found)}${outputs === undefined && found.length === 2 ? `; write metrics.r2({ outputs: ${found[1]} })` : ''}`,
        );
      if (found[0] === 0) return before;
      return asOp(at, () => {
        // Subtracts the mean of the first batch. It is close to that of all: no squares cancel.
        const isFirst = equal(valueOf(before.count), 0);
        const shift = where(isFirst, meanOf(y, { axis: 0 }), before.shift);
        const deviation = sub(y, shift);
        return {
          count: addTo(before.count, tensor(found[0])),
          sum: addTo(before.sum, sum(deviation, { axis: 0 })),
          squares: addTo(before.squares, sum(square(deviation), { axis: 0 })),
          residual: addTo(before.residual, sum(square(sub(y, o)), { axis: 0 })),
          shift,
        };
      });
    },
    compute: (state) => {
      const at = `${op}.compute`;
      const { count, sum: total, squares, residual } = read(at, state);
      return asOp(at, () => {
        const spread = sub(valueOf(squares), div(square(valueOf(total)), valueOf(count)));
        const rest = valueOf(residual);
        const constant = where(equal(rest, 0), 1, 0);
        return meanOf(where(equal(spread, 0), constant, sub(1, div(rest, where(spread, spread, 1)))));
      });
    },
  };
}
