/** Checks of what `fit` is given: the network, the data, and objects with functions. */
import { isTensor, type Tensor, tensor, tree } from '@mini/autograd';
import { asOp, checkObject, describe, formatShape, rangeError, typeError } from '@mini/autograd/check';
import { type AnyNet, isModule, isNetwork, missingFunctions } from '../layers/kinds.ts';
import { countOf, describeInputs, type Inputs, isTreeOfTensors } from './inputs.ts';
import type { Tensors } from './passes.ts';
import type { FitCheckpoint, FitData } from './types.ts';
import { hasFunctions } from '../has-functions.ts';

/** Examples as tensors, and how many they are. */
export interface Examples {
  readonly x: Inputs;
  readonly y: Tensor;
  readonly count: number;
}

/** Returns labels or targets that are a list. */
const readLabels = (what: string, given: unknown): Tensor => {
  const hasTexts = Array.isArray(given) && given.some((label) => typeof label === 'string');
  if (hasTexts)
    throw typeError(
      'fit',
      `y of ${what} has texts: expected numbers, got ${describe(given)}; classes of @mini/data makes numbers of them`,
    );
  if (!Array.isArray(given) && !ArrayBuffer.isView(given))
    throw typeError(
      'fit',
      `invalid y of ${what}: expected a Tensor or a list of numbers, got ${describe(given)}`,
    );
  return asOp('fit', () => tensor(given as readonly number[]));
};

/**
 * Returns the error for examples with numbers that are not finite; undefined if all are finite.
 * `loss` is the loss that they led to, and where.
 */
export const nonFiniteError = (what: string, { x, y }: Examples, loss: string): Error | undefined => {
  const isFinite = ({ data }: Tensor): boolean => data.every(Number.isFinite);
  const name = !tree.leaves(x).every(isFinite) ? 'x' : isFinite(y) ? undefined : 'y';
  return name === undefined
    ? undefined
    : new Error(
        `fit: ${name} of ${what} has numbers that are not finite: expected finite ones, got a loss of ${loss}; drop or fill missing values`,
      );
};

/** Checks data and returns them as tensors. */
export const readData = (what: string, data: unknown): Examples => {
  if (isTensor(data) || Array.isArray(data) || typeof data !== 'object' || data === null)
    throw typeError(
      'fit',
      `${what} are in another form: expected { x, y }, got ${describe(data)}; write fit(net, { x, y }, { … })`,
    );
  checkObject('fit', what, data);
  const { x, y: given, ...others } = data as FitData<unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw typeError('fit', `unknown ${describe(other)} in ${what}: expected { x, y }; fit has no other data`);
  if (!isTensor(x) && !isTreeOfTensors(x))
    throw typeError('fit', `invalid x of ${what}: expected a Tensor, got ${describe(x)}; write tensor(x)`);
  const y = isTensor(given) ? given : readLabels(what, given);
  const count = countOf(x);
  if (count === undefined || count === 0 || y.shape[0] !== count)
    throw rangeError(
      'fit',
      `x and y of ${what} do not fit: expected shapes [n, …] with the same n > 0, got ${describeInputs(x, formatShape)} and ${formatShape(y.shape)}`,
    );
  return { x, y, count };
};

/** Checks that a value is a module or a network. */
export const checkNet = (net: unknown, op: string = 'fit'): AnyNet => {
  if (isNetwork(net) || isModule(net)) return net;
  const expected = hasFunctions(net, 'init')
    ? missingFunctions(net)
    : 'a module or a network, such as Sequential({ … })';
  throw typeError(op, `invalid net: expected ${expected}, got ${describe(net)}`);
};

/** Checks the options that say what to print and when to stop. */
export const checkControls = (progress: unknown, signal: unknown): void => {
  if (progress !== undefined && typeof progress !== 'boolean' && typeof progress !== 'function')
    throw typeError(
      'fit',
      `invalid progress: expected true, false or a function of an epoch, got ${describe(progress)}`,
    );
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.aborted !== 'boolean')
    throw typeError(
      'fit',
      `invalid signal: expected the signal of an AbortController, got ${describe(signal)}`,
    );
};

/** Checks what `latest` of a store of checkpoints returned. */
export const checkFound = (found: unknown): FitCheckpoint | undefined => {
  if (found === undefined) return undefined;
  const { path, metadata } = (found ?? {}) as Partial<FitCheckpoint>;
  const isFound = typeof path === 'string' && typeof metadata === 'object' && metadata !== null;
  if (!isFound || !hasFunctions(found, 'restore'))
    throw typeError(
      'fit',
      `invalid result of checkpoints.latest: expected undefined or { path, metadata, restore }, got ${describe(found)}`,
    );
  return found as FitCheckpoint;
};

/** What a checkpoint of `fit` contains. */
interface Restored {
  readonly tensors: Tensors;
  readonly kept?: { readonly params: object; readonly state: object };
}

/** Checks what `restore` of a checkpoint returned. */
export const checkRestored = (restored: unknown): Restored => {
  const { tensors } = (restored ?? {}) as Partial<Restored>;
  if (typeof tensors !== 'object' || tensors === null)
    throw typeError(
      'fit',
      `invalid result of restore of a checkpoint: expected a tree like its argument, got ${describe(restored)}`,
    );
  return restored as Restored;
};

/** Checks an object that must have functions of these names. */
export const checkMethods = (
  what: string,
  value: unknown,
  names: readonly string[],
  example: string,
): void => {
  if (!hasFunctions(value, ...names))
    throw typeError(
      'fit',
      `invalid ${what}: expected an object with ${names.join(' and ')}, got ${describe(value)}; write ${example}`,
    );
};
