/** Primitive: what an op is. `bind`: the one place where ops are applied. */
import type { ScalarRule } from '../kernels/algebra.ts';
import { type Deferred, Missing } from '../base/deferred.ts';
import { execute, executeFlat } from '../runtime/execute.ts';
import type { Loop } from '../compiler/loops.ts';
import { named } from './check.ts';
import { describe } from '../base/describe.ts';
import {
  broadcastShapes,
  broadcastStrides,
  checkSize,
  type Shape,
  sizeOf,
  stridesOf,
} from '../base/shape.ts';
import { isTensor, type Origin, type Storage, Tensor, type TensorLike } from './tensor.ts';

/** The parameters of an op that are no tensors. */
// oxlint-disable-next-line typescript/no-explicit-any -- attributes differ from op to op; each primitive types its own.
export type Attributes = any;

/**
 * The cotangents of the inputs, each as a function that is called only if that input is differentiated; `undefined` where the
 * derivative is zero. A cotangent may keep the axes that its input was broadcast along: `grad` sums over them.
 */
export type Pullback<A> = (
  ct: Tensor,
  inputs: readonly Tensor[],
  out: Tensor,
  attrs: A,
) => readonly ((() => Tensor) | undefined)[];

interface PrimitiveBase<A> {
  readonly name: string;
  /** The gradient rule, in public ops; absent where the derivative is zero everywhere. */
  readonly vjp?: Pullback<A>;
  /** The result holds random bits in the place of numbers. */
  readonly isBits?: boolean;
}

/** An op on each element of its operands, which broadcast. */
export interface ElementwisePrimitive<A> extends PrimitiveBase<A> {
  readonly scalar: ScalarRule;
}

/** An op that says its own shape rule and loops. */
export interface LoopPrimitive<A> extends PrimitiveBase<A> {
  /** The shape of the result; throws for inputs that do not fit. */
  shape(shapes: readonly Shape[], attrs: A): Shape;
  loops(shapes: readonly Shape[], attrs: A, out: Shape): readonly Loop[];
}

/** An op whose result is a contiguous part of its only input. */
export interface ViewPrimitive<A> extends PrimitiveBase<A> {
  shape(shapes: readonly Shape[], attrs: A): Shape;
  /** Where the result starts in its input, in elements. */
  view(shape: Shape, attrs: A): number;
}

export type Primitive<A> = ElementwisePrimitive<A> | LoopPrimitive<A> | ViewPrimitive<A>;

/** Computes the elements of an op's result: at once, in double precision, … */
export type Interpreter = <A>(
  primitive: Primitive<A>,
  inputs: readonly Tensor[],
  attrs: A,
  shape: Shape,
) => Storage | Deferred;

/** The loops that compute an op which is no view. */
export const loopsOf = <A>(
  primitive: ElementwisePrimitive<A> | LoopPrimitive<A>,
  shapes: readonly Shape[],
  attrs: A,
  shape: Shape,
): readonly Loop[] =>
  'scalar' in primitive
    ? [
        {
          kind: 'map',
          rule: primitive.scalar,
          sizes: shape,
          operands: shapes.map((s, input) => ({ input, offset: 0, strides: broadcastStrides(s, shape) })),
          out: { offset: 0, strides: stridesOf(shape) },
        },
      ]
    : primitive.loops(shapes, attrs, shape);

/** Every input has all elements of the result or only one. */
const isFlat = (values: readonly Float32Array[], size: number): boolean => {
  for (const { length } of values) if (length !== size && length !== 1) return false;
  return true;
};

/** Computes at once, with kernels. */
export const eager: Interpreter = (primitive, inputs, attrs, shape) => {
  const { name } = primitive;
  const values = inputs.map((input) => input.read(name) as Float32Array);
  const size = sizeOf(shape);
  // Loops over nothing may still be long to describe, such as a product of very many empty matrices.
  if (size === 0) return new Float32Array(0);
  if ('view' in primitive) {
    const start = primitive.view(inputs[0].shape, attrs);
    const [whole] = values as [Float32Array];
    return start === 0 && size === whole.length ? whole : whole.subarray(start, start + size);
  }
  if ('scalar' in primitive && isFlat(values, size)) return executeFlat(primitive.scalar, values, size);
  const shapes = inputs.map((input) => input.shape);
  return execute(loopsOf(primitive, shapes, attrs, shape), values, size);
};

/** Computes at once: plainly, or with checks. */
let eagerInterpreter: Interpreter = eager;
/** What is in its place, if anything. */
let special: Interpreter | undefined;

/** Changes how ops are computed at once. */
export const setEager = (other: Interpreter): void => {
  eagerInterpreter = other;
};

/** Tells where in the user's code an op is recorded, if anybody wants to know: it costs some microseconds. */
let siteOf: (() => string) | undefined;

/** Changes how the places of ops are told; gives how it was before. */
export const setSiteOf = (other: (() => string) | undefined): (() => string) | undefined => {
  const before = siteOf;
  siteOf = other;
  return before;
};

/** Whether ops are computed at once, as opposed to traced or computed in double precision. */
export const isEager = (): boolean => special === undefined;

/** Runs `f` with another interpreter of all ops. */
export const withInterpreter = <T>(other: Interpreter, f: () => T): T => {
  const previous = special;
  special = other;
  try {
    return f();
  } finally {
    special = previous;
  }
};

/** How many derivatives are being taken around the current computation; ops are recorded only inside of one. */
let differentiationDepth = 0;
let nextId = 1;

/** Runs `f` so that ops on the variables in it are recorded. */
export const recording = <T>(f: () => T): T => {
  differentiationDepth++;
  try {
    return f();
  } finally {
    differentiationDepth--;
  }
};

export const isRecording = (): boolean => differentiationDepth > 0;

const origin = (
  primitive: Primitive<Attributes> | undefined,
  inputs: readonly Tensor[],
  attrs: Attributes,
): Origin => ({
  id: nextId++,
  primitive,
  inputs,
  attrs,
  site: siteOf?.(),
});

/**
 * A new tensor with the value of `x`, to differentiate with respect to. It is another one each time, so that the same tensor given
 * for two arguments, or to two nested derivatives, is not mixed up.
 */
export const variable = (x: Tensor): Tensor =>
  new Tensor(x.shape, x.source, origin(undefined, [x], undefined));

/** x as a constant: derivatives do not flow through it. Mirrors jax.lax.stop_gradient. */
export function stopGradient(x: TensorLike): Tensor {
  const input = toTensor('stopGradient', x);
  return input.origin === undefined ? input : new Tensor(input.shape, input.source);
}

/** A tensor of shape [] for a number; `what` names the operand in the error for anything else. */
export const toTensor = (op: string, value: unknown, what = 'operand'): Tensor => {
  if (isTensor(value)) return value;
  if (typeof value === 'number') return new Tensor(SCALAR, Float32Array.of(value));
  const hint = Array.isArray(value) || ArrayBuffer.isView(value) ? '; wrap it with tensor()' : '';
  throw new TypeError(`${op}: ${what} must be a Tensor or a number: ${describe(value)}${hint}`);
};
const SCALAR: Shape = [];

/** The operands of an op that is made of others, checked to broadcast, so that errors name this op and not those. */
export const toTensors = (op: string, ...operands: readonly TensorLike[]): Tensor[] => {
  const tensors = operands.map((operand) => toTensor(op, operand));
  broadcastShapes(
    op,
    tensors.map(({ shape }) => shape),
  );
  return tensors;
};

/** Applies a primitive: shape rule, computation and, inside of a derivative, the record that the gradient rule needs. */
export const bind = <A>(primitive: Primitive<A>, operands: readonly TensorLike[], attrs: A): Tensor => {
  const { name } = primitive;
  const inputs: Tensor[] = [];
  let tracked = false;
  for (let i = 0; i < operands.length; i++) {
    const input = toTensor(name, operands[i]);
    if (input.origin !== undefined) tracked = true;
    inputs.push(input);
  }
  const shapes = inputs.map((input) => input.shape);
  const shape =
    'scalar' in primitive ? broadcastShapes(name, shapes) : checkSize(name, primitive.shape(shapes, attrs));
  let storage: Storage | Deferred;
  try {
    storage = (special ?? eagerInterpreter)(primitive, inputs, attrs, shape);
  } catch (error) {
    throw named(name, error);
  }
  const recorded = tracked && differentiationDepth > 0 && primitive.vjp !== undefined;
  return new Tensor(shape, storage, recorded ? origin(primitive, inputs, attrs) : undefined);
};

/** Runs `f` on the inputs as constants, and records its result as that of an op with the gradient rule `vjp`. */
export const bindWithOrigin = (
  name: string,
  operands: readonly TensorLike[],
  f: (...inputs: readonly Tensor[]) => Tensor,
  vjp: Pullback<undefined>,
): Tensor => {
  const inputs = operands.map((operand, i) => toTensor(name, operand, `input ${i}`));
  const first = nextId;
  const out: unknown = f(...inputs.map(stopGradient));
  if (!isTensor(out)) throw new TypeError(`${name}: the function must return a Tensor: ${describe(out)}`);
  if (dependsOnOlder(out, first))
    throw new TypeError(
      `${name}: the function must not close over a value that is being differentiated: make it an argument`,
    );
  const recorded = differentiationDepth > 0 && inputs.some((input) => input.origin !== undefined);
  // Derivatives that f takes itself leave their record, which is of constants.
  if (!recorded) return stopGradient(out);
  const primitive: ViewPrimitive<undefined> = { name, shape: () => out.shape, view: () => 0, vjp };
  return new Tensor(out.shape, out.source, origin(primitive, inputs, undefined));
};

/** Whether a tensor was computed from anything that was recorded before number `first`. */
const dependsOnOlder = (out: Tensor, first: number): boolean => {
  const found = new Set<Tensor>([out]);
  for (const { origin } of found) {
    if (origin === undefined) continue;
    if (origin.id < first) return true;
    for (const input of origin.inputs) found.add(input);
  }
  return false;
};

/** The source of a tensor in a function that is being compiled: its shape is known, its elements are not. */
export class Traced extends Missing {}

/** Whether the elements of a tensor are unknown, because it belongs to a function being compiled. */
export const isTraced = (x: Tensor): boolean => x.source instanceof Traced;
