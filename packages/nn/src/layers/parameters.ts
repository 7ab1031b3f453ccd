/** Parameters and options that layers share. */
import { isTensor, type Padding, type Shape, type Tensor } from '@mini/autograd';
import type * as random from '@mini/autograd/random';
import {
  checkPadding,
  checkObject,
  checkShape,
  checkStep,
  checkTensor,
  formatShape,
  rangeError,
  typeError,
} from '@mini/autograd/check';
import { checkShaped } from '../checks.ts';
import type { Initializer } from '../initializers.ts';

/** Checks that the input of a layer is a tensor. */
export const checkInput = (op: string, x: unknown): Tensor => checkTensor(op, 'input', x);

/** Checks the parameters of a layer or network whose names are `known`, if it has these. */
export const checkParams = (op: string, params: unknown, known: readonly string[] = []): void => {
  if (isTensor(params))
    throw typeError(op, 'params are a Tensor: expected (params, x), got another order of arguments');
  checkObject(op, 'params', params);
  const isNested = Object.hasOwn(params as object, 'params') && Object.keys(params as object).length === 1;
  if (isNested && !known.includes('params'))
    throw typeError(
      op,
      'params are in an object, as those of flax: expected the result of init, got { params: … }',
    );
};

/**
 * Returns new parameters. Throws unless the initializer, the option `name`, returns their shape.
 */
export const initParameter = (
  op: string,
  name: string,
  init: Initializer,
  key: random.Key,
  shape: Shape,
): Tensor => checkShaped(op, `result of ${name}`, init(key, shape), shape);

/** Returns the size of the last axis of a shape, which must be at least 1. */
export const channelsOf = (op: string, inputShape: Shape): number => {
  const shape = checkShape(op, inputShape);
  const size = shape.at(-1) ?? 0;
  if (size < 1)
    throw rangeError(
      op,
      `input shape is not valid: expected a last axis of size ≥ 1, got ${formatShape(shape)}`,
    );
  return size;
};

/** The options that place windows. */
interface WindowOptions {
  readonly window?: number | readonly number[];
  readonly strides?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  readonly padding?: Padding;
}

/** Checks options, and returns a copy that the caller of the layer cannot change. */
export const copyWindowOptions = <O extends WindowOptions>(op: string, options: O): O => {
  const copy = { ...options } as unknown as Record<string, unknown>;
  for (const name of ['window', 'strides', 'dilation'] as const)
    if (options[name] !== undefined) copy[name] = checkStep(op, name, options[name]);
  if (options.padding !== undefined) copy['padding'] = checkPadding(op, options.padding);
  return copy as O;
};
