/** `remat`: a function that is computed again in the backward pass. */
import { asOpCalling } from '../base/errors.ts';
import { stridesOf } from '../base/shape.ts';
import {
  type Examples,
  type LeafFunction,
  bind,
  currentInterpreter,
  keepReplaced,
  resolve,
  withReplaced,
  withoutRecord,
} from '../core/bind.ts';
import { checkFunction } from '../core/check.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { isRecording, nextRecordId, recordResults, recording } from '../core/record.ts';
import type { Tensor } from '../core/tensor.ts';
import { copyLoop } from '../ops/structure.ts';
import { flattenLeaves } from '../transforms/leaves.ts';
import { variable } from '../transforms/variable.ts';
import { type Form, rebuild, buildFrom } from '../tree/form.ts';
import { recordedBefore, traceBody } from './body.ts';
import { shapesOf } from './host-op.ts';
import { backwardOrZeros, pullTogether } from '../transforms/cotangents.ts';

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

/** Runs a function of leaves for all examples of `vmap` at once. */
const runForExamples = (
  f: LeafFunction,
  leaves: readonly Tensor[],
  { enter, leave, isBatched, runInside, runOutside }: Examples,
): readonly Tensor[] => {
  const mask = leaves.map(isBatched);
  const ofBatches: LeafFunction = (...own) =>
    runInside(() => f(...own.map((x, i) => (mask[i] ? enter(x) : x)))).map(leave);
  const batches = leaves.map((x, i) => (mask[i] ? leave(x) : x));
  return runOutside(() => runLeaves(ofBatches, batches)).map((x) => withoutRecord(enter(x)));
};

/** Computes a function of leaves. Inside of a derivative, records how to compute it again. */
const runLeaves = (given: LeafFunction, givenLeaves: readonly Tensor[]): readonly Tensor[] => {
  const f = keepReplaced((...own: readonly Tensor[]) => given(...own).map(resolve));
  const leaves = givenLeaves.map(resolve);
  const { examples } = currentInterpreter();
  const first = nextRecordId();
  const results =
    examples === undefined ? f(...leaves.map(withoutRecord)) : runForExamples(f, leaves, examples);
  if (!isRecording()) return results.map(withoutRecord);
  // The results of all examples have no records of what happens inside of `vmap`.
  const captured =
    examples === undefined
      ? recordedBefore(results, first)
      : traceBody('remat', f, shapesOf(leaves)).captured.filter(({ record }) => record !== undefined);
  const inputs = [...leaves, ...captured];
  if (inputs.every(({ record }) => record === undefined)) return results.map(withoutRecord);
  return recordResults('remat', inputs, results, (cts) => {
    const pullAll = (): readonly Tensor[] => {
      const number = barriers++;
      const variables = inputs.map((x) => variable(bind(barrierPrimitive, [x], { number })));
      const replacements = new Map(captured.map((x, i) => [x, variables[leaves.length + i]]));
      return withReplaced(replacements, () => {
        const outs = recording(() => f(...variables.slice(0, leaves.length))).map(resolve);
        const reached = outs.flatMap((_, i) => (cts[i] === undefined ? [] : [i]));
        return backwardOrZeros(
          reached.map((i) => outs[i]),
          reached.map((i) => cts[i] as Tensor),
          variables,
        );
      });
    };
    return pullTogether(
      inputs.map(() => true),
      pullAll,
    );
  });
};

/**
 * Returns a function that computes f without keeping its intermediate results for the backward
 * pass. The backward pass computes them again, which takes more time, but less memory.
 *
 * Arguments and results are trees of tensors and random keys. Derivatives also flow to tensors that
 * f closes over. Mirrors jax.checkpoint, also called jax.remat.
 *
 * @example
 * const f = remat((x: Tensor) => sin(sin(x)));
 * console.log(grad(f)(tensor(0)).item()); // → 1
 */
export function remat<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R {
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
