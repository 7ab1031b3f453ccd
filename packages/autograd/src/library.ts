/** The entry `@mini/autograd/check`, for libraries built on this one, such as @mini/nn. */
export { describe, typeNameOf } from './base/describe.ts';
export { describeContent, TEXT_FILE } from './base/describe-content.ts';
export { asOp, rangeError, renamed, typeError } from './base/errors.ts';
export { fromHalf } from './base/half.ts';
export { MAX_AXES, MAX_EXACT_INTEGER } from './base/limits.ts';
export { broadcastShapes, formatShape, sameShape, sizeOf, stridesOf, unravelIndex } from './base/shape.ts';
export {
  checkBoolean,
  checkChoice,
  checkFunction,
  checkInteger,
  checkList,
  checkNoPromise,
  checkNotNegative,
  checkNumber,
  checkObject,
  checkRecord,
  checkOptions,
  checkShape,
  checkTensor,
  elementsOf,
  wrongType,
} from './core/check.ts';
export { withoutDebugging } from './core/without-debugging.ts';
export { checkedCount, checkedRange } from './ops/checked.ts';
export { convTransposeWindows, convWindows } from './ops/convolution.ts';
export { poolWindows } from './ops/pooling.ts';
export type { WindowAxis } from './ops/window-geometry.ts';
export type { WindowAttributes } from './ops/window-loops.ts';
export { checkPadding, checkStep } from './ops/window-options.ts';
export { checkedLabels, readIndices } from './ops/indexing.ts';
export { traceGraph } from './jit/graph.ts';
export { namesOf, parametersOf } from './jit/names.ts';
export { identity } from './kernels/algebra.ts';
export { elementaryFunctions, errorCoefficients } from './kernels/elementary/by-name.ts';
