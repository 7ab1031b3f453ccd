/** Loops and branches inside of `vmap`: which of their values differ between the examples. */
import { type Node, reachable } from '../compiler/graph.ts';
import { type Examples, currentInterpreter } from '../core/interpreter.ts';
import { areRecorded, recordResults, recordingDepth } from '../core/record.ts';
import type { OpRecord, Tensor } from '../core/tensor.ts';
import { zeros } from '../ops/creation.ts';
import { slice } from '../ops/slicing.ts';
import type { Body } from './body.ts';

/** Whether a body can throw, because of an index out of range. */
export const canFail = ({ outputs }: Pick<Body, 'outputs'>): boolean =>
  [...reachable(outputs)].some(
    ({ definition }) =>
      definition.kind === 'loops' && definition.loops.some((loop) => loop.kind === 'direct' && loop.mayFail),
  );

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
 * the first inputs of the next step. `differ` tells which carries differ before the first step.
 * `others` tells which of the other inputs differ.
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
 * Converts results from inside of `vmap` to tensors outside: a batch if the result differs between
 * examples, else one value. Must be called outside of `vmap`.
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

/** The gradient rule of a loop that a derivative around `vmap` records. It never runs. */
const neverPulled = (): never => {
  throw new Error(
    'internal error: the gradient rule of a loop was called inside of vmap, for a derivative around it',
  );
};

/**
 * Records the results of a loop, a branch or a part that is computed again, if they are part of a
 * derivative.
 *
 * A derivative inside of `vmap` would replace the record of a shared result, so all results become
 * batches. A derivative around `vmap` follows the records of batches, and those of shared results.
 * The record made here then only lists what the loop closes over.
 */
export const recordLoop = (
  op: string,
  inputs: readonly Tensor[],
  results: readonly Tensor[],
  pull: OpRecord['pull'],
): readonly Tensor[] => {
  if (!areRecorded(inputs)) return results;
  const { examples } = currentInterpreter();
  if (examples === undefined) return recordResults(op, inputs, results, pull);
  const { enter, leave, isBatched } = examples;
  if (isDifferentiating(examples)) {
    const batches = results.map((x) => enter(leave(x)));
    return recordResults(op, inputs, batches, pull);
  }
  const recorded = recordResults(op, inputs, results, neverPulled);
  return results.map((x, i) => (isBatched(x) ? recorded[i] : x));
};
