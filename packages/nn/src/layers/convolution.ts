/** Conv and ConvTranspose: the convolutional layers. */
import {
  type ConvOptions,
  type ConvTransposeOptions,
  type Shape,
  type Tensor,
  conv,
  convTranspose,
} from '@mini/autograd';
import {
  asOp,
  checkInteger,
  checkOptions,
  checkShape,
  checkStep,
  checkTensor,
  convTransposeWindows,
  convWindows,
  formatShape,
  rangeError,
  sameShape,
} from '@mini/autograd/check';
import {
  KERNEL_AND_BIAS_OPTIONS,
  type KernelAndBias,
  type KernelAndBiasOptions,
  makeKernelAndBias,
} from './kernel-and-bias.ts';
import type { Module } from './module.ts';
import { checkInput, checkParams, copyWindowOptions } from './parameters.ts';

/** The parameters of `Conv`: kernel [...sizes, in / groups, out], bias [out]. */
export interface ConvParams extends KernelAndBias {}

export interface ConvLayerOptions extends ConvOptions, KernelAndBiasOptions {}
export interface ConvTransposeLayerOptions extends ConvTransposeOptions, KernelAndBiasOptions {}

/**
 * What distinguishes the two layers. Windows are those of the op, for shapes of x and the kernel.
 */
interface Kind<O> {
  readonly op: string;
  readonly names: readonly (keyof O & string)[];
  apply(x: Tensor, kernel: Tensor, options: O): Tensor;
  /** Returns the spatial sizes of the result. Throws for shapes that do not fit. */
  sizes(shape: Shape, kernel: Shape, options: O): readonly number[];
  /** Returns the second-last size of the kernel. */
  inputsOf(channels: number, options: O): number;
}

const makeLayer = <O extends ConvTransposeOptions>(
  { op, names, apply, sizes, inputsOf }: Kind<O>,
  features: number,
  kernelSize: number | readonly number[],
  options: O & KernelAndBiasOptions,
): Module<ConvParams> => {
  const known = [...names, ...KERNEL_AND_BIAS_OPTIONS];
  const { kernelInit, biasInit, useBias, ...rest } = checkOptions<O & KernelAndBiasOptions>(
    op,
    options,
    known,
  );
  const own = copyWindowOptions(op, rest as unknown as O);
  const rule = makeKernelAndBias(op, features, { kernelInit, biasInit, useBias });
  const given = checkStep(op, 'kernelSize', kernelSize);
  if (typeof given !== 'number' && given.length === 0)
    throw rangeError(op, 'kernelSize is empty: expected a size for each spatial axis, got []');
  /** Returns the shape of the kernel for inputs of a shape. */
  const kernelShapeFor = (inputShape: Shape): Shape => {
    const shape = checkShape(op, inputShape);
    const spatial = shape.length - 2;
    if (spatial < 1 || (typeof given !== 'number' && given.length !== spatial))
      throw rangeError(
        op,
        `input does not fit: expected shape [batch, ${typeof given === 'number' ? '...sizes' : given.map(() => 'size').join(', ')}, channels], got ${formatShape(shape)}`,
      );
    const window = typeof given === 'number' ? new Array<number>(spatial).fill(given) : given;
    const channels = shape[shape.length - 1];
    const kernel = [...window, inputsOf(channels, own), features];
    sizes(shape, kernel, own);
    return checkShape(op, kernel);
  };
  return {
    init: (key, inputShape) => rule.init(key, kernelShapeFor(inputShape)),
    apply(params, x) {
      checkParams(op, params);
      const { kernel } = params;
      checkInput(op, x);
      checkTensor(op, 'kernel', kernel);
      if (x.ndim !== kernel.ndim)
        throw rangeError(
          op,
          `input does not fit: expected shape [batch, ${'size, '.repeat(Math.max(0, kernel.ndim - 2))}channels], got ${formatShape(x.shape)}${x.ndim === kernel.ndim - 1 ? '; for one example, write expandDims(x, 0)' : ''}`,
        );
      const expected = kernelShapeFor(x.shape);
      if (!sameShape(kernel.shape, expected))
        throw rangeError(
          op,
          `kernel does not fit: expected shape ${formatShape(expected)} for inputs of shape ${formatShape(x.shape)}, got ${formatShape(kernel.shape)}${kernel.shape.at(-2) === x.shape[1] ? '; channels are the last axis' : ''}`,
        );
      return asOp(op, () => rule.addBias(params, apply(x, kernel, own)));
    },
    outputShape(inputShape) {
      const kernel = kernelShapeFor(inputShape);
      return checkShape(op, [inputShape[0], ...sizes(inputShape, kernel, own), features]);
    },
  };
};

const convKind: Kind<ConvOptions> = {
  op: 'Conv',
  names: ['strides', 'padding', 'dilation', 'groups'],
  apply: conv,
  sizes: (shape, kernel, options) =>
    convWindows('Conv', shape, kernel, options).axes.map(({ output }) => output),
  // If the groups do not divide the channels, convWindows throws.
  inputsOf: (channels, { groups = 1 }) => channels / groups,
};

/**
 * A convolutional layer without a bias: y = conv(x, kernel).
 *
 * @example
 * const layer = Conv(8, 3);
 * const params = layer.init(random.key(0), [1, 28, 28, 1]);
 * console.log(layer.apply(params, zeros([1, 28, 28, 1])).shape); // → [ 1, 28, 28, 8 ]
 */
export function Conv(
  features: number,
  kernelSize: number | readonly number[],
  options: ConvLayerOptions & { readonly useBias: false },
): Module<Pick<ConvParams, 'kernel'>>;
/**
 * A convolutional layer: y = conv(x, kernel) + bias, with one to four spatial axes.
 *
 * Inputs are [batch, ...sizes, in], outputs [batch, ...windows, features]. `kernelSize` is one
 * number for all spatial axes, or one for each. The options are those of `conv`, whose padding is
 * 'SAME' by default. Mirrors flax.linen.Conv, which calls dilation kernel_dilation, and groups
 * feature_group_count.
 *
 * @example
 * const layer = Conv(16, 3, { strides: 2 });
 * const params = layer.init(random.key(0), [1, 28, 28, 1]);
 * console.log(params.kernel.shape, layer.apply(params, zeros([4, 28, 28, 1])).shape);
 * // → [ 3, 3, 1, 16 ] [ 4, 14, 14, 16 ]
 */
export function Conv(
  features: number,
  kernelSize: number | readonly number[],
  options?: ConvLayerOptions,
): Module<ConvParams>;
export function Conv(
  features: number,
  kernelSize: number | readonly number[],
  options: ConvLayerOptions = {},
): Module<ConvParams> {
  const layer = makeLayer(convKind, features, kernelSize, options);
  checkInteger('Conv', 'groups', options.groups === undefined ? 1 : options.groups, 1);
  return layer;
}

const convTransposeKind: Kind<ConvTransposeOptions> = {
  op: 'ConvTranspose',
  names: ['strides', 'padding'],
  apply: convTranspose,
  sizes: (shape, kernel, options) =>
    convTransposeWindows('ConvTranspose', shape, kernel, options).axes.map(({ input }) => input),
  inputsOf: (channels) => channels,
};

/**
 * A transposed convolutional layer without a bias: y = convTranspose(x, kernel).
 *
 * @example
 * const layer = ConvTranspose(1, 2, { strides: 2 });
 * const params = layer.init(random.key(0), [1, 7, 7, 8]);
 * console.log(layer.apply(params, zeros([1, 7, 7, 8])).shape); // → [ 1, 14, 14, 1 ]
 */
export function ConvTranspose(
  features: number,
  kernelSize: number | readonly number[],
  options: ConvTransposeLayerOptions & { readonly useBias: false },
): Module<Pick<ConvParams, 'kernel'>>;
/**
 * A transposed convolutional layer: y = convTranspose(x, kernel) + bias. It enlarges images, as
 * `Conv` with strides reduces them.
 *
 * Inputs are [batch, ...sizes, in], outputs [batch, ...sizes, features]. The options are those of
 * `convTranspose`. Mirrors flax.linen.ConvTranspose.
 *
 * @example
 * const layer = ConvTranspose(8, 3, { strides: 2 });
 * console.log(layer.outputShape([1, 7, 7, 16])); // → [ 1, 14, 14, 8 ]
 */
export function ConvTranspose(
  features: number,
  kernelSize: number | readonly number[],
  options?: ConvTransposeLayerOptions,
): Module<ConvParams>;
export function ConvTranspose(
  features: number,
  kernelSize: number | readonly number[],
  options: ConvTransposeLayerOptions = {},
): Module<ConvParams> {
  return makeLayer(convTransposeKind, features, kernelSize, options);
}
