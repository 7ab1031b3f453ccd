/** Flatten: images and the like as rows of numbers. */
import { reshape } from '@mini/autograd';
import type { Module, NoParams } from './module.ts';

/** Joins all axes but the first: [batch, ...sizes] becomes [batch, product of sizes]. */
export const Flatten: Module<NoParams> = {
  init: () => ({}),
  apply: (_params, x) => reshape(x, [x.shape[0], -1]),
  outputShape: ([batch, ...sizes]) => [batch, sizes.reduce((product, size) => product * size, 1)],
};
