/** What libraries built on this one can import, as `@mini/autograd/check`: @mini/nn does. */
export {
  asOp,
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
  describe,
  elementsOf,
  formatShape,
  typeNameOf,
} from './core/check.ts';
export { checkedCount } from './ops/checked.ts';
export { indicesFor } from './ops/indexing.ts';
