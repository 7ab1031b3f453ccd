/** @mini/autograd: tensors, ops on them, and derivatives of functions of tensors. */
export { isTensor, type NestedArray, type Tensor, type TensorLike } from './core/tensor.ts';
export type { Shape } from './base/shape.ts';
export type { KnownCount, ListOf } from './base/list-of.ts';
export type { AxisArgument } from './core/check.ts';

export { add, clip, div, maximum, minimum, mul, neg, reciprocal, sub } from './ops/arithmetic.ts';
export { equal, greater, greaterEqual, isFinite, isNaN, less, lessEqual, notEqual } from './ops/compare.ts';
export { logSoftmax, logsumexp, softmax, type SoftmaxOptions } from './ops/softmax.ts';
export {
  arange,
  eye,
  full,
  linspace,
  ones,
  onesLike,
  tensor,
  type TensorData,
  zeros,
  zerosLike,
} from './ops/creation.ts';
export { einsum } from './ops/einsum.ts';
export { type Indices, oneHot, take, takeAlongAxis } from './ops/indexing.ts';
export { dot, matmul, outer } from './ops/linalg.ts';
export {
  type AlphaOptions,
  celu,
  elu,
  gelu,
  type GeluOptions,
  glu,
  type GluOptions,
  hardSigmoid,
  hardSilu,
  hardTanh,
  leakyRelu,
  type LeakyReluOptions,
  logSigmoid,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softSign,
  squareplus,
  type SquareplusOptions,
} from './ops/activations.ts';
export { exp, exp2, expm1, log, log10, log1p, log2, logaddexp, xlogy } from './ops/exponentials.ts';
export { all, any, logicalAnd, logicalNot, logicalOr, logicalXor } from './ops/logic.ts';
export { cbrt, hypot, pow, rsqrt, sqrt, square } from './ops/powers.ts';
export { floorDivide, fmod, mod } from './ops/remainders.ts';
export {
  abs,
  ceil,
  copysign,
  floor,
  nanToNum,
  type NanToNumOptions,
  round,
  sign,
  trunc,
} from './ops/rounding.ts';
export { erf, erfc, erfInv, logit } from './ops/special.ts';
export {
  arccos,
  arccosh,
  arcsin,
  arcsinh,
  arctan,
  arctan2,
  arctanh,
  cos,
  cosh,
  sin,
  sinh,
  tan,
  tanh,
} from './ops/trigonometry.ts';
export { argmax, argmin, type ArgOptions } from './ops/arg-extrema.ts';
export { conv, type ConvOptions, convTranspose, type ConvTransposeOptions } from './ops/convolution.ts';
export { cummax, cumprod, cumsum, diff, type DiffOptions } from './ops/cumulative.ts';
export { dynamicSlice, dynamicUpdateSlice, type Starts } from './ops/dynamic-slicing.ts';
export {
  diag,
  diagonal,
  type DiagonalOption,
  type DiagonalOptions,
  trace,
  tril,
  triu,
} from './ops/matrices.ts';
export {
  meshgrid,
  type MeshgridOptions,
  moveaxis,
  repeat,
  roll,
  type RollOptions,
  swapaxes,
  tile,
} from './ops/rearranging.ts';
export { scatterAdd, scatterSet, segmentSum } from './ops/scatter.ts';
export { avgPool, type AvgPoolOptions, maxPool, type PoolOptions } from './ops/pooling.ts';
export { argsort, sort, topK } from './ops/sorting.ts';
export { cross, inner, kron, tensordot, type TensordotOptions, vdot } from './ops/tensor-products.ts';
export {
  max,
  mean,
  min,
  norm,
  type ReduceOptions,
  std,
  sum,
  variance,
  type VarianceOptions,
} from './ops/reduce.ts';
export { prod } from './ops/products.ts';
export type { Padding } from './ops/window-options.ts';
export { where } from './ops/select.ts';
export type { AxisOption } from './ops/axis-option.ts';
export { arraySplit, concatenate, split, stack } from './ops/joining.ts';
export { flip } from './ops/flipping.ts';
export { pad, type PadWidth, slice, type SliceRange } from './ops/slicing.ts';
export { broadcastTo, expandDims, reshape, squeeze, transpose } from './ops/structure.ts';
export { stopGradient } from './core/bind.ts';

export { configure, type Configuration } from './core/configure.ts';
export { checkGrads, type CheckGradsOptions } from './transforms/check-grads.ts';
export { customVjp } from './transforms/custom.ts';
export { debugNaNs, NonFiniteError } from './debug/nans.ts';
export type { AnyFunction } from './transforms/any-function.ts';
export type {
  ArgumentsAt,
  ArgumentsIn,
  Derivative,
  Known,
  NotDifferentiable,
  WithTrees,
} from './transforms/derivative-types.ts';
export { grad, type GradOptions, valueAndGrad } from './transforms/grad.ts';
export { jvp, vjp } from './transforms/vjp.ts';
export { type Axes, vmap, type VmapOptions } from './transforms/vmap.ts';
export { cond } from './jit/cond.ts';
export { foriLoop } from './jit/fori-loop.ts';
export { whileLoop } from './jit/while-loop.ts';
export { remat } from './jit/remat.ts';
export { scan, type ScanOptions } from './jit/scan.ts';
export { jit, type JitOptions } from './jit/jit.ts';
export { hessian, hvp, jacobian, type JacobianOptions } from './transforms/jacobian.ts';

export { debugKeys } from './debug/keys.ts';
export * as random from './random/index.ts';
export * as tree from './tree/index.ts';
