/** Primitives: what an op is. */
import type { Loop } from '../compiler/loops.ts';
import type { ScalarRule } from '../kernels/algebra.ts';
import type { EagerPlan } from '../runtime/execute.ts';
import { checkBroadcast, checkSize } from './check.ts';
import { type Shape, broadcastStrides, stridesOf } from '../base/shape.ts';
import { frozen } from '../base/frozen-shape.ts';
import type { PullbackRule } from './record.ts';

interface PrimitiveBase<A> {
  readonly name: string;
  /**
   * The gradient rule, in public ops; absent where the derivative is zero everywhere. A cotangent
   * can keep the axes that its input was broadcast along: `grad` sums over them.
   */
  readonly vjp?: PullbackRule<A>;
  /** Whether the result holds random bits instead of numbers. */
  readonly isBits?: boolean;
}

/** An op on each element of its operands, which broadcast. */
export interface ElementwisePrimitive<A = undefined> extends PrimitiveBase<A> {
  readonly scalar: ScalarRule;
}

/** An op with a shape rule, and loops that compute it. */
export interface LoopPrimitive<A> extends PrimitiveBase<A> {
  /** The shape of the result; throws for inputs that do not fit. */
  shape(shapes: readonly Shape[], attrs: A): Shape;
  loops(shapes: readonly Shape[], attrs: A, out: Shape): readonly Loop[];
  /**
   * The index of the operand whose leading axis is also the leading axis of the result.
   *
   * If the examples of `vmap` share all other operands, their rows are joined in this operand, and
   * the op runs once. This is only faster; results do not change.
   */
  rowOperand?(shapes: readonly Shape[], attrs: A): number | undefined;
  /** Where the result starts in its only input, if it is a contiguous part of that. */
  view?(shape: Shape, attrs: A): number | undefined;
}

/** An op whose result is always a contiguous part of its only input. */
export interface ViewPrimitive<A> extends PrimitiveBase<A> {
  shape(shapes: readonly Shape[], attrs: A): Shape;
  /** Where the result starts, in elements. */
  view(shape: Shape, attrs: A): number;
}

export type Primitive<A> = ElementwisePrimitive<A> | LoopPrimitive<A> | ViewPrimitive<A>;

/** A map of all elements, a view, or loops. */
type Computation =
  | { readonly kind: 'map'; readonly shape: Shape; readonly rule: ScalarRule }
  | { readonly kind: 'view'; readonly shape: Shape; readonly offset: number }
  /** `loops` is a function, so that no loops are made for a result without elements. */
  | { readonly kind: 'loops'; readonly shape: Shape; readonly loops: () => readonly Loop[] };

/** What an op computes for operands of given shapes. */
export type Lowered = Computation & {
  /**
   * How to compute it at once, as of the last time; null if that has to be worked out each time.
   */
  plan?: EagerPlan | null;
};

/** Lowers an op for operands of the given shapes; throws if they do not fit. */
export const define = <A>(primitive: Primitive<A>, shapes: readonly Shape[], attrs: A): Lowered => {
  if ('scalar' in primitive)
    return { kind: 'map', shape: frozen(checkBroadcast(primitive.name, shapes)), rule: primitive.scalar };
  const shape = frozen(checkSize(primitive.name, primitive.shape(shapes, attrs)));
  const offset = primitive.view?.(shapes[0], attrs);
  if (offset !== undefined) return { kind: 'view', shape, offset };
  return { kind: 'loops', shape, loops: () => (primitive as LoopPrimitive<A>).loops(shapes, attrs, shape) };
};

/** The loops of an op that is not a view. */
export const loopsOf = (
  lowered: Exclude<Lowered, { readonly kind: 'view' }>,
  shapes: readonly Shape[],
): readonly Loop[] => {
  const { shape } = lowered;
  if (lowered.kind === 'loops') return lowered.loops();
  const operands = shapes.map((s, input) => ({ input, offset: 0, strides: broadcastStrides(s, shape) }));
  const out = { offset: 0, strides: stridesOf(shape) };
  return [{ kind: 'map', rule: lowered.rule, sizes: shape, operands, out }];
};
