/** `whileLoop`: a loop whose number of steps is not known in advance. */
import { Missing } from '../base/deferred.ts';
import { asOpCalling, typeError } from '../base/errors.ts';
import { withoutRecord } from '../core/bind.ts';
import { type Examples, type LeafFunction, currentInterpreter } from '../core/interpreter.ts';
import { keepReplaced, resolve } from '../core/replaced.ts';
import { checkFunction } from '../core/check.ts';
import { isRecording, recordResults } from '../core/record.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { any } from '../ops/logic.ts';
import { where } from '../ops/select.ts';
import { withShape } from '../ops/structure.ts';
import { flattenLeaves } from '../transforms/leaves.ts';
import { type Flat, buildFrom } from '../tree/form.ts';
import { traceBody } from './body.ts';
import { bindHost, compileFor, shapesOf } from './host-op.ts';
import { type Tuple, checkCarry, checkPredicate } from './loop-checks.ts';

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
export function whileLoop<C extends Tuple>(
  condition: (value: C) => TensorLike,
  f: (value: C) => C,
  init: C,
): C;
export function whileLoop<C>(condition: (value: C) => TensorLike, f: (value: C) => C, init: C): C;
export function whileLoop<C>(condition: (value: C) => TensorLike, f: (value: C) => C, init: C): C {
  const op = 'whileLoop';
  checkFunction(op, 'condition', condition);
  checkFunction(op, 'f', f);
  return asOpCalling(op, condition, (runCondition) =>
    asOpCalling(op, f, (run) => {
      const start = flattenLeaves(op, init, 'init');
      const before: Flat = { ...start, paths: start.paths.map((path) => path.replace(/^init/, 'carry')) };
      const value = (leaves: readonly Tensor[]): C => buildFrom(start.form, leaves) as C;
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
