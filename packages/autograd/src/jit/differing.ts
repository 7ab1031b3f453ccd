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
 * Returns which outputs of the body of a loop differ. Its first outputs are the carries, which are
 * the first inputs of the next step. `differ` tells which carries differ before the first step,
 * `others` which of the other inputs do.
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
 * Converts results from inside of `vmap` to tensors outside: a batch if they differ, else one
 * value. Call it outside.
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

/** Converts tensors from outside of `vmap` to what stands for them inside. */
export const enterAll = (
  { enter }: Examples,
  outer: readonly Tensor[],
  differ: readonly boolean[],
): Tensor[] => outer.map((x, i) => (differ[i] ? enter(x) : x));

/** Whether a derivative is being taken inside of `vmap`, as opposed to around it. */
export const isDifferentiating = ({ depth }: Examples): boolean => recordingDepth() > depth;

/**
 * Returns the results of a loop that a derivative around `vmap` records. That derivative follows
 * the records of batches, and those of shared results. The loop's own record, which `recorded`
 * have, only lists what the loop closes over.
 */
export const recordedAround = (
  { isBatched }: Examples,
  results: readonly Tensor[],
  recorded: readonly Tensor[],
): readonly Tensor[] => results.map((x, i) => (isBatched(x) ? recorded[i] : x));

/** The gradient rule of a loop that a derivative around `vmap` records. It never runs. */
export const neverPulled = (): never => {
  throw new Error(
    'internal error: the gradient rule of a loop was called inside of vmap, for a derivative around it',
  );
};

/**
 * Converts all results of a loop to batches, for a derivative inside of `vmap`. The record that it
 * makes would replace that of a shared result.
 */
export const asBatches = ({ enter, leave }: Examples, results: readonly Tensor[]): Tensor[] =>
  results.map((x) => enter(leave(x)));
