/** Flatten: images and the like as rows of numbers. */
import { reshape, type Shape } from '@mini/autograd';
import { asOp, checkShape, checkTensor } from '@mini/autograd/check';
import type { Module, NoParams } from './module.ts';

/** Joins all axes but the first: [batch, ...sizes] becomes [batch, product of sizes]. */
export const Flatten: Module<NoParams> = {
  init: () => ({}),
  // Not -1 in the place of the product: an empty batch would leave it unknown.
  apply: (_params, x) => {
    const shape = joined(checkTensor('Flatten', 'the input', x).shape);
    return asOp('Flatten', () => reshape(x, shape));
  },
  outputShape: (inputShape) => joined(checkShape('Flatten', inputShape)),
};

const joined = ([batch, ...sizes]: Shape): Shape => {
  if (batch === undefined) throw new RangeError('Flatten: needs at least 1 axis: shape []');
  return [batch, sizes.reduce((product, size) => product * size, 1)];
};
