/** Checks of the options of ops on sliding windows. */
import { rangeError } from '../base/errors.ts';
import { describe } from '../base/describe.ts';
import { type Shape, formatShape } from '../base/shape.ts';
import { checkInteger, checkList, wrongType } from '../core/check.ts';
import type { WindowAxis } from './window-geometry.ts';

/**
 * The padding of the spatial axes: 'SAME' for as many windows as the input has elements, divided by
 * the strides; 'VALID' for none; or [low, high] for each axis, the numbers of elements before and
 * after the input.
 */
export type Padding = 'SAME' | 'VALID' | readonly (readonly [low: number, high: number])[];

/** The most spatial axes: the number of loops grows by a factor with each. */
const MAX_SPATIAL_AXES = 4;

/** Returns the sizes of the spatial axes of a shape [batch, ...spatial, channels]. */
export const checkImages = (op: string, shape: Shape): readonly number[] => {
  if (shape.length < 3)
    throw rangeError(
      op,
      `input has too few axes: expected shape [batch, ...spatial, channels], got ${formatShape(shape)}`,
    );
  if (shape.length > MAX_SPATIAL_AXES + 2)
    throw rangeError(
      op,
      `input has too many axes: expected at most ${MAX_SPATIAL_AXES} spatial ones, got shape ${formatShape(shape)}`,
    );
  return shape.slice(1, -1);
};

/** Checks one integer ≥ 1, or a list with one for each axis. Returns a copy. */
export const checkStep = (op: string, what: string, given: unknown): number | readonly number[] =>
  Array.isArray(given)
    ? checkList(op, what, given, (size) => checkInteger(op, what, size, 1), MAX_SPATIAL_AXES)
    : checkInteger(op, what, given, 1);

/** Checks one integer ≥ 1 for all of `count` axes, or one for each. Returns one for each. */
export const checkSizes = (op: string, what: string, given: unknown, count: number): readonly number[] => {
  const sizes = checkStep(op, what, given);
  if (typeof sizes === 'number') return new Array<number>(count).fill(sizes);
  if (sizes.length !== count)
    throw rangeError(
      op,
      `invalid ${what}: expected one for each of ${count} spatial axes, got ${describe(given)}`,
    );
  return sizes;
};

/** Checks padding, of `count` axes if that is given. Returns a copy. */
export const checkPadding = (op: string, given: unknown, count?: number): Padding => {
  if (given === 'SAME' || given === 'VALID') return given;
  if (!Array.isArray(given))
    throw wrongType(op, 'padding', "'SAME', 'VALID' or a list of [low, high]", given);
  const pads = checkList(op, 'padding', given, (pair) => {
    const [low, high, ...more] = Array.isArray(pair)
      ? checkList(op, 'padding', pair, (size) => checkInteger(op, 'padding', size, 0), 3)
      : [];
    if (low === undefined || high === undefined || more.length > 0)
      throw rangeError(op, `invalid padding: expected [low, high] for each axis, got ${describe(pair)}`);
    return [low, high] as const;
  });
  if (count !== undefined && pads.length !== count)
    throw rangeError(
      op,
      `invalid padding: expected [low, high] for each of ${count} spatial axes, got ${describe(given)}`,
    );
  return pads;
};

/** What places sliding windows over spatial axes: one number or pair for each axis. */
interface Placement {
  readonly sizes: readonly number[];
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: Padding;
}

/** Returns the sliding windows; throws for one that is larger than the padded input. */
export const slidingWindows = (
  op: string,
  { sizes, window, strides, dilation, padding }: Placement,
): WindowAxis[] =>
  sizes.map((input, a) => {
    const kernel = checkInteger(op, 'size of the window', window[a], 1);
    const stride = strides[a];
    const extent = (kernel - 1) * dilation[a] + 1;
    if (padding === 'SAME') {
      const output = Math.ceil(input / stride);
      const total = Math.max(0, (output - 1) * stride + extent - input);
      return { input, output, kernel, stride, dilation: dilation[a], low: Math.floor(total / 2) };
    }
    const [low, high] = padding === 'VALID' ? [0, 0] : padding[a];
    if (extent > low + input + high)
      throw rangeError(
        op,
        `window is larger than the input: expected at most ${low + input + high} elements along spatial axis ${a}, got ${extent}`,
      );
    const output = checkInteger(
      op,
      'number of windows',
      Math.floor((low + input + high - extent) / stride) + 1,
      0,
    );
    return { input, output, kernel, stride, dilation: dilation[a], low };
  });
