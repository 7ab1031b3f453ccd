/** Compiled functions inside of `vmap`: they are compiled again, for all examples at once. */
import {
  type Examples,
  type JitTools,
  type LeafFunction,
  isEager,
  currentInterpreter,
} from '../core/interpreter.ts';
import { recordingDepth } from '../core/record.ts';
import { resolve } from '../core/replaced.ts';
import type { Tensor } from '../core/tensor.ts';
import { type Form, buildFrom } from '../tree/form.ts';
import type { AnyFunction } from './any-function.ts';
import {
  flattenArguments,
  type KnownForm,
  findKnown,
  formsOf,
  remember,
  toLeafFunction,
} from './known-forms.ts';
import { isDebugging } from '../core/hooks.ts';
import { withGradients } from './with-gradients.ts';

/**
 * A function compiled for all examples. The mask tells which leaves differ between them, which are
 * differentiated outside, and how often.
 */
interface CompiledBatch extends KnownForm {
  readonly compiled: LeafFunction;
  readonly resultForm: () => Form;
}

const caches = new WeakMap<AnyFunction, CompiledBatch[]>();
const MAX_FORMS = 16;

/** Whether a compiled function would run compiled here, or be compiled for a `vmap` further out. */
const canRunCompiled = (): boolean => isEager() || currentInterpreter().examples !== undefined;

/** Whether f closes over nothing that is differentiated or batched. */
const isClosed = (f: LeafFunction, leaves: readonly Tensor[], traceBody: JitTools['traceBody']): boolean => {
  let [own, shapes, targets] = [f, leaves.map(({ shape }) => shape), leaves.map(isRecorded)];
  for (let order = targets.includes(true) ? recordingDepth() : 0; ; order--) {
    const { captured, outputs } = traceBody('jit', own, shapes);
    if (captured.length > 0 || order === 0) return captured.length === 0;
    // A gradient rule can close over tensors that f does not close over.
    own = withGradients(own, targets, () => undefined);
    shapes = [...shapes, ...outputs.map(({ shape }) => shape)];
    targets = [...targets, ...outputs.map(() => true)];
  }
};

const isRecorded = ({ record }: Tensor): boolean => record !== undefined;

/**
 * Runs a compiled function inside of `vmap` for all examples. Returns undefined if it has to run op
 * by op: if an argument is differentiated inside of `vmap`, or shared by the examples and
 * differentiated, or if f closes over anything that is differentiated or batched.
 */
export const callCompiledBatch = (
  examples: Examples,
  f: AnyFunction,
  { jit, traceBody }: JitTools,
  args: readonly unknown[],
): { readonly result: unknown } | undefined => {
  const flat = flattenArguments(args);
  const leaves = flat.flatMap((own) => own.leaves).map(resolve);
  const mask = leaves.map((leaf) => examples.isBatched(leaf));
  const isDifferentiated = leaves.some(({ record }) => record !== undefined);
  if (isDebugging() || isDifferentiated || !mask.includes(true) || !examples.runOutside(canRunCompiled))
    return undefined;
  const outers = leaves.map((leaf, i) => (mask[i] ? examples.leave(leaf) : leaf));
  let known = caches.get(f);
  if (known === undefined) caches.set(f, (known = []));
  // What a function closes over can depend on what is differentiated, and how often.
  const targets = outers.map(isRecorded);
  const depth = targets.includes(true) ? examples.runOutside(recordingDepth) : 0;
  const marks = [...mask, ...targets, ...new Array<boolean>(depth).fill(true)];
  let entry = findKnown(known, flat, marks);
  if (entry === undefined) {
    const { run, resultForm } = toLeafFunction(f, flat);
    const lifted = examples.lift(run, mask);
    if (!examples.runOutside(() => isClosed(lifted, outers, traceBody))) return undefined;
    entry = { forms: formsOf(flat), mask: marks, compiled: jit(lifted), resultForm };
    remember(known, entry, MAX_FORMS);
  }
  const { compiled, resultForm } = entry;
  const results = examples.runOutside(() => compiled(...outers));
  return {
    result: buildFrom(
      resultForm(),
      results.map((x) => examples.enter(x)),
    ),
  };
};
