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
} from './check.ts';
export { checkedCount } from './checked.ts';
export { indicesFor } from './ops/indexing.ts';
