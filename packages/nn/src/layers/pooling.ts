/** Pooling layers. They have no parameters. */
import {
  type AvgPoolOptions,
  type PoolOptions,
  type Shape,
  type Tensor,
  avgPool,
  max,
  maxPool,
  mean,
} from '@mini/autograd';
import {
  asOp,
  checkBoolean,
  checkOptions,
  checkShape,
  checkStep,
  formatShape,
  poolWindows,
  rangeError,
} from '@mini/autograd/check';
import type { Module, NoParams } from './module.ts';
import { checkInput, copyWindowOptions } from './parameters.ts';

/** Checks the options of a pooling layer, and returns a copy. */
const copyPoolOptions = <O extends PoolOptions>(op: string, options: O, more: (keyof O & string)[]): O => {
  const { window } = checkOptions<O>(op, options, ['window', 'strides', 'padding', ...more]);
  checkStep(op, 'window', window);
  return copyWindowOptions(op, options);
};

/** Returns the shape of the result of pooling. */
const pooledShape = (op: string, inputShape: Shape, options: PoolOptions): Shape => {
  const shape = checkShape(op, inputShape);
  const { axes } = poolWindows(op, shape, options);
  return checkShape(op, [shape[0], ...axes.map(({ output }) => output), shape[shape.length - 1]]);
};

/**
 * A layer that returns the largest element of each window, see `maxPool`.
 *
 * Mirrors flax.linen.max_pool. As there, strides are 1 by default.
 *
 * @example
 * const layer = MaxPool({ window: 2, strides: 2 });
 * console.log(layer.outputShape([1, 28, 28, 8])); // → [ 1, 14, 14, 8 ]
 */
export function MaxPool(options: PoolOptions): Module<NoParams> {
  const own = copyPoolOptions('MaxPool', options, []);
  return {
    init: () => ({}),
    apply: (_params, x) => {
      checkInput('MaxPool', x);
      return asOp('MaxPool', () => maxPool(x, own));
    },
    outputShape: (inputShape) => pooledShape('MaxPool', inputShape, own),
  };
}

/**
 * A layer that returns the mean of each window, see `avgPool`.
 *
 * Mirrors flax.linen.avg_pool. As there, strides are 1 by default, and padding counts.
 *
 * @example
 * const layer = AvgPool({ window: 2, strides: 2 });
 * console.log(layer.outputShape([1, 28, 28, 8])); // → [ 1, 14, 14, 8 ]
 */
export function AvgPool(options: AvgPoolOptions): Module<NoParams> {
  const own = copyPoolOptions('AvgPool', options, ['countIncludePad']);
  const { countIncludePad = true, ...rest } = own;
  checkBoolean('AvgPool', 'countIncludePad', countIncludePad);
  return {
    init: () => ({}),
    apply: (_params, x) => {
      checkInput('AvgPool', x);
      return asOp('AvgPool', () => avgPool(x, own));
    },
    outputShape: (inputShape) => pooledShape('AvgPool', inputShape, rest),
  };
}

/** Returns the layer that combines all spatial axes of [batch, ...sizes, channels]. */
/* @__NO_SIDE_EFFECTS__ */
const globalPool = (
  op: string,
  reduce: (x: Tensor, options: { axis: number[] }) => Tensor,
): Module<NoParams> => {
  const outputShape = (shape: Shape): Shape => {
    if (shape.length < 3)
      throw rangeError(
        op,
        `input has too few axes: expected shape [batch, ...sizes, channels], got ${formatShape(shape)}`,
      );
    return [shape[0], shape[shape.length - 1]];
  };
  return {
    init: () => ({}),
    apply: (_params, x) => {
      outputShape(checkInput(op, x).shape);
      return asOp(op, () => reduce(x, { axis: [...x.shape.keys()].slice(1, -1) }));
    },
    outputShape: (inputShape) => outputShape(checkShape(op, inputShape)),
  };
};

/**
 * A layer that returns the mean of each channel: [batch, ...sizes, channels] to [batch, channels].
 */
export const GlobalAvgPool: Module<NoParams> = /* @__PURE__ */ globalPool('GlobalAvgPool', mean);

/**
 * A layer that returns the largest element of each channel: [batch, ...sizes, channels] to [batch,
 * channels]. Equal elements share the derivative, as in `max`.
 */
export const GlobalMaxPool: Module<NoParams> = /* @__PURE__ */ globalPool('GlobalMaxPool', max);
