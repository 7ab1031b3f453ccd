/** `remat`: a function that is computed again in the backward pass. */
import { asOpCalling } from '../base/errors.ts';
import { stridesOf } from '../base/shape.ts';
import {
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
import { zeros } from '../ops/creation.ts';
import { copyLoop } from '../ops/structure.ts';
import { backward } from '../transforms/backward.ts';
import { flattenLeaves } from '../transforms/leaves.ts';
import { variable } from '../transforms/variable.ts';
import { type Form, build, rebuild } from '../tree/form.ts';
import { recordedBefore } from './body.ts';

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

/**
 * Returns a function that computes f without keeping its intermediate results for the backward
 * pass. The backward pass computes them again, which takes more time, but less memory. Inside
 * `vmap` the results are kept.
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
      const leaves = flat.flatMap((own) => own.leaves).map(resolve);
      let form: Form | undefined;
      const runLeaves = keepReplaced((...own: readonly Tensor[]): readonly Tensor[] => {
        const result = flattenLeaves('remat', run(...(rebuild(flat, own) as A)), 'result');
        form = result.form;
        return result.leaves.map(resolve);
      });
      // A batch differentiates by what its examples share outside, where ops need their operands.
      const isBatch = currentInterpreter().examples !== undefined;
      const first = nextRecordId();
      const results = runLeaves(...(isBatch ? leaves : leaves.map(withoutRecord)));
      const rebuildResult = (tensors: readonly Tensor[]): R => {
        let next = 0;
        return build(form as Form, () => tensors[next++]) as R;
      };
      if (isBatch) return rebuildResult(results);
      const captured = recordedBefore(results, first);
      const inputs = [...leaves, ...captured];
      if (!isRecording() || inputs.every(({ record }) => record === undefined))
        return rebuildResult(results.map(withoutRecord));
      return rebuildResult(
        recordResults('remat', inputs, results, (cts) => {
          const pullAll = (): readonly (Tensor | undefined)[] => {
            const number = barriers++;
            const variables = inputs.map((x) => variable(bind(barrierPrimitive, [x], { number })));
            const replacements = new Map(captured.map((x, i) => [x, variables[leaves.length + i]]));
            return withReplaced(replacements, () => {
              const outs = recording(() => runLeaves(...variables.slice(0, leaves.length))).map(resolve);
              const reached = outs.flatMap((_, i) => (cts[i] === undefined ? [] : [i]));
              return backward(
                reached.map((i) => outs[i]),
                reached.map((i) => cts[i] as Tensor),
                variables,
              );
            });
          };
          let pulled: readonly (Tensor | undefined)[] | undefined;
          return inputs.map(
            ({ shape }, i) =>
              () =>
                (pulled ??= pullAll())[i] ?? zeros(shape),
          );
        }),
      );
    });
}
