/** What libraries built on this one can import, as `@mini/autograd/check`: @mini/nn does. */
export { describe, typeNameOf } from './base/describe.ts';
export { asOp, rangeError, renamed, typeError } from './base/errors.ts';
export { formatShape } from './base/shape.ts';
export {
  checkBoolean,
  checkFunction,
  checkInteger,
  checkList,
  checkNoPromise,
  checkNumber,
  checkObject,
  checkOptions,
  checkShape,
  checkTensor,
  elementsOf,
  wrongType,
} from './core/check.ts';
export { checkedCount } from './ops/checked.ts';
export { readIndices } from './ops/indexing.ts';
