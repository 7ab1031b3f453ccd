/** Windows of a time series, and what follows each of them. */
import { take, type Tensor, tensor, zeros } from '@mini/autograd';
import { asOp, checkInteger, checkOptions, checkTensor, formatShape, rangeError } from '@mini/autograd/check';

export interface SlidingWindowsOptions {
  /** The number of steps in a window. */
  readonly length: number;
  /** The number of steps behind a window to predict: 1 by default. */
  readonly horizon?: number;
  /** The distance of the starts of two windows: 1 by default. */
  readonly step?: number;
}

/** Returns indices [count, length], the window i starting at start + i·step. */
const indicesOf = (count: number, start: number, step: number, length: number): Tensor => {
  const indices = new Float32Array(count * length);
  for (let i = 0; i < indices.length; i++) indices[i] = start + Math.floor(i / length) * step + (i % length);
  return tensor(indices, [count, length]);
};

/**
 * Returns the windows of a series, and the steps behind each of them.
 *
 * `series` is [time, …]. x is [n, length, …], with x[i] = series[i·step … i·step + length - 1], and
 * y is [n, horizon, …], with the `horizon` steps that follow x[i]. There are as many windows as
 * fit. To keep the test apart from the training, cut the series first, at a time.
 *
 * Throws a RangeError if no window fits.
 *
 * @example
 * const { x, y } = slidingWindows(arange(5), { length: 3 });
 * console.log(x.toArray(), y.toArray()); // → [ [ 0, 1, 2 ], [ 1, 2, 3 ] ] [ [ 3 ], [ 4 ] ]
 */
export function slidingWindows(series: Tensor, options: SlidingWindowsOptions): { x: Tensor; y: Tensor } {
  const op = 'slidingWindows';
  checkTensor(op, 'series', series);
  const { length, horizon = 1, step = 1 } = checkOptions(op, options, ['length', 'horizon', 'step']);
  checkInteger(op, 'length', length, 1);
  checkInteger(op, 'horizon', horizon, 1);
  checkInteger(op, 'step', step, 1);
  const { shape } = series;
  if (shape.length === 0)
    throw rangeError(op, `series has no axis of time: expected shape [time, …], got ${formatShape(shape)}`);
  if (shape[0] < length + horizon)
    throw rangeError(
      op,
      `series is too short: expected at least length + horizon = ${length + horizon} steps, got shape ${formatShape(shape)}`,
    );
  const count = Math.floor((shape[0] - length - horizon) / step) + 1;
  /** The windows of `size` steps. The first one starts at `start`. */
  const windowsFrom = (start: number, size: number): Tensor =>
    series.size === 0
      ? zeros([count, size, ...shape.slice(1)])
      : take(series, indicesOf(count, start, step, size));
  return asOp(op, () => ({ x: windowsFrom(0, length), y: windowsFrom(length, horizon) }));
}
