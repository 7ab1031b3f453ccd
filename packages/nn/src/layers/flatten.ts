/** Flatten: turns images and other arrays into rows of numbers. */
import { reshape, type Shape } from '@mini/autograd';
import { asOp, checkShape, rangeError, sizeOf } from '@mini/autograd/check';
import type { Module, NoParams } from './module.ts';
import { checkInput } from './parameters.ts';

/** Merges all axes except the first: [batch, ...sizes] becomes [batch, product of sizes]. */
export const Flatten: Module<NoParams> = {
  init: () => ({}),
  // Computes the product instead of passing -1, which is ambiguous for an empty batch.
  apply: (_params, x) => {
    const shape = mergeAxes(checkInput('Flatten', x).shape);
    return asOp('Flatten', () => reshape(x, shape));
  },
  outputShape: (inputShape) => mergeAxes(checkShape('Flatten', inputShape)),
};

const mergeAxes = ([batch, ...sizes]: Shape): Shape => {
  if (batch === undefined)
    throw rangeError('Flatten', 'input has too few axes: expected at least 1, got shape []');
  return [batch, sizeOf(sizes)];
};
