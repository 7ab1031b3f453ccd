/** Pooling: the largest element or the mean of each sliding window. */
import { asOp, rangeError } from '../base/errors.ts';
import { MAX_EXACT_INTEGER } from '../base/limits.ts';
import { checkBoolean, checkOptions, toTensor } from '../core/check.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { div, mul } from './arithmetic.ts';
import { tensor } from './creation.ts';
import { type Padding, checkImages, checkPadding, checkSizes, slidingWindows } from './window-options.ts';
import { countsInside } from './window-geometry.ts';
import type { Windows } from './window-loops.ts';
import { sumPools, windowMax } from './windows.ts';

/** The options of pooling. */
export interface PoolOptions {
  /** The size of a window, one for all spatial axes or one for each. */
  readonly window: number | readonly number[];
  /** The distance between neighbouring windows; default 1, as in flax. */
  readonly strides?: number | readonly number[];
  /** The padding of the spatial axes; default 'VALID', which is none. */
  readonly padding?: Padding;
}

/** The options of `avgPool`. */
export interface AvgPoolOptions extends PoolOptions {
  /**
   * Whether to divide by the size of the whole window where it reaches into padding; default true.
   */
  readonly countIncludePad?: boolean;
}

/** Checks the shape and the options of a pooling op, and returns its sliding windows. */
export const poolWindows = (op: string, shape: Shape, options: PoolOptions): Windows => {
  const {
    window,
    strides = 1,
    padding = 'VALID',
  } = checkOptions(op, options, ['window', 'strides', 'padding']);
  const sizes = checkImages(op, shape);
  const axes = slidingWindows(op, {
    sizes,
    window: checkSizes(op, 'window', window, sizes.length),
    strides: checkSizes(op, 'strides', strides, sizes.length),
    dilation: sizes.map(() => 1),
    padding: checkPadding(op, padding, sizes.length),
  });
  // The gradient of maxPool numbers the places of a window.
  if (sizeOf(axes.map(({ kernel }) => kernel)) > MAX_EXACT_INTEGER)
    throw rangeError(
      op,
      `window is too large: expected at most ${MAX_EXACT_INTEGER} elements, got ${axes.map(({ kernel }) => kernel).join(' × ')}`,
    );
  return { axes, groups: 1 };
};

/**
 * Returns the largest element of each window; NaN if one is NaN.
 *
 * x is [batch, ...spatial, channels], with one to four spatial axes; the result is [batch,
 * ...windows, channels], with the sizes of `conv`. Padding is never the largest: a window without
 * elements gives -Infinity. The derivative flows to the first of equal elements in row-major order,
 * or to the first NaN; also if all are -Infinity. Throws a RangeError for a window larger than the
 * padded input. Mirrors flax.linen.max_pool.
 *
 * @example
 * const image = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
 * console.log(maxPool(image, { window: 2 }).data); // → Float32Array(4) [ 5, 6, 8, 9 ]
 */
export function maxPool(x: TensorLike, options: PoolOptions): Tensor {
  const op = 'maxPool';
  const input = toTensor(op, x);
  const windows = poolWindows(op, input.shape, options);
  return asOp(op, () => windowMax(input, windows));
}

/**
 * Returns the mean of each window.
 *
 * x is [batch, ...spatial, channels], with one to four spatial axes; the result is [batch,
 * ...windows, channels], with the sizes of `conv`. Padding counts as zeros; with `countIncludePad`
 * false it does not count, and a window without elements gives NaN. The sums are accumulated in
 * double precision. Throws a RangeError for a window larger than the padded input. Mirrors
 * flax.linen.avg_pool.
 *
 * @example
 * const image = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
 * console.log(avgPool(image, { window: 2 }).data); // → Float32Array(4) [ 3, 4, 6, 7 ]
 */
export function avgPool(x: TensorLike, options: AvgPoolOptions): Tensor {
  const op = 'avgPool';
  const input = toTensor(op, x);
  const { countIncludePad = true, ...rest } = checkOptions(op, options, [
    'window',
    'strides',
    'padding',
    'countIncludePad',
  ]);
  checkBoolean(op, 'countIncludePad', countIncludePad);
  const windows = poolWindows(op, input.shape, rest);
  const { axes } = windows;
  return asOp(op, () => {
    const total = sumPools(input, 'output', 'input', windows);
    if (countIncludePad) return div(total, sizeOf(axes.map(({ kernel }) => kernel)));
    if (total.size === 0) return total;
    // The number of elements in a window is the product of those along the axes.
    const counts = axes.map((axis, a) =>
      tensor(countsInside(axis), [axis.output, ...axes.slice(a).map(() => 1)]),
    );
    return div(total, counts.reduce(mul));
  });
}
