/** `cond`: a branch that also works in compiled functions and in batches. */
import { Missing } from '../base/deferred.ts';
import { asOpCalling, rangeError, typeError } from '../base/errors.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import { withoutRecord } from '../core/bind.ts';
import { type Examples, type LeafFunction, currentInterpreter } from '../core/interpreter.ts';
import { keepReplaced, resolve, withReplaced } from '../core/replaced.ts';
import { checkFunction } from '../core/check.ts';
import { nextRecordId, recordedBefore, recording } from '../core/record.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { zeros } from '../ops/creation.ts';
import { where } from '../ops/select.ts';
import type { AnyResult } from '../transforms/any-function.ts';
import { flattenLeaves, keys } from '../transforms/leaves.ts';
import { variable } from '../transforms/variable.ts';
import { type Flat, type Form, leavesOf, rebuild, buildFrom } from '../tree/form.ts';
import { type Body, traceBody } from './body.ts';
import { dependentOutputs, enterAll, isDifferentiating, leaveAll, recordLoop } from './differing.ts';
import { bindHost, compileFor, shapesOf } from './host-op.ts';
import { KeyUses } from './key-uses.ts';
import { checkPredicate } from './loop-checks.ts';
import { backwardOrZeros, pullTogether } from '../transforms/cotangents.ts';

/** Runs one of two functions of leaves. Both return results of the same shapes. */
const runBranch = (
  predicate: Tensor,
  given: readonly [LeafFunction, LeafFunction],
  givenLeaves: readonly Tensor[],
): readonly Tensor[] => {
  const leaves = givenLeaves.map(resolve);
  const branches = given.map((branch) => keepReplaced(branch));
  const { examples } = currentInterpreter();
  const { source } = predicate;
  if (!(source instanceof Missing)) return branches[predicate.item() === 0 ? 1 : 0](...leaves);
  if (examples?.isBatched(predicate) === true) return runBoth(predicate, branches, leaves, examples);
  const bodies = branches.map((branch) => traceBody('cond', branch, shapesOf(leaves)));
  const inputs = [...leaves, ...new Set(bodies.flatMap(({ captured }) => captured))];
  const results =
    examples === undefined
      ? runCompiled(predicate, leaves, bodies)
      : runForExamples(predicate, branches, leaves, bodies, examples);
  return recordBranch(predicate, branches, leaves, inputs, results);
};

/**
 * Runs both branches for all examples of `vmap`, which have different predicates.
 *
 * A derivative of each example gets one record for both branches: the records of their ops would
 * let NaN or infinite slopes of the branch that an example does not take reach its result.
 */
const runBoth = (
  predicate: Tensor,
  branches: readonly LeafFunction[],
  leaves: readonly Tensor[],
  examples: Examples,
): readonly Tensor[] => {
  const isDifferentiated = isDifferentiating(examples);
  const first = nextRecordId();
  // So what the branches close over is found, also if it is an operand as well.
  const own = isDifferentiated ? leaves.map(withoutRecord) : leaves;
  const [a, b] = branches.map((branch) => branch(...own));
  const results = a.map((x, i) => where(predicate, x, b[i]));
  if (!isDifferentiated) return results;
  const captured = recordedBefore(results, first);
  return recordBranch(predicate, branches, leaves, [...leaves, ...captured], results.map(withoutRecord));
};

/** Runs a branch for all examples of `vmap`. They share the predicate. */
const runForExamples = (
  predicate: Tensor,
  branches: readonly LeafFunction[],
  leaves: readonly Tensor[],
  bodies: readonly Body[],
  examples: Examples,
): readonly Tensor[] => {
  const { isBatched, runInside, runOutside } = examples;
  const differ = leaves.map(isBatched);
  const [first, second] = bodies.map((body) =>
    dependentOutputs(body, [...differ, ...body.captured.map(isBatched)]),
  );
  const resultsDiffer = first.map((own, i) => own || second[i]);
  const [onTrue, onFalse] = branches.map(
    (branch): LeafFunction =>
      (...outer) =>
        leaveAll(
          examples,
          runInside(() => branch(...enterAll(examples, outer, differ))),
          resultsDiffer,
        ),
  );
  return runOutside(() => {
    const results = runBranch(predicate, [onTrue, onFalse], leaveAll(examples, leaves, differ));
    return enterAll(examples, results, resultsDiffer);
  });
};

/** Compiles both branches, as one op that runs the selected one. */
const runCompiled = (
  predicate: Tensor,
  leaves: readonly Tensor[],
  bodies: readonly Body[],
): readonly Tensor[] => {
  const shapes = shapesOf(bodies[0].outputs);
  const captured = bodies.map((body) => body.captured);
  const compiled = bodies.map((body, i) => compileFor('cond', i === 0 ? 'if true' : 'if false', body));
  const programs = compiled.map(({ program }) => program);
  return bindHost(
    'cond',
    [predicate, ...leaves, ...captured.flat()],
    { operands: leaves.length, captured: captured.map((own) => own.length) },
    shapes,
    compiled,
    (out, choice, ...inputs) => {
      const index = choice[0] === 0 ? 1 : 0;
      const program = programs[index];
      leaves.forEach((_, i) => program.copyIn(i, inputs[i]));
      const start = leaves.length + (index === 0 ? 0 : captured[0].length);
      captured[index].forEach((_, i) => program.copyIn(leaves.length + i, inputs[start + i]));
      program.run();
      program.copyResults(out);
    },
  );
};

/** Records the results of a branch. `inputs` are the leaves, then what the branches close over. */
const recordBranch = (
  predicate: Tensor,
  branches: readonly LeafFunction[],
  leaves: readonly Tensor[],
  inputs: readonly Tensor[],
  results: readonly Tensor[],
): readonly Tensor[] => {
  const own = inputs.slice(leaves.length);
  return recordLoop('cond', inputs, results, (cts, isNeeded, onRefusal) => {
    const pullOf =
      (branch: LeafFunction): LeafFunction =>
      (...all) => {
        const given = [...all.slice(0, leaves.length), ...own];
        const variables = given.map((x, i) => (isNeeded[i] ? variable(x) : x));
        const replacements = own.flatMap((x, i) =>
          isNeeded[leaves.length + i] ? [[x, variables[leaves.length + i]] as const] : [],
        );
        return withReplaced(new Map(replacements), () => {
          const outs = recording(() => branch(...variables.slice(0, leaves.length))).map(resolve);
          const needed = variables.filter((_, i) => isNeeded[i]);
          return backwardOrZeros(outs, all.slice(leaves.length), needed, onRefusal);
        });
      };
    return pullTogether(isNeeded, () =>
      runBranch(
        predicate,
        [pullOf(branches[0]), pullOf(branches[1])],
        [...leaves, ...results.map(({ shape }, i) => cts[i] ?? zeros(shape))],
      ),
    );
  });
};

/** Throws unless both branches return trees of the same structure and shapes. */
const checkSame = (first: Flat, second: Flat): void => {
  if (first.paths.join() !== second.paths.join())
    throw typeError(
      'cond',
      `results of the branches differ: expected the same leaves, got ${first.paths.join(', ')} in one and ${second.paths.join(', ')} in the other`,
    );
  const kinds = [first, second].map(({ form }) => leavesOf(form).map(({ leaf }) => leaf === keys));
  first.leaves.forEach(({ shape }, i) => {
    if (kinds[0][i] !== kinds[1][i])
      throw typeError(
        'cond',
        `results of the branches differ at ${first.paths[i]}: expected two Tensors or two random keys, got one of each`,
      );
    if (!sameShape(shape, second.leaves[i].shape))
      throw rangeError(
        'cond',
        `results of the branches differ at ${first.paths[i]}: expected equal shapes, got ${formatShape(shape)} and ${formatShape(second.leaves[i].shape)}`,
      );
  });
};

/**
 * Returns onTrue(...operands) if `predicate` is not 0, else onFalse(...operands).
 *
 * `predicate` is a scalar. Operands and results are trees of tensors and random keys. Only the
 * selected branch runs, also in a compiled function. Derivatives flow through the selected branch.
 *
 * Inside `vmap`, if the predicate depends on the example, both branches run for every example, and
 * each example selects its result, as in JAX. So no branch may throw for an example of the other
 * one: write clip(i, 0, n - 1) for its index. `grad` of a `vmap` needs finite derivatives of both
 * branches; `vmap(grad(f))` needs only those of the branch that the example takes.
 *
 * In compiled functions and batches, throws a TypeError or a RangeError unless both branches return
 * the same structure and shapes. Mirrors jax.lax.cond.
 *
 * @example
 * const negate = (v: Tensor) => v.neg();
 * const double = (v: Tensor) => v.mul(2);
 * const f = jit((x: Tensor) => cond(less(x, 0), negate, double, x));
 * console.log(f(tensor(-3)).item(), f(tensor(3)).item()); // → 3 6
 */
export function cond<A extends unknown[], R extends AnyResult>(
  predicate: TensorLike,
  onTrue: (...operands: A) => R,
  onFalse: (...operands: A) => R,
  ...operands: A
): R {
  checkFunction('cond', 'onTrue', onTrue);
  checkFunction('cond', 'onFalse', onFalse);
  const choice = checkPredicate('cond', 'predicate', predicate);
  return asOpCalling('cond', onTrue, (runTrue) =>
    asOpCalling('cond', onFalse, (runFalse) => {
      const flat = operands.map((operand, i) => flattenLeaves('cond', operand, `operand ${i}`));
      let form: Form | undefined;
      let firstResult: Flat | undefined;
      const branchOf =
        (run: (...own: A) => R): LeafFunction =>
        (...leaves) => {
          const result = flattenLeaves('cond', run(...(rebuild(flat, leaves) as A)), 'result');
          form = result.form;
          if (firstResult === undefined) firstResult = result;
          else checkSame(firstResult, result);
          return result.leaves;
        };
      const keyUses = new KeyUses();
      const leaves = flat.flatMap((own) => own.leaves);
      const [first, second] = [branchOf(runTrue), branchOf(runFalse)].map((branch) => keyUses.watch(branch));
      const results = runBranch(choice, [first, second], leaves);
      keyUses.count(leaves);
      return buildFrom(form as Form, results) as R;
    }),
  );
}
