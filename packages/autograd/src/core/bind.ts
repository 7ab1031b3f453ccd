/** `bind`: the one function that applies ops. Interpreters: what computes them. */
import { Deferred } from '../base/deferred.ts';
import { typeError, withOp } from '../base/errors.ts';
import { toTensor, wrongType } from './check.ts';
import { sizeOf } from '../base/shape.ts';
import { execute, executeFlat, isCurrent, isFlat, planInSlots } from '../runtime/execute.ts';
import { lower } from './lowering.ts';
import { type Lowered, type Primitive, loopsOf } from './primitive.ts';
import { type PullbackRule, isRecording, nextRecordId, recordOp } from './record.ts';
import { type Source, Tensor, type TensorLike, isTensor } from './tensor.ts';

/** Computes the elements of an op's result: at once, in double precision, or later. */
export interface Interpreter {
  <A>(primitive: Primitive<A>, inputs: readonly Tensor[], attrs: A, lowered: Lowered): Source;
  /**
   * Applies an op defined by functions, such as one of `customVjp`. If absent, `bindFunction` calls
   * the function directly.
   */
  readonly applyFunction?: (op: FunctionOp, inputs: readonly Tensor[]) => Tensor;
  /** Set by `vmap`, so that loops run once for all examples. */
  readonly examples?: Examples;
  /** Whether loops run op by op. Otherwise their body is compiled. */
  readonly unrollsLoops?: boolean;
}

/**
 * Converts between one example and the whole batch, for ops such as `scan` that call a function.
 */
export interface Examples {
  /** Identifies the call of `vmap`. */
  readonly level: object;
  /** Returns the tensor that stands for one example, from the batch [count, ...shape]. */
  enter(outer: Tensor): Tensor;
  /** Returns the batch [count, ...shape] of a tensor inside `vmap`. */
  leave(x: Tensor): Tensor;
  runInside<T>(f: () => T): T;
  runOutside<T>(f: () => T): T;
  /** Whether x differs between the examples. */
  isBatched(x: Tensor): boolean;
  /**
   * Returns a function of batches that runs `f` for all examples. `mask` tells which arguments are
   * batches; the examples share the others.
   */
  lift(f: LeafFunction, mask: readonly boolean[]): LeafFunction;
  /**
   * Runs a function that is to be compiled for all examples; undefined if it has to run op by op.
   */
  callCompiled(
    f: (...args: never[]) => unknown,
    tools: JitTools,
    args: readonly unknown[],
  ): { readonly result: unknown } | undefined;
}

/** A function from the leaves of trees to the leaves of trees. */
export type LeafFunction = (...leaves: readonly Tensor[]) => readonly Tensor[];

/** What `vmap` needs of `jit`, which is above it. */
export interface JitTools {
  jit(f: LeafFunction): LeafFunction;
  traceBody(
    name: string,
    f: LeafFunction,
    shapes: readonly (readonly number[])[],
  ): { readonly captured: readonly Tensor[] };
}

/** An op defined by a function and its gradient rule. */
export interface FunctionOp {
  readonly name: string;
  /** Computes the result from inputs that are constants. */
  readonly f: (...inputs: readonly Tensor[]) => unknown;
  readonly rule: PullbackRule<undefined>;
}

/** Computes at once, with kernels. */
export const eager: Interpreter = ({ name }, inputs, _attrs, lowered) => {
  const values = inputs.map((input) => input.read(name) as Float32Array);
  const size = sizeOf(lowered.shape);
  if (size === 0) return new Float32Array(0);
  if (lowered.kind === 'view') {
    const [whole] = values as [Float32Array];
    const { offset } = lowered;
    return offset === 0 && size === whole.length ? whole : whole.subarray(offset, offset + size);
  }
  if (lowered.kind === 'map' && isFlat(values, size)) return executeFlat(lowered.rule, values, size);
  const { plan } = lowered;
  if (isCurrent(plan)) return plan.run(values);
  const shapes = inputs.map((input) => input.shape);
  const loops = loopsOf(lowered, shapes);
  if (plan === null) return execute(loops, values, size);
  const made = planInSlots(loops, shapes.map(sizeOf), size);
  lowered.plan = made ?? null;
  return made === undefined ? execute(loops, values, size) : made.run(values);
};

/** Computes ops unless a function runs with another interpreter: plainly, or with checks. */
let base: Interpreter = eager;
/** The interpreter of the innermost `withInterpreter`. */
let inner: Interpreter | undefined;

/** Replaces how ops are computed at once. */
export const setEager = (other: Interpreter): void => {
  base = other;
};

/** Whether ops are computed at once, as opposed to traced or computed in double precision. */
export const isEager = (): boolean => inner === undefined || inner === base;

/** Runs `f` with another interpreter of all ops, which `make` makes from the one around it. */
export const withInterpreter = <T>(make: (around: Interpreter) => Interpreter, f: () => T): T => {
  const before = inner;
  inner = make(before ?? base);
  try {
    return f();
  } finally {
    inner = before;
  }
};

/** Returns the interpreter that currently computes ops. */
export const currentInterpreter = (): Interpreter => inner ?? base;

/**
 * Substitutes for tensors that a function closes over. They are active while the function runs
 * again for its gradient, and are the variables to differentiate with respect to.
 */
let replaced: ReadonlyMap<Tensor, Tensor> | undefined;

/** Returns the substitute for x, or x itself if it has none. */
export const resolve = (x: Tensor): Tensor => replaced?.get(x) ?? x;

const runReplaced = <T>(all: ReadonlyMap<Tensor, Tensor>, f: () => T): T => {
  const before = replaced;
  replaced = all;
  try {
    return f();
  } finally {
    replaced = before;
  }
};

/** Runs `f` with each key of `replacements` replaced with its value. */
export const withReplaced = <T>(replacements: ReadonlyMap<Tensor, Tensor>, f: () => T): T => {
  const all = new Map(replacements);
  replaced?.forEach((value, key) => {
    if (!all.has(key)) all.set(key, replacements.get(value) ?? value);
  });
  return runReplaced(all, f);
};

/**
 * Returns a function that runs `f` with the replacements that are active now.
 *
 * Replacements that are active when it is called apply as well, also to the substitutes from now.
 */
export const keepReplaced = <A extends readonly unknown[], R>(f: (...args: A) => R): ((...args: A) => R) => {
  const kept = replaced;
  if (kept === undefined) return f;
  return (...args) => {
    const all = new Map(replaced);
    kept.forEach((value, key) => all.set(key, resolve(value)));
    return runReplaced(all, () => f(...args));
  };
};

/** Returns a tensor without its record. Inside `vmap`, derivatives still flow to the batch. */
export const withoutRecord = (x: Tensor): Tensor =>
  x.record === undefined ? x : new Tensor(x.shape, x.source);

/**
 * x as a constant: derivatives do not flow through it. Mirrors jax.lax.stop_gradient.
 *
 * @example
 * const f = (x: Tensor) => mul(x, stopGradient(x));
 * console.log(grad(f)(tensor(3)).item()); // → 3
 */
export function stopGradient(x: TensorLike): Tensor {
  const input = toTensor('stopGradient', x);
  const { shape, source } = input;
  return source instanceof Deferred ? new Tensor(shape, source.constant()) : withoutRecord(input);
}

/**
 * Applies a primitive: lowers it, lets the interpreter compute it, and inside of a derivative
 * records what the gradient rule needs.
 */
export const bind = <A>(primitive: Primitive<A>, operands: readonly TensorLike[], attrs: A): Tensor => {
  const { name, vjp } = primitive;
  const inputs: Tensor[] = [];
  let tracked = false;
  for (let i = 0; i < operands.length; i++) {
    const operand = toTensor(name, operands[i]);
    const input = replaced === undefined ? operand : resolve(operand);
    if (input.record !== undefined) tracked = true;
    inputs.push(input);
  }
  const lowered = lower(
    primitive,
    inputs.map((input) => input.shape),
    attrs,
  );
  let source: Source;
  try {
    source = (inner ?? base)(primitive, inputs, attrs, lowered);
  } catch (error) {
    throw withOp(name, error);
  }
  const { shape } = lowered;
  if (!tracked || vjp === undefined || !isRecording()) return new Tensor(shape, source);
  return recordOp(name, inputs, shape, source, vjp, attrs);
};

/**
 * Applies an op defined by functions: runs `f` on the inputs as constants, and records its result
 * with the gradient rule.
 */
export const bindFunction = (op: FunctionOp, operands: readonly TensorLike[]): Tensor => {
  const { name, f, rule } = op;
  const inputs = operands.map((operand, i) => resolve(toTensor(name, operand, `input ${i}`)));
  const first = nextRecordId();
  const constants = inputs.map(withoutRecord);
  const interpreter = inner ?? base;
  const given: unknown =
    interpreter.applyFunction === undefined ? f(...constants) : interpreter.applyFunction(op, inputs);
  const out = isTensor(given) ? resolve(given) : given;
  if (!isTensor(out)) throw wrongType(name, 'result of the function', 'a Tensor', out);
  if (dependsOnOlder(out, first))
    throw typeError(
      name,
      'differentiated value in a closure: expected it as an argument, got it from outside of the function',
    );
  const isRecorded = isRecording() && inputs.some((input) => input.record !== undefined);
  // Derivatives that f takes itself leave their records, which are of constants.
  if (!isRecorded) return withoutRecord(out);
  return recordOp(name, inputs, out.shape, out.source, rule, undefined);
};

/** Whether a tensor was computed from anything that was recorded before number `first`. */
const dependsOnOlder = (out: Tensor, first: number): boolean => {
  const found = new Set<Tensor>([out]);
  for (const { record } of found) {
    if (record === undefined) continue;
    if (record.id < first) return true;
    for (const input of record.inputs) found.add(input);
  }
  return false;
};
