/** The cotangents of variables, and results that do not keep what computed them. */
import { resolve, withoutRecord } from '../core/bind.ts';
import { isRecording } from '../core/record.ts';
import type { Tensor } from '../core/tensor.ts';
import { zeros } from '../ops/creation.ts';
import { backward } from './backward.ts';

/**
 * Removes the record of a result, so that the garbage collector can free the intermediate results.
 *
 * Inside another derivative it returns the tensor unchanged: that derivative needs the record.
 */
export const detach = (tensor: Tensor): Tensor => (isRecording() ? resolve(tensor) : withoutRecord(tensor));

/**
 * Returns the cotangents of `variables`: zeros for a variable that the values do not depend on.
 */
export const cotangentsOf = (
  variables: readonly Tensor[],
  values: readonly Tensor[],
  cts: readonly Tensor[],
): Tensor[] => {
  const cotangents = backward(values, cts, variables);
  return variables.map(({ shape }, i) => detach(cotangents[i] ?? zeros(shape)));
};
