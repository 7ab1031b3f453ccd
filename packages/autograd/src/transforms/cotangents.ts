/** The cotangents of variables, and results that do not keep what computed them. */
import { withoutRecord } from '../core/bind.ts';
import { resolve } from '../core/replaced.ts';
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

/** Like `backward`, with zeros for variables that no result depends on. */
export const backwardOrZeros = (
  outs: readonly Tensor[],
  cts: readonly Tensor[],
  variables: readonly Tensor[],
  onRefusal?: () => void,
): Tensor[] => backward(outs, cts, variables, onRefusal).map((ct, i) => ct ?? zeros(variables[i].shape));

/** `backwardOrZeros` for a transform that returns the cotangents to the user. */
export const cotangentsOf = (
  variables: readonly Tensor[],
  values: readonly Tensor[],
  cts: readonly Tensor[],
  onRefusal?: () => void,
): Tensor[] => backwardOrZeros(values, cts, variables, onRefusal).map(detach);

/**
 * Returns the pullbacks of an op that computes all its cotangents together, once the first of them
 * is needed. `pullAll` returns those of the inputs that are needed.
 */
export const pullTogether = (
  isNeeded: readonly boolean[],
  pullAll: () => readonly Tensor[],
): ((() => Tensor) | undefined)[] => {
  let pulled: readonly Tensor[] | undefined;
  let position = 0;
  return isNeeded.map((needed) => {
    if (!needed) return undefined;
    const index = position++;
    return () => (pulled ??= pullAll())[index];
  });
};
