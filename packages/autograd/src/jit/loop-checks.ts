/** What loops and branches are given, and what their functions return. */
import { describe } from '../base/describe.ts';
import { rangeError, typeError } from '../base/errors.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import { resolve } from '../core/replaced.ts';
import { checkInteger, checkNoPromise, toTensor } from '../core/check.ts';
import type { Tensor } from '../core/tensor.ts';
import { checkSeveralKeys, flattenLeaves, keys, shapeOfLeaf } from '../transforms/leaves.ts';
import { type Flat, leavesOf } from '../tree/form.ts';

/** Flattens the first carry. In errors about later ones, the paths start with `carry`. */
export const flattenCarry = (op: string, init: unknown): Flat => {
  const flat = flattenLeaves(op, init, 'init');
  return { ...flat, paths: flat.paths.map((path) => path.replace(/^init/, 'carry')) };
};

/** Throws unless f returned [carry, y] with a carry of the same structure and shapes. */
export const checkResult = (op: string, value: unknown, carry: Flat): { carry: Flat; y: Flat } => {
  checkNoPromise(op, 'the function', value);
  if (!Array.isArray(value) || value.length !== 2)
    throw typeError(op, `invalid result of the function: expected [carry, y], got ${describe(value)}`);
  const next = flattenLeaves(op, value[0], 'carry');
  checkCarry(op, carry, next);
  return { carry: next, y: flattenLeaves(op, value[1], 'y') };
};

/** Throws unless a new carry has the structure and the shapes of the previous one. */
export const checkCarry = (op: string, before: Flat, after: Flat): void => {
  const missing = before.paths.find((path) => !after.paths.includes(path));
  const extra = after.paths.find((path) => !before.paths.includes(path));
  if (missing !== undefined || extra !== undefined)
    throw typeError(
      op,
      `carry changes its form: expected the same leaves before and after a step, got ${missing === undefined ? `${extra} only after it` : `${missing} only before it`}`,
    );
  const kinds = [before, after].map(({ form }) => leavesOf(form).map(({ leaf }) => leaf));
  after.leaves.forEach(({ shape }, i) => {
    if (kinds[0][i] !== kinds[1][i] && (kinds[0][i] === keys || kinds[1][i] === keys))
      throw typeError(
        op,
        `carry changes its form: expected ${kinds[0][i] === keys ? 'a random key' : 'a Tensor'} at ${after.paths[i]}, got ${kinds[1][i] === keys ? 'a random key' : 'a Tensor'}`,
      );
    const expected = before.leaves[i].shape;
    if (!sameShape(shape, expected))
      throw rangeError(
        op,
        `carry changes its shape: expected ${formatShape(expected)} at ${after.paths[i]}, got ${formatShape(shape)}`,
      );
  });
};

/** Returns the number of steps. Throws unless all leaves of xs and `length` agree on it. */
export const countSteps = (op: string, xs: Flat, given: unknown): number => {
  const length = given === undefined ? undefined : checkInteger(op, 'length', given, 0);
  const [first] = xs.leaves;
  if (first === undefined) {
    if (length === undefined)
      throw typeError(op, 'unknown number of steps: expected xs or the option length');
    return length;
  }
  const forms = leavesOf(xs.form);
  xs.leaves.forEach((_, i) => {
    const expected = length ?? first.shape[0];
    const shape = shapeOfLeaf(forms[i]);
    checkSeveralKeys(op, forms[i], xs.paths[i], 'each step takes one of its keys');
    if (shape.length === 0 || shape[0] !== expected)
      throw rangeError(
        op,
        `numbers of steps differ: expected a first axis${expected === undefined ? '' : ` of size ${expected}`} at ${xs.paths[i]}, got shape ${formatShape(shape)}`,
      );
  });
  return first.shape[0];
};

/** Checks a condition, which is a scalar: 0 is false, and every other number is true. */
export const checkPredicate = (op: string, what: string, value: unknown): Tensor => {
  const predicate = toTensor(op, value, what);
  if (predicate.ndim !== 0)
    throw rangeError(op, `invalid ${what}: expected a scalar, got shape ${formatShape(predicate.shape)}`);
  return resolve(predicate);
};
