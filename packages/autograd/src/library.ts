/** What libraries that stand on this one can import, as `@mini/autograd/check`: @mini/nn does. */
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
  describe,
  formatShape,
  typeNameOf,
} from './check.ts';
export { checkedCount } from './checked.ts';
