/** `whileLoop`: a loop whose number of steps is not known in advance. */
import { asOpCalling, typeError } from '../base/errors.ts';
import type { Values } from '../compiler/loops.ts';
import { withoutRecord } from '../core/bind.ts';
import { type Examples, type LeafFunction, currentInterpreter, isEager } from '../core/interpreter.ts';
import { keepReplaced, resolve, withReplaced } from '../core/replaced.ts';
import { checkFunction } from '../core/check.ts';
import { recordResults } from '../core/record.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { argmax } from '../ops/arg-extrema.ts';
import { notEqual } from '../ops/compare.ts';
import { zeros } from '../ops/creation.ts';
import { take } from '../ops/indexing.ts';
import { any } from '../ops/logic.ts';
import { where } from '../ops/select.ts';
import { broadcastTo, withShape } from '../ops/structure.ts';
import type { AnyResult } from '../transforms/any-function.ts';
import { pullTogether } from '../transforms/cotangents.ts';
import { flattenLeaves } from '../transforms/leaves.ts';
import { jvp } from '../transforms/vjp.ts';
import { buildFrom } from '../tree/form.ts';
import { type Body, traceBody } from './body.ts';
import { canFail, dependentOutputs, differingOutputs, enterAll, leaveAll, recordLoop } from './differing.ts';
import { bindHost, compileFor, shapesOf } from './host-op.ts';
import { KeyUses } from './key-uses.ts';
import { checkCarry, checkPredicate, flattenCarry } from './loop-checks.ts';

/** A loop: functions of the carries, and the tensors that `body` closes over. */
interface Loop {
  readonly goesOn: LeafFunction;
  readonly body: LeafFunction;
  readonly carries: readonly Tensor[];
  readonly captured: readonly Tensor[];
}

/** Runs a loop along with its derivative along tangents. Returns the tangents of its results. */
const pushLoop = (
  { goesOn, body, carries, captured }: Loop,
  tangents: readonly Tensor[],
): readonly Tensor[] => {
  const count = carries.length;
  const results = runWhile(
    (...both) => goesOn(...both.slice(0, count)),
    (...both) =>
      jvp(
        (own: readonly Tensor[], closed: readonly Tensor[]) =>
          withReplaced(new Map(captured.map((x, i) => [x, closed[i]])), () => body(...own)),
        [both.slice(0, count), captured],
        [both.slice(count), tangents.slice(count)],
      ).flat(),
    [...carries, ...tangents.slice(0, count)],
  );
  return results.slice(count);
};

/**
 * Records a loop that is differentiated. It has tangents, but no cotangents: these would need the
 * carries of all steps, whose number is not known in advance.
 */
const recordWhile = (loop: Loop, results: readonly Tensor[]): readonly Tensor[] => {
  const inputs = [...loop.carries, ...loop.captured];
  return recordLoop('whileLoop', inputs, results, (cts, isNeeded, onRefusal) => {
    if (onRefusal === undefined)
      throw typeError(
        'whileLoop',
        'no gradient: expected a loop whose number of steps is known in advance, got whileLoop; use scan or foriLoop',
      );
    onRefusal();
    // Cotangents of 0, whose derivatives are the tangents.
    const given = [...cts.keys()].filter((i) => cts[i] !== undefined);
    const needed = [...inputs.keys()].filter((i) => isNeeded[i]);
    const own = recordResults(
      'whileLoop',
      given.map((i) => cts[i] as Tensor),
      needed.map((i) => zeros(inputs[i].shape)),
      (found, isGivenNeeded) =>
        pullTogether(isGivenNeeded, () => {
          const tangents = inputs.map((x, i) => found[needed.indexOf(i)] ?? zeros(x.shape));
          const all = pushLoop(loop, tangents);
          return given.filter((_, i) => isGivenNeeded[i]).map((i) => all[i]);
        }),
    );
    return pullTogether(isNeeded, () => own);
  });
};

/** Selects values where the condition of an example is not 0, and `others` elsewhere. */
const selectActive = (active: Tensor, values: readonly Tensor[], others: readonly Tensor[]): Tensor[] =>
  values.map((x, i) => {
    const mask = withShape(active, [active.size, ...x.shape.slice(1).map(() => 1)]);
    return where(mask, x, others[i]);
  });

/** Returns the body of a loop over a batch. An example whose condition is 0 keeps its values. */
const selecting =
  (goesOn: LeafFunction, body: LeafFunction): LeafFunction =>
  (...values) =>
    selectActive(goesOn(...values)[0], body(...values), values);

/**
 * Like `selecting`, for a body that can throw: it receives no values whose condition is 0.
 *
 * The carries are the values, then the values that the body received last. An example that has
 * ended repeats its last step with these.
 */
const guarded =
  (goesOn: LeafFunction, body: LeafFunction): LeafFunction =>
  (...carries) => {
    const values = carries.slice(0, carries.length / 2);
    const [active] = goesOn(...values);
    const given = selectActive(active, values, carries.slice(values.length));
    return [...selectActive(active, body(...given), values), ...given];
  };

/** Returns the values of the first example whose condition is not 0, for each example. */
const firstActive = (goesOn: LeafFunction, values: readonly Tensor[]): Tensor[] => {
  const [active] = goesOn(...values);
  if (active.size === 0) return [...values];
  const first = argmax(notEqual(active, 0));
  return values.map((x) => broadcastTo(take(x, first, { axis: 0 }), x.shape));
};

/**
 * Runs a loop for all examples of a batch, until the condition is 0 for each of them. What the
 * examples share is computed once.
 */
const whileExamples = (
  { goesOn, body, carries }: Loop,
  bodies: readonly Body[],
  examples: Examples,
): readonly Tensor[] => {
  const { isBatched, runInside, runOutside } = examples;
  const [ofTest, ofStep] = bodies.map(({ captured }) => captured.map(isBatched));
  const some = differingOutputs(bodies[1], carries.map(isBatched), ofStep);
  const [endsDiffer] = dependentOutputs(bodies[0], [...some, ...ofTest]);
  // An example whose condition is 0 keeps all its values.
  const differ = some.map((own) => own || endsDiffer);
  const outside =
    (f: LeafFunction, resultsDiffer: readonly boolean[]): LeafFunction =>
    (...outer) =>
      leaveAll(
        examples,
        runInside(() => f(...enterAll(examples, outer, differ))),
        resultsDiffer,
      );
  const [goesOnOutside, bodyOutside] = [outside(goesOn, [endsDiffer]), outside(body, differ)];
  const start = leaveAll(examples, carries, differ);
  const results = runOutside(() => {
    if (!endsDiffer) return runWhile(goesOnOutside, bodyOutside, start);
    const isGuarded = currentInterpreter().unrollsLoops === true || canFail(bodies[1]);
    return runWhile(
      (...outer) => [any(goesOnOutside(...outer.slice(0, start.length))[0])],
      isGuarded ? guarded(goesOnOutside, bodyOutside) : selecting(goesOnOutside, bodyOutside),
      isGuarded ? [...start, ...firstActive(goesOnOutside, start)] : start,
    ).slice(0, start.length);
  });
  return enterAll(examples, results, differ);
};

/** Writes arrays to `out`, one after another. */
const joinValues = (arrays: readonly Values[], out: Values): void => {
  let offset = 0;
  for (const values of arrays) {
    out.set(values, offset);
    offset += values.length;
  }
};

/** Runs a loop while `goesOn` returns a scalar other than 0. */
const runWhile = (
  givenGoesOn: LeafFunction,
  givenBody: LeafFunction,
  given: readonly Tensor[],
): readonly Tensor[] => {
  const carries = given.map((x) => withoutRecord(resolve(x)));
  const [goesOn, body] = [keepReplaced(givenGoesOn), keepReplaced(givenBody)];
  const shapes = shapesOf(carries);
  const bodies = [goesOn, body].map((f) => traceBody('whileLoop', f, shapes));
  const operands = [...carries, ...bodies.flatMap(({ captured }) => captured)];
  const loop: Loop = { goesOn, body, carries: given.map(resolve), captured: bodies[1].captured };
  const interpreter = currentInterpreter();
  const { examples } = interpreter;
  if (examples !== undefined) return recordWhile(loop, whileExamples(loop, bodies, examples));
  if (interpreter.unrollsLoops === true || isEager()) {
    let values: readonly Tensor[] = carries;
    while (goesOn(...values)[0].item() !== 0) values = body(...values).map(withoutRecord);
    return recordWhile(loop, values);
  }
  const [testBody, stepBody] = bodies;
  const count = carries.length;
  const compiled = [
    compileFor('whileLoop', 'while', testBody),
    compileFor('whileLoop', 'do', stepBody, count),
  ] as const;
  const [test, step] = compiled.map(({ program }) => program);
  const ofTest = testBody.captured.length;
  const results = bindHost(
    'whileLoop',
    operands,
    { carries: count, captured: bodies.map((own) => own.captured.length) },
    shapes,
    compiled,
    (out, ...elements) => {
      const first = elements.slice(0, count);
      elements.slice(count, count + ofTest).forEach((values, i) => test.copyIn(count + i, values));
      elements.slice(count + ofTest).forEach((values, i) => step.copyIn(count + i, values));
      const flag = new Float32Array(1);
      const isActive = (): boolean => {
        test.run();
        test.copyOut(0, flag);
        return flag[0] !== 0;
      };
      first.forEach((values, i) => test.copyIn(i, values));
      if (!isActive()) return joinValues(first, out);
      first.forEach((values, i) => step.copyIn(i, values));
      for (;;) {
        step.run();
        step.passTo(test);
        if (!isActive()) return step.copyResults(out);
        step.feedBack();
      }
    },
  );
  return recordWhile(loop, results);
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
 * It has no gradient, because the number of steps is not known in advance: `grad` and `vjp` throw a
 * TypeError. Use `scan` or `foriLoop` instead. `jvp` differentiates it. Mirrors
 * jax.lax.while_loop.
 *
 * @example
 * const isLarge = (v: Tensor) => greater(v, 1);
 * const halve = jit((x: Tensor) => whileLoop(isLarge, (v: Tensor) => v.div(2), x));
 * console.log(halve(tensor(20)).item()); // → 0.625
 */
export function whileLoop<C extends AnyResult>(
  condition: (value: C) => TensorLike,
  f: (value: C) => C,
  init: C,
): C {
  const op = 'whileLoop';
  checkFunction(op, 'condition', condition);
  checkFunction(op, 'f', f);
  return asOpCalling(op, condition, (runCondition) =>
    asOpCalling(op, f, (run) => {
      const start = flattenCarry(op, init);
      const value = (leaves: readonly Tensor[]): C => buildFrom(start.form, leaves) as C;
      const goesOn: LeafFunction = (...leaves) => [
        checkPredicate(op, 'condition', runCondition(value(leaves))),
      ];
      const body: LeafFunction = (...leaves) => {
        const next = flattenLeaves(op, run(value(leaves)), 'carry');
        checkCarry(op, start, next);
        return next.leaves;
      };
      const keyUses = new KeyUses();
      const results = runWhile(
        keyUses.watch(goesOn, 0),
        keyUses.watch(body, start.leaves.length),
        start.leaves,
      );
      keyUses.count(start.leaves);
      return value(results);
    }),
  );
}
