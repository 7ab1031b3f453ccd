/** Interpreters: what computes ops, and which of them does so now. */
import { sizeOf } from '../base/shape.ts';
import { execute, executeFlat, isCurrent, isFlat, planInSlots } from '../runtime/execute.ts';
import { type Lowered, type Primitive, loopsOf } from './primitive.ts';
import type { PullbackRule } from './record.ts';
import type { Source, Tensor } from './tensor.ts';

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
  /** How many derivatives are being taken around the call of `vmap`. */
  readonly depth: number;
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
   * Runs a function that is to be compiled for all examples. Returns undefined if it has to run op
   * by op.
   */
  callCompiled(
    f: (...args: never[]) => unknown,
    tools: JitTools,
    args: readonly unknown[],
  ): { readonly result: unknown } | undefined;
}

/** A function from the leaves of trees to the leaves of trees. */
export type LeafFunction = (...leaves: readonly Tensor[]) => readonly Tensor[];

/** Anything that has a shape. */
type Shaped = Pick<Tensor, 'shape'>;

/** What `vmap` needs of `jit`, which is above it. */
export interface JitTools {
  jit(f: LeafFunction): LeafFunction;
  traceBody(
    name: string,
    f: LeafFunction,
    shapes: readonly (readonly number[])[],
  ): { readonly captured: readonly Tensor[]; readonly outputs: readonly Shaped[] };
}

/** An op defined by a function and its gradient rule. */
export interface FunctionOp {
  readonly name: string;
  /** Computes the result from inputs that are constants. */
  readonly f: (...inputs: readonly Tensor[]) => unknown;
  readonly rule: PullbackRule<undefined>;
  /**
   * The input whose leading axis is that of the result. Several examples of it can be one input.
   */
  readonly rowOperand?: number;
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
