/** `remat`: a function that is computed again in the backward pass. */
import { asOpCalling } from '../base/errors.ts';
import { stridesOf } from '../base/shape.ts';
import { bind, withoutRecord } from '../core/bind.ts';
import { type Examples, type LeafFunction, currentInterpreter } from '../core/interpreter.ts';
import { keepReplaced, resolve, withReplaced } from '../core/replaced.ts';
import { checkFunction } from '../core/check.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { nextRecordId, recordedBefore, recording, recordingDepth, atDepth } from '../core/record.ts';
import type { Tensor } from '../core/tensor.ts';
import { copyLoop } from '../ops/structure.ts';
import type { AnyResult } from '../transforms/any-function.ts';
import { flattenLeaves } from '../transforms/leaves.ts';
import { variable } from '../transforms/variable.ts';
import { type Form, rebuild, buildFrom } from '../tree/form.ts';
import { backwardOrZeros, pullTogether } from '../transforms/cotangents.ts';
import { enterAll, leaveAll, recordLoop } from './differing.ts';
import { withoutKeyWatch } from '../core/hooks.ts';

let barriers = 0;

/**
 * Copies a tensor into a distinct graph node. The compiler then cannot merge a computation that
 * starts from the copy with an equal one from before.
 */
const barrierPrimitive: LoopPrimitive<{ readonly number: number }> = {
  name: 'barrier',
  shape: ([shape]) => shape,
  loops: ([shape]) => [copyLoop(shape, { input: 0, offset: 0, strides: stridesOf(shape) })],
  vjp: (ct) => [() => ct],
};

/** The results of a function, and the recorded tensors that it closes over. */
interface Computed {
  readonly results: readonly Tensor[];
  readonly captured: readonly Tensor[];
}

/** Runs a function of leaves for all examples of `vmap` at once. */
const runForExamples = (f: LeafFunction, leaves: readonly Tensor[], examples: Examples): Computed => {
  const { isBatched, runInside, runOutside } = examples;
  const leavesDiffer = leaves.map(isBatched);
  const [first, depth] = [nextRecordId(), recordingDepth()];
  let captured: readonly Tensor[] | undefined;
  let differ: readonly boolean[] | undefined;
  const ofBatches: LeafFunction = (...outer) => {
    const inside = (): readonly Tensor[] => f(...enterAll(examples, outer, leavesDiffer));
    // Batches have no records of what happens inside of `vmap`, so the first run searches.
    const isFirst = captured === undefined;
    const results = runInside(() => (isFirst ? atDepth(depth, inside) : inside()));
    captured ??= recordedBefore(results, first);
    differ ??= results.map(isBatched);
    return leaveAll(examples, results, differ);
  };
  const outer = runOutside(() => runLeaves(ofBatches, leaveAll(examples, leaves, leavesDiffer)));
  return { results: enterAll(examples, outer, differ ?? []), captured: captured ?? [] };
};

/** Computes a function of leaves. Inside of a derivative, records how to compute it again. */
const runLeaves = (given: LeafFunction, givenLeaves: readonly Tensor[]): readonly Tensor[] => {
  const f = keepReplaced(given);
  const leaves = givenLeaves.map(resolve);
  const { examples } = currentInterpreter();
  const compute = (): Computed => {
    if (examples !== undefined) return runForExamples(f, leaves, examples);
    const first = nextRecordId();
    const results = f(...leaves.map(withoutRecord));
    return { results, captured: recordedBefore(results, first) };
  };
  const { results, captured } = compute();
  const inputs = [...leaves, ...captured];
  return recordLoop('remat', inputs, results, (cts, isNeeded, onRefusal) => {
    const pullAll = (): readonly Tensor[] => {
      const number = barriers++;
      const variables = inputs.map((x) => variable(bind(barrierPrimitive, [x], { number })));
      const replacements = new Map(captured.map((x, i) => [x, variables[leaves.length + i]]));
      return withReplaced(replacements, () => {
        // The keys that f uses are used once: this is the same computation.
        const again = (): readonly Tensor[] => f(...variables.slice(0, leaves.length));
        const outs = recording(() => withoutKeyWatch(again)).map(resolve);
        const reached = outs.flatMap((_, i) => (cts[i] === undefined ? [] : [i]));
        return backwardOrZeros(
          reached.map((i) => outs[i]),
          reached.map((i) => cts[i] as Tensor),
          variables.filter((_, i) => isNeeded[i]),
          onRefusal,
        );
      });
    };
    return pullTogether(isNeeded, pullAll);
  });
};

/**
 * Returns a function that computes f without keeping its intermediate results for the backward
 * pass. The backward pass computes them again, which takes more time, but less memory.
 *
 * Arguments and results are trees of tensors and random keys. Derivatives also flow to tensors that
 * f closes over. f has to be pure: a value that it stores elsewhere counts as a constant there.
 * Mirrors jax.checkpoint, also called jax.remat.
 *
 * @example
 * const f = remat((x: Tensor) => sin(sin(x)));
 * console.log(grad(f)(tensor(0)).item()); // → 1
 */
export function remat<A extends unknown[], R extends AnyResult>(f: (...args: A) => R): (...args: A) => R {
  checkFunction('remat', 'f', f);
  return (...args) =>
    asOpCalling('remat', f, (run) => {
      const flat = args.map((argument, i) => flattenLeaves('remat', argument, `argument ${i}`));
      let form: Form = { kind: 'nothing', value: undefined };
      const results = runLeaves(
        (...own) => {
          const result = flattenLeaves('remat', run(...(rebuild(flat, own) as A)), 'result');
          form = result.form;
          return result.leaves;
        },
        flat.flatMap(({ leaves }) => leaves),
      );
      return buildFrom(form, results) as R;
    });
}
