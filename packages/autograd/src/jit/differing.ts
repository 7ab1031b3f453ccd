/** Loops and branches inside of `vmap`: which of their values differ between the examples. */
import { type Node, reachable } from '../compiler/graph.ts';
import type { Examples } from '../core/interpreter.ts';
import { recordingDepth } from '../core/record.ts';
import type { Tensor } from '../core/tensor.ts';
import { zeros } from '../ops/creation.ts';
import { slice } from '../ops/slicing.ts';
import type { Body } from './body.ts';

/** Returns which outputs of a body depend on inputs that differ. */
export const dependentOutputs = (
  { inputs, outputs }: Pick<Body, 'inputs' | 'outputs'>,
  differ: readonly boolean[],
): boolean[] => {
  const found = new Set<Node>(inputs.filter((_, i) => differ[i]));
  for (const node of reachable(outputs)) if (node.inputs.some((input) => found.has(input))) found.add(node);
  return outputs.map((output) => found.has(output));
};

/**
 * Returns which outputs of the body of a loop differ. The first outputs are the carries, which are
 * the first inputs of the next step. `differ` tells which carries do at first, `others` which of
 * the other inputs.
 */
export const differingOutputs = (
  body: Pick<Body, 'inputs' | 'outputs'>,
  differ: readonly boolean[],
  others: readonly boolean[],
): readonly boolean[] => {
  const outputs = dependentOutputs(body, [...differ, ...others]);
  const carries = differ.map((own, i) => own || outputs[i]);
  if (carries.some((own, i) => own && !differ[i])) return differingOutputs(body, carries, others);
  return [...carries, ...outputs.slice(differ.length)];
};

/**
 * Returns results of a function inside of `vmap`, as they are outside: for all examples if they
 * differ, else for one. Call it outside.
 */
export const leaveAll = (
  { leave, isBatched }: Examples,
  results: readonly Tensor[],
  differ: readonly boolean[],
): Tensor[] =>
  results.map((x, i) => {
    if (differ[i]) return leave(x);
    if (!isBatched(x)) return x;
    // All examples are equal.
    const all = leave(x);
    return all.shape[0] === 0 ? zeros(x.shape) : slice(all, 0);
  });

/** Returns tensors from outside of `vmap`, as they are inside. */
export const enterAll = (
  { enter }: Examples,
  outer: readonly Tensor[],
  differ: readonly boolean[],
): Tensor[] => outer.map((x, i) => (differ[i] ? enter(x) : x));

/** Whether a derivative is being taken inside of `vmap`, as opposed to around it. */
export const isDifferentiating = ({ depth }: Examples): boolean => recordingDepth() > depth;

/**
 * Returns the results of a loop that is recorded as part of a derivative around `vmap`. That
 * derivative follows the records of the batches and of shared results. The record of the loop
 * itself, which `recorded` have, only tells what the loop closes over.
 */
export const recordedAround = (
  { isBatched }: Examples,
  results: readonly Tensor[],
  recorded: readonly Tensor[],
): readonly Tensor[] => results.map((x, i) => (isBatched(x) ? recorded[i] : x));

/** The gradient rule of such a record. */
export const neverPulled = (): never => {
  throw new Error('a derivative inside of vmap reached a loop from outside of it');
};

/**
 * Returns the results of a loop that is recorded as part of a derivative inside of `vmap`: batches
 * only, since a record of such a derivative would hide that of a shared result.
 */
export const asBatches = ({ enter, leave }: Examples, results: readonly Tensor[]): Tensor[] =>
  results.map((x) => enter(leave(x)));
