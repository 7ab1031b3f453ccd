/** Variables: what a derivative is taken with respect to. */
import { resolve } from '../core/bind.ts';
import { type PullbackRule, recordOp } from '../core/record.ts';
import type { Tensor } from '../core/tensor.ts';

const copyRule: PullbackRule<undefined> = (ct) => [() => ct];

/**
 * A new tensor with the value of `x`, to differentiate with respect to. It is a new one each time,
 * so that the same tensor, given for two arguments or to two nested derivatives, is not mixed up.
 */
export const variable = (x: Tensor): Tensor => {
  const input = resolve(x);
  return recordOp('variable', [input], input.shape, input.source, copyRule, undefined);
};
