/**
 * The interpreter inside of `vmap`, which computes ops for all examples at once.
 *
 * No op needs a rule for batches: its loops get one more outer axis, over the examples.
 */
import { type Shape, sizeOf, stridesOf } from '../base/shape.ts';
import { batchLoop } from '../compiler/batch-loops.ts';
import { bind, bindFunction, bindLowered } from '../core/bind.ts';
import { type Examples, type FunctionOp, type Interpreter, withInterpreter } from '../core/interpreter.ts';
import { resolve } from '../core/replaced.ts';
import { lower } from '../core/lowering.ts';
import { type Lowered, type LoopPrimitive, type Primitive, loopsOf } from '../core/primitive.ts';
import { atDepth, recordingDepth } from '../core/record.ts';
import { type Pullbacks, Tensor, isTensor } from '../core/tensor.ts';
import { copyLoop, withShape } from '../ops/structure.ts';
import { unbroadcast } from './backward.ts';
import { Batched, Level, enter, isBatched, leave, outerOf, shapeInside } from './batched-tensors.ts';
import { callCompiledBatch } from './compiled-batch.ts';

/** Runs a function outside the current level. */
type Outside = <T>(f: () => T) => T;

/**
 * Runs `f` inside a level. `f` receives a function that runs another function outside the level.
 */
export const runInside = <T>(level: Level, f: (outside: Outside) => T): T => {
  const depth = recordingDepth();
  let outside: Outside = (g) => g();
  return withInterpreter(
    (around) => {
      outside = (g) =>
        withInterpreter(
          () => around,
          () => atDepth(depth, g),
        );
      return batching(level, depth, around, outside);
    },
    () => f(outside),
  );
};

/** Computes ops for all examples of a level at once. */
const batching = (level: Level, depth: number, around: Interpreter, outside: Outside): Interpreter =>
  Object.assign(
    <A>(primitive: Primitive<A>, inputs: readonly Tensor[], attrs: A, lowered: Lowered) => {
      const outers = inputs.map((input) => outerOf(level, input));
      return outers.every((outer) => outer === undefined)
        ? around(primitive, inputs, attrs, lowered)
        : new Batched(
            level,
            outside(() => bindBatched(level.count, primitive, inputs, outers, attrs, lowered)),
          );
    },
    {
      applyFunction: (op: FunctionOp, inputs: readonly Tensor[]) => callBatched(level, outside, op, inputs),
      examples: {
        level,
        depth,
        enter: (outer: Tensor) => enter(level, outer),
        leave: (x: Tensor) => leave(level, x),
        runInside: <T>(f: () => T) => runInside(level, f),
        runOutside: outside,
        isBatched: (x: Tensor) => isBatched(level, x),
        lift: (f, mask) => lift(f, mask),
        callCompiled(f, tools, args) {
          return callCompiledBatch(this, f, tools, args);
        },
      } satisfies Examples,
    },
  );

const lift: Examples['lift'] =
  (f, mask) =>
  (...outers) => {
    const level = new Level(outers[mask.indexOf(true)].shape[0]);
    return runInside(level, (outside) => {
      const results = f(...outers.map((outer, i) => (mask[i] ? enter(level, outer) : outer)));
      return results.map((result) => {
        const own = resolve(result);
        return outside(() => leave(level, own));
      });
    });
  };

/**
 * Applies an op to all examples. For each input, `outers` has the tensor of all examples, or
 * undefined if they share the input.
 */
const bindBatched = <A>(
  count: number,
  primitive: Primitive<A>,
  inputs: readonly Tensor[],
  outers: readonly (Tensor | undefined)[],
  attrs: A,
  lowered: Lowered,
): Tensor => {
  const { shape } = lowered;
  if (lowered.kind === 'map') {
    // The axis of examples comes before the axes that broadcasting adds.
    const operands = outers.map((outer, i) => {
      const { shape: own } = inputs[i];
      if (outer === undefined || own.length === shape.length) return outer ?? inputs[i];
      return withShape(outer, [count, ...new Array<number>(shape.length - own.length).fill(1), ...own]);
    });
    return bind(primitive, operands, attrs);
  }
  const [whole] = outers;
  const isReshape = lowered.kind === 'view' && sizeOf(shape) === inputs[0].size;
  if (isReshape && whole !== undefined) return withShape(whole, [count, ...shape]);
  const {
    row,
    primitive: ofBatch,
    attributes,
    lowered: loweredBatch,
  } = planBatch(count, primitive as Primitive<unknown>, inputs, outers, attrs, lowered);
  const rows = joinRows(count, row, inputs, outers);
  if (rows !== undefined) return withShape(bind(primitive, rows, attrs), [count, ...shape]);
  return bindLowered(
    ofBatch,
    outers.map((outer, i) => resolve(outer ?? inputs[i])),
    attributes,
    loweredBatch,
  );
};

/** How an op runs for all examples, if the same inputs differ between as many examples. */
interface BatchPlan {
  readonly primitive: LoopPrimitive<BatchAttributes>;
  readonly attributes: BatchAttributes;
  readonly lowered: Lowered;
  /** The input whose rows may be joined. */
  readonly row: number | undefined;
}

/** The plans of ops that were lowered for one example. An op remembers the last few. */
const plans = new WeakMap<Lowered, BatchPlan[]>();
const MAX_PLANS = 4;

const planBatch = (
  count: number,
  primitive: Primitive<unknown>,
  inputs: readonly Tensor[],
  outers: readonly (Tensor | undefined)[],
  attrs: unknown,
  lowered: Lowered,
): BatchPlan => {
  let known = plans.get(lowered);
  if (known === undefined) plans.set(lowered, (known = []));
  for (const plan of known) {
    const { isBatched, count: own } = plan.attributes;
    if (own === count && isBatched.every((batched, i) => batched === (outers[i] !== undefined))) return plan;
  }
  const shapes = inputs.map((input) => input.shape);
  const isBatched = outers.map((outer) => outer !== undefined);
  const attributes = { attrs, count, shapes, isBatched, [LOWERED]: lowered };
  const ofBatch = batched(primitive);
  const plan: BatchPlan = {
    primitive: ofBatch,
    attributes,
    lowered: lower(
      ofBatch,
      outers.map((outer, i) => (outer ?? inputs[i]).shape),
      attributes,
    ),
    row: 'rowOperand' in primitive ? primitive.rowOperand?.(shapes, attrs) : undefined,
  };
  known.unshift(plan);
  known.splice(MAX_PLANS);
  return plan;
};

/**
 * Returns the operands for all examples at once, if only the input `row` differs between examples:
 * its rows of all examples, one after another.
 */
const joinRows = (
  count: number,
  row: number | undefined,
  inputs: readonly Tensor[],
  outers: readonly (Tensor | undefined)[],
): readonly Tensor[] | undefined => {
  if (row === undefined || outers.some((outer, i) => (i === row) !== (outer !== undefined))) return undefined;
  const [first, ...rest] = inputs[row].shape;
  return outers.map((outer, i) =>
    outer === undefined ? inputs[i] : withShape(outer, [count * first, ...rest]),
  );
};

/**
 * The property for what the op computes for one example. A symbol, so that comparing ops skips it.
 */
const LOWERED: unique symbol = Symbol('lowered');

/** The attributes of a batched op, made from the op of one example. */
interface BatchAttributes {
  readonly attrs: unknown;
  readonly count: number;
  /** The shape of one example of each input. */
  readonly shapes: readonly Shape[];
  /** Whether each input differs between the examples. */
  readonly isBatched: readonly boolean[];
  readonly [LOWERED]: Lowered;
}

/** Caches the batched version of each op, so that equal nodes of a graph are merged. */
const batchedPrimitives = new WeakMap<object, LoopPrimitive<BatchAttributes>>();

const batched = (primitive: Primitive<unknown>): LoopPrimitive<BatchAttributes> => {
  let result = batchedPrimitives.get(primitive);
  if (result === undefined) batchedPrimitives.set(primitive, (result = makeBatched(primitive)));
  return result;
};

const makeBatched = (primitive: Primitive<unknown>): LoopPrimitive<BatchAttributes> => {
  const { name, vjp, isBits = false } = primitive;
  return {
    name,
    isBits,
    shape: (_shapes, { count, [LOWERED]: lowered }) => [count, ...lowered.shape],
    loops: (_shapes, { count, shapes, isBatched, [LOWERED]: lowered }) => {
      const loops =
        lowered.kind === 'view'
          ? [copyLoop(lowered.shape, { input: 0, offset: lowered.offset, strides: stridesOf(lowered.shape) })]
          : loopsOf(lowered, shapes);
      const inputSteps = shapes.map((shape, i) => (isBatched[i] ? sizeOf(shape) : 0));
      return loops.map((loop) => batchLoop(loop, { count, inputSteps, outStep: sizeOf(lowered.shape) }));
    },
    ...(vjp === undefined
      ? {}
      : {
          vjp: (ct, inputs, out, { attrs, count, shapes, isBatched }) =>
            pullBatched(new Level(count), shapes, isBatched, true, (...args) => vjp(...args, attrs))(
              ct,
              inputs,
              out,
            ),
        }),
  };
};

type ExampleRule = (ct: Tensor, inputs: readonly Tensor[], out: Tensor) => Pullbacks;

/**
 * Returns the gradient rule for all examples, from the rule for one example.
 *
 * If the examples share an input, its cotangent still has an axis of examples. `grad` sums over it.
 */
const pullBatched =
  (
    level: Level,
    shapes: readonly Shape[],
    isBatched: readonly boolean[],
    isResultBatched: boolean,
    rule: ExampleRule,
  ): ExampleRule =>
  (ct, inputs, out) => {
    const enterIf = (condition: boolean, x: Tensor): Tensor => (condition ? enter(level, x) : x);
    const pullbacks = runInside(level, () =>
      rule(
        enterIf(isResultBatched, ct),
        inputs.map((input, i) => enterIf(isBatched[i], input)),
        enterIf(isResultBatched, out),
      ),
    );
    return inputs.map((_, i) => {
      const pull = pullbacks[i];
      if (pull === undefined) return undefined;
      return () =>
        runInside(level, (outside) => {
          const part = unbroadcast(pull(), shapes[i]);
          const hasExamples = isResultBatched || outerOf(level, part) !== undefined;
          return hasExamples ? outside(() => leave(level, part)) : part;
        });
    });
  };

/** Applies an op defined by functions to all examples. The functions run inside the level. */
const callBatched = (level: Level, outside: Outside, op: FunctionOp, inputs: readonly Tensor[]): Tensor => {
  const { name, f, rule, rowOperand } = op;
  const outers = inputs.map((input) => outerOf(level, input));
  const rows = outside(() => joinRows(level.count, rowOperand, inputs, outers));
  if (rowOperand !== undefined && rows !== undefined) {
    const [first] = inputs[rowOperand].shape;
    const all = outside(() => bindFunction(op, rows));
    return enter(
      level,
      outside(() => withShape(all, [level.count, first, ...all.shape.slice(1)])),
    );
  }
  const isBatched = outers.map((outer) => outer !== undefined);
  const shapes = inputs.map((input) => input.shape);
  let isResultBatched = isBatched.includes(true);
  let result: unknown;
  const runExamples = (...constants: readonly Tensor[]): unknown =>
    runInside(level, (outsideAgain) => {
      const own = constants.map((x, i) => (isBatched[i] ? enter(level, x) : x));
      const given = f(...own);
      const y = (result = isTensor(given) ? resolve(given) : given);
      if (!isTensor(y)) return y;
      isResultBatched ||= outerOf(level, y) !== undefined;
      return isResultBatched ? outsideAgain(() => leave(level, y)) : y;
    });
  const outer = outside(() =>
    bindFunction(
      {
        name,
        f: runExamples,
        rule: (ct, recorded, out) =>
          pullBatched(level, shapes, isBatched, isResultBatched, (...args) => rule(...args, undefined))(
            ct,
            recorded,
            out,
          ),
      },
      outers.map((own, i) => own ?? inputs[i]),
    ),
  );
  // The inner record lets bindFunction find differentiated tensors that f closes over.
  const { record } = result as Tensor;
  if (!isResultBatched) return new Tensor(outer.shape, outer.source, record);
  return new Tensor(shapeInside(outer), new Batched(level, outer), record);
};
