/** Variables: what a derivative is taken with respect to. */
import { resolve } from '../core/replaced.ts';
import { type PullbackRule, recordOp } from '../core/record.ts';
import type { Tensor } from '../core/tensor.ts';

const copyRule: PullbackRule<undefined> = (ct) => [() => ct];

/**
 * Returns a new tensor with the value of `x`, to differentiate with respect to.
 *
 * Each call returns a different tensor. So if the same tensor is passed as two arguments, or to two
 * nested derivatives, they are separate variables.
 */
export const variable = (x: Tensor): Tensor => {
  const input = resolve(x);
  return recordOp('variable', [input], input.shape, input.source, copyRule, undefined);
};
