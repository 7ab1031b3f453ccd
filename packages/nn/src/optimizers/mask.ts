/** Masks: which parameters a transformation applies to. */
import { isTensor } from '@mini/autograd';
import { describe, typeError } from '@mini/autograd/check';
import { checkLike, checkOrder } from './checks.ts';
import { toTransformation } from './chain.ts';
import type { Optimizer, Transformation } from './types.ts';

/**
 * Booleans for a tree of parameters: a tree of the same structure, where a boolean can also stand
 * for a whole branch, or a function of the parameters that returns one.
 *
 * `tree.map` and `tree.mapWithPath` make masks:
 * `(params) => tree.mapWithPath((path) => !path.endsWith('bias'), params)`.
 */
export type Mask = boolean | object | MaskFunction;

/** A function that returns a mask of the parameters. It can be typed for particular parameters. */
export type MaskFunction = { of(params: unknown): unknown }['of'];

const childrenOf = (x: unknown): Readonly<Record<string, unknown>> =>
  (x ?? {}) as Readonly<Record<string, unknown>>;

const describeKeys = (x: object): string =>
  Array.isArray(x) ? `an array of ${x.length}` : `{ ${Object.keys(x).join(', ').slice(0, 100)} }`;

const checkMask = (op: string, path: string, mask: unknown, params: unknown): void => {
  if (typeof mask === 'boolean' || params === null || params === undefined) return;
  const where = path === '' ? '' : ` at ${path.slice(1)}`;
  if (isTensor(params) || typeof mask !== 'object' || mask === null || isTensor(mask))
    throw typeError(op, `invalid mask${where}: expected true or false, got ${describe(mask)}`);
  const [found, expected] = [Object.keys(mask).sort(), Object.keys(params).sort()];
  if (String(found) !== String(expected) || Array.isArray(mask) !== Array.isArray(params))
    throw typeError(
      op,
      `mask and params differ${where}: expected ${describeKeys(params)}, got ${describeKeys(mask)}`,
    );
  for (const key of expected) checkMask(op, `${path}.${key}`, childrenOf(mask)[key], childrenOf(params)[key]);
};

/** Returns the mask of the parameters, checked. */
const maskFor = (op: string, mask: Mask, params: unknown): unknown => {
  checkLike(op, 'params', params, params);
  const found: unknown = typeof mask === 'function' ? (mask as MaskFunction)(params) : mask;
  checkMask(op, '', found, params);
  return found;
};

/** Throws unless the mask is a boolean, a function or an object. */
export const checkMaskType = (op: string, what: string, mask: unknown): void => {
  if (typeof mask !== 'boolean' && typeof mask !== 'function' && (typeof mask !== 'object' || mask === null))
    throw typeError(
      op,
      `invalid ${what}: expected true or false, a tree of them or a function of params, got ${describe(mask)}`,
    );
};

/** Returns a tree with the leaves of `yes` where the mask is true, and those of `no` elsewhere. */
const choose = <P>(mask: unknown, yes: P, no: unknown): P => {
  if (typeof mask === 'boolean') return mask ? yes : (no as P);
  if (yes === null || yes === undefined) return yes;
  const pick = (key: string): unknown =>
    choose(childrenOf(mask)[key], childrenOf(yes)[key], childrenOf(no)[key]);
  const keys = Object.keys(yes);
  return (Array.isArray(yes) ? keys.map(pick) : Object.fromEntries(keys.map((key) => [key, pick(key)]))) as P;
};

/**
 * Applies a transformation to the parameters where the mask is true. Other gradients are unchanged.
 *
 * In the trees of the state, the other parameters are undefined. The mask must not depend on the
 * elements of the parameters. Mirrors optax.masked.
 *
 * @example
 * const onlyKernel = masked(addDecayedWeights(0.5), { kernel: true, bias: false });
 * const params = { kernel: tensor(2), bias: tensor(2) };
 * const gradients = { kernel: tensor(0), bias: tensor(0) };
 * const [updates] = onlyKernel.update(gradients, onlyKernel.init(params), params);
 * console.log(updates.kernel.item(), updates.bias.item()); // → 1 0
 */
export function masked<S>(transformation: Transformation<S> | Optimizer<S>, mask: Mask): Transformation<S> {
  const inner = toTransformation('masked', 'transformation', transformation);
  checkMaskType('masked', 'mask', mask);
  return maskedFor('masked', inner, mask);
}

/** `masked` whose errors start with `op`. */
export const maskedFor = <S>(op: string, inner: Transformation<S>, mask: Mask): Transformation<S> => ({
  init: (params) => inner.init(choose(maskFor(`${op}.init`, mask, params), params, undefined)),
  update: (gradients, state, params) => {
    checkOrder(`${op}.update`, 'transformation', [gradients, state, params], () =>
      checkLike(`${op}.update`, 'gradients', params, gradients),
    );
    const chosen = maskFor(`${op}.update`, mask, params);
    const only = <T>(x: T): T => choose(chosen, x, undefined);
    const [updates, next] = inner.update(only(gradients), state, only(params));
    return [choose(chosen, updates, gradients), next];
  },
});
