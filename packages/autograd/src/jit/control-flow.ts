/** Loops and branches that also work in compiled functions and in batches. */
import { asOpCalling, rangeError, typeError } from '../base/errors.ts';
import { type Shape, formatShape, sameShape, sizeOf } from '../base/shape.ts';
import { Missing } from '../base/deferred.ts';
import type { Values } from '../compiler/loops.ts';
import {
  type LeafFunction,
  type Examples,
  currentInterpreter,
  keepReplaced,
  resolve,
  withReplaced,
  withoutRecord,
} from '../core/bind.ts';
import { checkFunction, checkInteger, toTensor } from '../core/check.ts';
import { isRecording, recordResults, recording } from '../core/record.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { arange, zeros } from '../ops/creation.ts';
import { any } from '../ops/logic.ts';
import { where } from '../ops/select.ts';
import { withShape } from '../ops/structure.ts';
import type { StepProgram } from '../runtime/step-program.ts';
import { backward } from '../transforms/backward.ts';
import { flattenLeaves, keys } from '../transforms/leaves.ts';
import { variable } from '../transforms/variable.ts';
import { type Flat, type Form, build, leavesOf, rebuild } from '../tree/form.ts';
import { traceBody } from './body.ts';
import { bindHost, compileFor, shapesOf } from './host-op.ts';
import { checkCarry, scan } from './scan.ts';

/**
 * Sets value = f(i, value) for each integer i from `lower` to `upper` - 1, starting from `init`,
 * and returns the last value.
 *
 * `i` is a scalar tensor. Values are trees of tensors and random keys. The body is compiled once,
 * as in `scan`, and derivatives are computed as there. If `lower` ≥ `upper`, the result is `init`.
 *
 * Throws a TypeError or a RangeError if f changes the structure or a shape of the value. Mirrors
 * jax.lax.fori_loop.
 *
 * @example
 * const total = foriLoop(0, 5, (i, sum: Tensor) => sum.add(i), tensor(0));
 * console.log(total.item()); // → 10
 */
export function foriLoop<C>(lower: number, upper: number, f: (i: Tensor, value: C) => C, init: C): C {
  checkInteger('foriLoop', 'lower', lower, -(2 ** 24), 2 ** 24);
  checkInteger('foriLoop', 'upper', upper, -(2 ** 24), 2 ** 24);
  checkFunction('foriLoop', 'f', f);
  return asOpCalling('foriLoop', f, (run) => {
    const integers = lower < upper ? arange(lower, upper) : zeros([0]);
    return scan((value: C, i: Tensor) => [run(i, value), undefined] as const, init, integers)[0];
  });
}

/** Copies all outputs of a program to `out`, one after another. */
const copyResults = (program: StepProgram, shapes: readonly Shape[], out: Values): void => {
  let offset = 0;
  shapes.forEach((shape, i) => {
    program.copyOut(i, out, offset);
    offset += sizeOf(shape);
  });
};

/** Runs one of two functions of leaves. Both return results of the same shapes. */
const runBranch = (
  predicate: Tensor,
  given: readonly [LeafFunction, LeafFunction],
  givenLeaves: readonly Tensor[],
): readonly Tensor[] => {
  const leaves = givenLeaves.map(resolve);
  const branches = given.map((branch) =>
    keepReplaced((...own: readonly Tensor[]) => branch(...own).map(resolve)),
  );
  const interpreter = currentInterpreter();
  const { source } = predicate;
  if (!(source instanceof Missing)) return branches[predicate.item() === 0 ? 1 : 0](...leaves);
  if (interpreter.examples !== undefined) {
    const [a, b] = branches.map((branch) => branch(...leaves));
    return a.map((x, i) => where(predicate, x, b[i]));
  }
  const bodies = branches.map((branch) => traceBody('cond', branch, shapesOf(leaves)));
  const shapes = shapesOf(bodies[0].outputs);
  const captured = bodies.map((body) => body.captured);
  const compiled = bodies.map((body, i) => compileFor('cond', i === 0 ? 'if true' : 'if false', body));
  const programs = compiled.map(({ program }) => program);
  const results = bindHost(
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
      copyResults(program, shapes, out);
    },
  );
  const inputs = [...leaves, ...new Set(captured.flat())];
  if (!isRecording() || inputs.every(({ record }) => record === undefined)) return results;
  const own = inputs.slice(leaves.length);
  const pullOf =
    (branch: LeafFunction): LeafFunction =>
    (...all) => {
      const variables = [...all.slice(0, leaves.length), ...own].map(variable);
      const ownVariables = new Map(own.map((x, i) => [x, variables[leaves.length + i]]));
      return withReplaced(ownVariables, () => {
        const outs = recording(() => branch(...variables.slice(0, leaves.length))).map(resolve);
        return backward(outs, all.slice(leaves.length), variables).map(
          (ct, i) => ct ?? zeros(variables[i].shape),
        );
      });
    };
  return recordResults('cond', inputs, results, (cts) => {
    let pulled: readonly Tensor[] | undefined;
    const pullAll = (): readonly Tensor[] =>
      runBranch(
        predicate,
        [pullOf(branches[0]), pullOf(branches[1])],
        [...leaves, ...shapes.map((shape, i) => cts[i] ?? zeros(shape))],
      );
    return inputs.map((_, i) => () => (pulled ??= pullAll())[i]);
  });
};

/** Checks a condition, which is a scalar: 0 is false, and every other number is true. */
const checkPredicate = (op: string, what: string, value: unknown): Tensor => {
  const predicate = toTensor(op, value, what);
  if (predicate.ndim !== 0)
    throw rangeError(op, `invalid ${what}: expected a scalar, got shape ${formatShape(predicate.shape)}`);
  return resolve(predicate);
};

/** Throws unless both branches return trees of the same structure and shapes. */
const checkSame = (first: Flat, second: Flat): void => {
  if (first.paths.join() !== second.paths.join())
    throw typeError(
      'cond',
      `results of the branches differ: expected the same leaves, got ${first.paths.join(', ')} and ${second.paths.join(', ')}`,
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
 * selected branch runs, also in a compiled function. Inside `vmap`, if examples have different
 * predicates, both branches run, and each example selects its result. Derivatives flow through the
 * selected branch.
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
export function cond<A extends unknown[], R>(
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
      let first: Flat | undefined;
      const branchOf =
        (run: (...own: A) => R): LeafFunction =>
        (...leaves) => {
          const result = flattenLeaves('cond', run(...(rebuild(flat, leaves) as A)), 'result');
          form = result.form;
          if (first === undefined) first = result;
          else checkSame(first, result);
          return result.leaves;
        };
      const results = runBranch(
        choice,
        [branchOf(runTrue), branchOf(runFalse)],
        flat.flatMap((own) => own.leaves),
      );
      let next = 0;
      return build(form as Form, () => results[next++]) as R;
    }),
  );
}

/** Runs a loop for all examples of a batch, until the condition is 0 for each of them. */
const whileExamples = (
  goesOn: LeafFunction,
  body: LeafFunction,
  carries: readonly Tensor[],
  { enter, leave, runInside, runOutside }: Examples,
): readonly Tensor[] => {
  const outside =
    (f: LeafFunction): LeafFunction =>
    (...outer) =>
      runInside(() => f(...outer.map(enter))).map(leave);
  const [goesOnOutside, bodyOutside] = [outside(goesOn), outside(body)];
  const results = runOutside(() =>
    runWhile(
      (...outer) => [any(goesOnOutside(...outer)[0])],
      (...outer) => {
        const [active] = goesOnOutside(...outer);
        return bodyOutside(...outer).map((x, i) =>
          where(withShape(active, [active.size, ...x.shape.slice(1).map(() => 1)]), x, outer[i]),
        );
      },
      carries.map(leave),
    ),
  );
  return results.map(enter);
};

/** Returns results that throw an error when they are differentiated. */
const refuseGradient = (inputs: readonly Tensor[], results: readonly Tensor[]): readonly Tensor[] =>
  isRecording() && inputs.some(({ record }) => record !== undefined)
    ? recordResults('whileLoop', inputs, results, () => {
        throw typeError(
          'whileLoop',
          'no gradient: expected a loop whose number of steps is known in advance, got whileLoop; use scan or foriLoop',
        );
      })
    : results.map(withoutRecord);

/** Runs a loop while `goesOn` returns a scalar other than 0. */
const runWhile = (
  givenGoesOn: LeafFunction,
  givenBody: LeafFunction,
  given: readonly Tensor[],
): readonly Tensor[] => {
  const carries = given.map((x) => withoutRecord(resolve(x)));
  const [goesOn, body] = [givenGoesOn, givenBody].map((f) =>
    keepReplaced((...own: readonly Tensor[]) => f(...own).map(resolve)),
  );
  const shapes = shapesOf(carries);
  const bodies = [goesOn, body].map((f) => traceBody('whileLoop', f, shapes));
  const operands = [...carries, ...bodies.flatMap(({ captured }) => captured)];
  const inputs = [...given.map(resolve), ...operands];
  const { examples } = currentInterpreter();
  if (examples !== undefined)
    return refuseGradient(inputs, whileExamples(goesOn, body, given.map(resolve), examples));
  if (operands.every(({ source }) => !(source instanceof Missing))) {
    let values: readonly Tensor[] = carries;
    while (goesOn(...values)[0].item() !== 0) values = body(...values).map(withoutRecord);
    return refuseGradient(inputs, values);
  }
  const compiled = bodies.map((own, i) => compileFor('whileLoop', i === 0 ? 'while' : 'do', own));
  const [test, step] = compiled.map(({ program }) => program);
  const count = carries.length;
  const [ofTest] = bodies.map(({ captured }) => captured.length);
  const results = bindHost(
    'whileLoop',
    operands,
    { carries: count, captured: bodies.map((own) => own.captured.length) },
    shapes,
    compiled,
    (out, ...elements) => {
      const values = elements.slice(0, count).map((values) => values.slice());
      elements.slice(count, count + ofTest).forEach((values, i) => test.copyIn(count + i, values));
      elements.slice(count + ofTest).forEach((values, i) => step.copyIn(count + i, values));
      const flag = new Float32Array(1);
      const isActive = (): boolean => {
        values.forEach((value, i) => test.copyIn(i, value));
        test.run();
        test.copyOut(0, flag);
        return flag[0] !== 0;
      };
      while (isActive()) {
        values.forEach((value, i) => step.copyIn(i, value));
        step.run();
        values.forEach((value, i) => step.copyOut(i, value));
      }
      let offset = 0;
      for (const value of values) {
        out.set(value, offset);
        offset += value.length;
      }
    },
  );
  return refuseGradient(inputs, results);
};

/**
 * Sets value = f(value) while condition(value) is not 0, starting from `init`, and returns the last
 * value.
 *
 * `condition` returns a scalar. Values are trees of tensors and random keys. In a compiled
 * function, the body is compiled once. Inside `vmap`, each example stops when its own condition is
 * 0.
 *
 * Throws a TypeError or a RangeError if f changes the structure or a shape of the value.
 *
 * It has no gradient, because the number of steps is not known in advance: differentiating it
 * throws a TypeError. Use `scan` or `foriLoop` instead. Mirrors jax.lax.while_loop.
 *
 * @example
 * const isLarge = (v: Tensor) => greater(v, 1);
 * const halve = jit((x: Tensor) => whileLoop(isLarge, (v: Tensor) => v.div(2), x));
 * console.log(halve(tensor(20)).item()); // → 0.625
 */
export function whileLoop<C>(condition: (value: C) => TensorLike, f: (value: C) => C, init: C): C {
  const op = 'whileLoop';
  checkFunction(op, 'condition', condition);
  checkFunction(op, 'f', f);
  return asOpCalling(op, condition, (runCondition) =>
    asOpCalling(op, f, (run) => {
      const start = flattenLeaves(op, init, 'init');
      const before: Flat = { ...start, paths: start.paths.map((path) => path.replace(/^init/, 'carry')) };
      const value = (leaves: readonly Tensor[]): C => rebuild([start], leaves)[0] as C;
      const results = runWhile(
        (...leaves) => [checkPredicate(op, 'condition', runCondition(value(leaves)))],
        (...leaves) => {
          const next = flattenLeaves(op, run(value(leaves)), 'carry');
          checkCarry(op, before, next);
          return next.leaves;
        },
        start.leaves,
      );
      return value(results);
    }),
  );
}
