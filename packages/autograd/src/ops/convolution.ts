/** Convolutions: sums of products over sliding windows. */
import { asOp, rangeError } from '../base/errors.ts';
import { bindFunction } from '../core/bind.ts';
import { currentInterpreter, eager } from '../core/interpreter.ts';
import { checkInteger, checkOptions, toTensor } from '../core/check.ts';
import { inKernelMemory } from '../core/in-kernel-memory.ts';
import { type Shape, formatShape, sizeOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { flip } from './flipping.ts';
import { isJoinable, matmul, multiply } from './linalg.ts';
import { broadcastTo, transpose, withShape } from './structure.ts';
import { type Padding, checkImages, checkPadding, checkSizes, slidingWindows } from './window-options.ts';
import type { Windows } from './window-loops.ts';
import { sumTransposed, sumWindows, windowProduct } from './windows.ts';

/** The options of `conv`. */
export interface ConvOptions {
  /**
   * The distance between neighbouring windows, one for all spatial axes or one for each; default 1.
   */
  readonly strides?: number | readonly number[];
  /** The padding of the spatial axes; default 'SAME'. */
  readonly padding?: Padding;
  /** The distance between neighbouring elements of a window; default 1. */
  readonly dilation?: number | readonly number[];
  /**
   * The number of groups of channels; default 1. Each result depends on the channels of one group.
   */
  readonly groups?: number;
}

/** Checks the shapes and the options of a convolution, and returns its sliding windows. */
export const convWindows = (op: string, shape: Shape, kernel: Shape, options: ConvOptions): Windows => {
  const {
    strides = 1,
    padding = 'SAME',
    dilation = 1,
    groups = 1,
  } = checkOptions(op, options, ['strides', 'padding', 'dilation', 'groups']);
  const sizes = checkImages(op, shape);
  const channels = shape[shape.length - 1];
  checkInteger(op, 'groups', groups, 1);
  if (channels % groups !== 0)
    throw rangeError(
      op,
      `groups do not divide the channels: expected a divisor of ${channels}, got groups ${groups}`,
    );
  checkKernel(op, kernel, sizes, channels / groups);
  if (kernel[kernel.length - 1] % groups !== 0)
    throw rangeError(
      op,
      `groups do not divide the kernel: expected a multiple of ${groups} for its last size, got ${formatShape(kernel)}`,
    );
  const axes = slidingWindows(op, {
    sizes,
    window: kernel.slice(0, -2),
    strides: checkSizes(op, 'strides', strides, sizes.length),
    dilation: checkSizes(op, 'dilation', dilation, sizes.length),
    padding: checkPadding(op, padding, sizes.length),
  });
  return { axes, groups };
};

/**
 * Throws unless a kernel has one size for each spatial axis, then `channels`, then its features.
 */
const checkKernel = (op: string, shape: Shape, spatial: Shape, channels: number): void => {
  if (shape.length === spatial.length + 2 && shape[spatial.length] === channels) return;
  const expected = [...spatial.map(() => 'size'), channels, 'out'].join(', ');
  throw rangeError(op, `kernel does not fit: expected shape [${expected}], got ${formatShape(shape)}`);
};

/** A function of two tensors that is linear in each. */
type Bilinear = (a: Tensor, b: Tensor, windows: Windows) => Tensor;

/** The function of an op, and its gradients by its two operands. */
interface BilinearOp {
  readonly f: Bilinear;
  readonly gradientOfA: Bilinear;
  readonly gradientOfB: Bilinear;
  /**
   * The rows and columns of the matrix product, if the leading axis of the result is that of the
   * first operand.
   */
  readonly productSize?: (a: Tensor, b: Tensor, windows: Windows) => readonly [rows: number, columns: number];
}

/**
 * Returns a bilinear function as an op with gradient rules of its own.
 *
 * When it runs eagerly, its ops run in the memory of the kernels and only its result is copied out,
 * because windows are many times larger than their input.
 */
/* @__NO_SIDE_EFFECTS__ */
const bilinear =
  ({ f, gradientOfA, gradientOfB, productSize }: BilinearOp): Bilinear =>
  (a, b, windows) => {
    const size = productSize?.(a, b, windows);
    return bindFunction(
      {
        name: 'conv',
        f: (x, y) =>
          currentInterpreter() === eager ? inKernelMemory('conv', () => f(x, y, windows)) : f(x, y, windows),
        rule: (ct, [x, y]) => [() => gradientOfA(ct, y, windows), () => gradientOfB(x, ct, windows)],
        ...(size !== undefined && isJoinable(...size) ? { rowOperand: 0 } : {}),
      },
      [a, b],
    );
  };

/** Returns the matrix of a kernel: a row for each place and channel, a column for each feature. */
const kernelMatrix = (kernel: Tensor): Tensor =>
  withShape(kernel, [sizeOf(kernel.shape.slice(0, -1)), kernel.shape[kernel.ndim - 1]]);

/** Returns the rows of x, [..., channels]. */
const rowsOf = (x: Tensor): Tensor => withShape(x, [sizeOf(x.shape.slice(0, -1)), x.shape[x.ndim - 1]]);

/** Returns the matrix of all windows of x: a row for each window. */
const windowMatrix = (x: Tensor, windows: Windows): Tensor => {
  const { axes } = windows;
  const rows = x.shape[0] * sizeOf(axes.map(({ output }) => output));
  const columns = x.shape[x.ndim - 1] * sizeOf(axes.map(({ kernel }) => kernel));
  return withShape(sumWindows(x, 'windows', 'input', windows), [rows, columns]);
};

/** Returns the products of all windows of x with the kernel. */
const multiplyWindows: Bilinear = bilinear({
  f: (x, kernel, windows) => {
    const outputs = windows.axes.map(({ output }) => output);
    const product = matmul(windowMatrix(x, windows), kernelMatrix(kernel));
    return withShape(product, [x.shape[0], ...outputs, kernel.shape[kernel.ndim - 1]]);
  },
  gradientOfA: (ct, kernel, windows) => foldProducts(ct, kernel, windows),
  gradientOfB: (x, ct, windows) => correlate(x, ct, windows),
  productSize: (x, kernel, { axes }) => [
    x.shape[0] * sizeOf(axes.map(({ output }) => output)),
    kernel.shape[kernel.ndim - 1],
  ],
});

/** Returns the gradient of `multiplyWindows` by its input: the overlapping sum of products. */
const foldProducts: Bilinear = bilinear({
  f: (ct, kernel, windows) => {
    const { axes } = windows;
    const product = multiply(rowsOf(ct), kernelMatrix(kernel), false, true);
    const sizes = [...axes.map(({ output }) => output), ...axes.map((axis) => axis.kernel)];
    const all = withShape(product, [ct.shape[0], ...sizes, kernel.shape[kernel.ndim - 2]]);
    return sumWindows(all, 'input', 'windows', windows);
  },
  gradientOfA: (x, kernel, windows) => multiplyWindows(x, kernel, windows),
  gradientOfB: (ct, x, windows) => correlate(x, ct, windows),
  productSize: (ct, kernel) => [sizeOf(ct.shape.slice(0, -1)), sizeOf(kernel.shape.slice(0, -1))],
});

/** Returns the gradient of `multiplyWindows` by its kernel. */
const correlate: Bilinear = bilinear({
  f: (x, ct, windows) => {
    const sizes = windows.axes.map(({ kernel }) => kernel);
    const product = multiply(windowMatrix(x, windows), rowsOf(ct), true, false);
    return withShape(product, [...sizes, x.shape[x.ndim - 1], ct.shape[ct.ndim - 1]]);
  },
  gradientOfA: (kernel, ct, windows) => foldProducts(ct, kernel, windows),
  gradientOfB: (x, kernel, windows) => multiplyWindows(x, kernel, windows),
});

/**
 * Returns the sum of products of each window of x with the kernel, one group of channels at a time.
 */
const convolve: Bilinear = (x, kernel, { axes, groups }) => {
  const [batch] = x.shape;
  const [channels, features] = kernel.shape.slice(-2);
  const outputs = axes.map(({ output }) => output);
  const shape = [batch, ...outputs, features];
  if (channels === 1 && groups > 1) {
    // Each channel on its own: a sum of products is much faster than many small matrix products.
    const multiplied = [...x.shape, features / groups];
    const repeated = broadcastTo(withShape(x, [...x.shape, 1]), multiplied);
    const places = withShape(kernel, [...kernel.shape.slice(0, -2), features]);
    return windowProduct(
      'output',
      ['input', withShape(repeated, [...x.shape.slice(0, -1), features])],
      ['kernel', places],
      { axes, groups: 1 },
    );
  }
  const isPointwise = axes.every(
    ({ kernel: size, stride, input, output }) => size === 1 && stride === 1 && input === output,
  );
  if (groups === 1 && isPointwise) return withShape(matmul(rowsOf(x), kernelMatrix(kernel)), shape);
  if (groups === 1) return multiplyWindows(x, kernel, { axes, groups });
  const rows = batch * sizeOf(outputs);
  const depth = sizeOf(kernel.shape.slice(0, -1));
  const windows = withShape(sumWindows(x, 'windows', 'input', { axes, groups }), [groups, rows, depth]);
  const kernels = transpose(withShape(kernel, [depth, groups, features / groups]), [1, 0, 2]);
  return withShape(transpose(matmul(windows, kernels), [1, 0, 2]), shape);
};

/**
 * Returns the convolution of x with a kernel: for each window of x, the sum of its products with
 * the kernel. The kernel is not flipped.
 *
 * x is [batch, ...spatial, in], with one to four spatial axes; the kernel is [...spatial, in /
 * groups, out]. The result is [batch, ...windows, out]. Along a spatial axis of size n, with an
 * effective kernel size of e = (k - 1)·dilation + 1, the number of windows is ⌈n / stride⌉ for the
 * padding 'SAME', which adds zeros on both sides, the odd one at the end; ⌈(n - e + 1) / stride⌉
 * for 'VALID', which adds none; and for explicit padding [[low, high], …] that of 'VALID' for the
 * padded axis.
 *
 * Throws a RangeError for shapes that do not fit, for groups that do not divide the channels, and
 * for windows larger than the padded input. Mirrors jax.lax.conv_general_dilated with
 * dimension_numbers ('NHWC', 'HWIO', 'NHWC').
 *
 * Zeros of the padding are multiplied, so that kernels with infinite elements give NaN there; but
 * not where each channel is a group of its own.
 *
 * @example
 * const image = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
 * const kernel = tensor([1, 0, 0, -1], [2, 2, 1, 1]);
 * const y = conv(image, kernel, { padding: 'VALID' });
 * console.log(y.shape, y.data); // → [ 1, 2, 2, 1 ] Float32Array(4) [ -4, -4, -4, -4 ]
 */
export function conv(x: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor {
  const input = toTensor('conv', x);
  const weights = toTensor('conv', kernel);
  const windows = convWindows('conv', input.shape, weights.shape, options);
  return asOp('conv', () => convolve(input, weights, windows));
}

/** The options of `convTranspose`. */
export type ConvTransposeOptions = Pick<ConvOptions, 'strides' | 'padding'>;

/**
 * Returns [low, high]: the padding of the input, with stride - 1 zeros between its elements, that a
 * transposed convolution needs along one axis. The formula is that of jax.lax.conv_transpose.
 */
const transposePadding = (padding: 'SAME' | 'VALID', size: number, stride: number): [number, number] => {
  const total = size + stride - 2 + (padding === 'VALID' ? Math.max(size - stride, 0) : 0);
  const low = padding === 'VALID' || stride > size - 1 ? size - 1 : Math.ceil(total / 2);
  return [low, total - low];
};

/**
 * Checks the shapes and the options of a transposed convolution, and returns its sliding windows.
 * Their input is the result, and their outputs are the elements of x.
 */
export const convTransposeWindows = (
  op: string,
  shape: Shape,
  kernel: Shape,
  options: ConvTransposeOptions,
): Windows => {
  const { strides = 1, padding = 'SAME' } = checkOptions(op, options, ['strides', 'padding']);
  const sizes = checkImages(op, shape);
  checkKernel(op, kernel, sizes, shape[shape.length - 1]);
  const steps = checkSizes(op, 'strides', strides, sizes.length);
  const pads = checkPadding(op, padding, sizes.length);
  const axes = sizes.map((output, a) => {
    const size = checkInteger(op, 'size of the kernel', kernel[a], 1);
    const stride = steps[a];
    const [low, high] = typeof pads === 'string' ? transposePadding(pads, size, stride) : pads[a];
    const input = Math.max(0, (output - 1) * stride + 1) + low + high - size + 1;
    if (input < 0)
      throw rangeError(
        op,
        `padding is too small: expected a result of at least 0 elements along spatial axis ${a}, got ${input}`,
      );
    return { input, output, kernel: size, stride, dilation: 1, low: size - 1 - low };
  });
  return { axes, groups: 1 };
};

/**
 * Returns the transposed convolution of x with a kernel: a convolution of x with strides - 1 zeros
 * between its elements. It enlarges images, as `conv` with strides reduces them.
 *
 * x is [batch, ...spatial, in], the kernel [...spatial, in, out], the result [batch, ...spatial,
 * out]. Along a spatial axis of size n ≥ 1 with stride s, the result has n·s elements for the
 * padding 'SAME' (default), n·s + max(k - s, 0) for 'VALID', and (n - 1)·s + low + high + 2 - k for
 * explicit padding [[low, high], …] of the stretched input. Throws a RangeError for shapes that do
 * not fit. Mirrors jax.lax.conv_transpose.
 *
 * @example
 * const x = tensor([1, 2], [1, 2, 1]);
 * const kernel = tensor([1, 1], [2, 1, 1]);
 * console.log(convTranspose(x, kernel, { strides: 2 }).data); // → Float32Array(4) [ 1, 1, 2, 2 ]
 */
export function convTranspose(x: TensorLike, kernel: TensorLike, options: ConvTransposeOptions = {}): Tensor {
  const op = 'convTranspose';
  const input = toTensor(op, x);
  const weights = toTensor(op, kernel);
  const windows = convTransposeWindows(op, input.shape, weights.shape, options);
  return asOp(op, () => {
    const [batch, ...rest] = input.shape;
    const spatial = rest.slice(0, -1);
    const kernelSizes = weights.shape.slice(0, -2);
    const [channels, features] = weights.shape.slice(-2);
    const places = sizeOf(kernelSizes);
    const flipped = flip(weights, [...kernelSizes.keys()]);
    const matrix = transpose(withShape(flipped, [places, channels, features]), [1, 0, 2]);
    const rows = withShape(input, [batch * sizeOf(spatial), channels]);
    const product = matmul(rows, withShape(matrix, [channels, places * features]));
    const all = withShape(product, [batch, ...spatial, ...kernelSizes, features]);
    return sumTransposed(all, 'input', 'windows', windows);
  });
}
