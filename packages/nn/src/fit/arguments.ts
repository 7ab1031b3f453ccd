/** Checks of what `fit` is given: the network, the data, and objects with functions. */
import { isTensor, type Tensor, tensor } from '@mini/autograd';
import { asOp, checkObject, describe, formatShape, rangeError, typeError } from '@mini/autograd/check';
import type { AnyNet } from './passes.ts';
import type { FitData } from './types.ts';
import { hasFunctions } from '../has-functions.ts';

/** Examples as tensors, and how many they are. */
export interface Examples {
  readonly x: Tensor;
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
  return asOp('fit', () => tensor(given as readonly number[]));
};

/** Checks data and returns them as tensors. */
export const readData = (what: string, data: unknown): Examples => {
  if (isTensor(data) || Array.isArray(data) || typeof data !== 'object' || data === null)
    throw typeError(
      'fit',
      `${what} are in another form: expected { x, y }, got ${describe(data)}; write fit(net, { x, y }, { … })`,
    );
  checkObject('fit', what, data);
  const { x, y: given } = data as FitData;
  if (!isTensor(x))
    throw typeError('fit', `invalid x of ${what}: expected a Tensor, got ${describe(x)}; write tensor(x)`);
  const y = isTensor(given) ? given : readLabels(what, given);
  const [count] = x.shape;
  if (count === undefined || count === 0 || y.shape[0] !== count)
    throw rangeError(
      'fit',
      `x and y of ${what} do not fit: expected shapes [n, …] with the same n > 0, got ${formatShape(x.shape)} and ${formatShape(y.shape)}`,
    );
  return { x, y, count };
};

/** Checks that a value is a module or a network. */
export const checkNet = (net: unknown): AnyNet => {
  if (!hasFunctions(net, 'init') || !(hasFunctions(net, 'apply') || hasFunctions(net, 'train')))
    throw typeError(
      'fit',
      `invalid net: expected a module or a network, such as Sequential({ … }), got ${describe(net)}`,
    );
  return net as unknown as AnyNet;
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
