/** Checks of the arguments of optimizers and transformations. */
import { isTensor, type Tensor, tree } from '@mini/autograd';
import {
  checkedCount,
  checkNotNegative,
  checkObject,
  describe,
  formatShape,
  rangeError,
  typeError,
  sameShape,
} from '@mini/autograd/check';
import { checkShaped } from '../checks.ts';
import { checkGivenTree, forTree } from '../trees.ts';

/** Checks a learning rate: a number ≥ 0 or a schedule. */
export const checkRate = (op: string, learningRate: unknown): void => {
  if (typeof learningRate === 'function') return;
  if (typeof learningRate !== 'number') {
    throw typeError(
      op,
      `learningRate is not a rate: expected a number or a schedule, got ${describe(learningRate)}`,
    );
  }
  checkNotNegative(op, 'learningRate', learningRate);
};

/** The most branches and leaves that `isLike` visits: trees can contain themselves. */
const MAX_VISITS = 1000;

/**
 * Whether two trees certainly have the same structure, and leaves of the same shapes.
 *
 * A quick test for the usual trees; it is false for large ones and for unusual objects.
 */
const isLike = (a: unknown, b: unknown): boolean => {
  let visits = 0;
  const visit = (x: unknown, y: unknown): boolean => {
    if (isTensor(x)) return isTensor(y) && sameShape(x.shape, y.shape);
    if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null) return false;
    const kind: unknown = Object.getPrototypeOf(x);
    if (kind !== Object.getPrototypeOf(y) || (kind !== Object.prototype && kind !== Array.prototype))
      return false;
    const keys = Object.keys(x);
    visits += 1 + keys.length;
    const [from, to] = [x as Readonly<Record<string, unknown>>, y as Readonly<Record<string, unknown>>];
    return (
      visits < MAX_VISITS &&
      keys.length === Object.keys(y).length &&
      keys.every((key) => visit(from[key], to[key]))
    );
  };
  return visit(a, b);
};

/**
 * Throws unless `other` has the same structure as the parameters and leaves of the same shapes.
 *
 * Leaves of other shapes could broadcast, which would change the shapes of the parameters.
 */
export const checkLike = (op: string, what: string, params: unknown, other: unknown): void => {
  const check = (path: string, w: Tensor, x: Tensor): Tensor => {
    if (sameShape(w.shape, x.shape)) return w;
    const where = path === '' ? '' : ` at ${path}`;
    throw rangeError(
      op,
      `${what} and params have different shapes${where}: expected ${formatShape(w.shape)}, got ${formatShape(x.shape)}`,
    );
  };
  checkGivenTree(op, what, other);
  if (!isLike(params, other)) forTree(op, what, () => tree.mapWithPath(check, params, other));
};

/**
 * Returns the number of steps taken, a scalar.
 *
 * Throws a RangeError if float32 cannot represent step + 1, in a compiled function when it runs.
 */
export const checkStep = (op: string, what: string, value: unknown): Tensor => {
  return checkedCount(op, what, checkShaped(op, `${what} in the state`, value, []));
};

/**
 * Returns the state. Throws a TypeError if it is not an object, if a name is missing or, with
 * `isWhole`, if it has another name.
 */
export const checkNames = <T>(
  op: string,
  names: readonly string[],
  state: T,
  isWhole: boolean = false,
): T => {
  checkObject(op, 'state', state);
  const hasOther = isWhole && Object.keys(state as object).some((name) => !names.includes(name));
  if (!hasOther && names.every((name) => Object.hasOwn(state as object, name))) return state;
  const found = Object.keys(state as object).join(', ');
  const isShort = found !== '' && found.length < 100 && !isTensor(state);
  const shown = isShort ? `{ ${found} }` : describe(state);
  throw typeError(op, `invalid state: expected { ${[...new Set(names)].join(', ')} }, got ${shown}`);
};

const isSameTree = (a: unknown, b: unknown): boolean => {
  try {
    return String(tree.structure(a).paths) === String(tree.structure(b).paths);
  } catch {
    return false;
  }
};

/**
 * Returns what `check` returns. If it throws, and the arguments have the order of the other kind of
 * `update`, the error names the right order instead.
 *
 * Optimizers have the order (params, gradients, state), and transformations have the order of
 * optax: (gradients, state, params).
 */
export const checkOrder = <T>(
  op: string,
  kind: 'optimizer' | 'transformation',
  [first, second, third]: readonly [unknown, unknown, unknown],
  check: () => T,
): T => {
  try {
    return check();
  } catch (error) {
    if (kind === 'optimizer' && isSameTree(first, third) && !isSameTree(first, second))
      throw typeError(
        op,
        'expected (params, gradients, state), got (gradients, state, params), the order of optax',
      );
    if (kind === 'transformation' && isSameTree(first, second) && !isSameTree(first, third))
      throw typeError(
        op,
        'expected (gradients, state, params), got (params, gradients, state), the order of an optimizer; optimizer(transformation) makes an optimizer',
      );
    throw error;
  }
};
