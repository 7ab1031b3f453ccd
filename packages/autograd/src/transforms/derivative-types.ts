/** The types of derivatives: which arguments can be differentiated, and what comes out. */
import type { Tensor } from '../core/tensor.ts';
import type * as tree from '../tree/index.ts';
import type { AnyFunction } from './any-function.ts';

/** T, if it is a tree of tensors; Tensor, if T allows one, as an operand does; otherwise never. */
type AsTree<T> = T extends tree.TensorTree<T> ? T : Tensor extends T ? Tensor : never;

/** The types of the arguments at `argnums`: one type, or a tuple for several. */
export type ArgumentsAt<A extends readonly unknown[], N> = N extends readonly number[]
  ? { -readonly [K in keyof N]: AsTree<A[N[K] & number]> }
  : N extends number
    ? AsTree<A[N]>
    : never;

/** The arguments, with trees of tensors at `argnums`. */
export type WithTrees<A extends readonly unknown[], N> = {
  [K in keyof A]: K extends `${N extends readonly number[] ? N[number] : N & number}` ? AsTree<A[K]> : A[K];
};

/**
 * The function F, unless the type of a differentiated argument is a type parameter.
 *
 * TypeScript decides neither condition for a type parameter. Then no function is of this type, and
 * the overload that takes any function follows.
 */
export type Known<F extends AnyFunction, N> =
  AnyWrong<Parameters<F>, N> extends false ? F : AnyWrong<Parameters<F>, N> extends true ? F : never;

/** Whether an argument at `argnums` cannot be differentiated. */
type AnyWrong<A extends readonly unknown[], N> = true extends (
  N extends readonly number[] ? { [K in keyof N]: IsWrong<A[N[K] & number]> }[number] : IsWrong<A[N & number]>
)
  ? true
  : false;

/** Whether T cannot be differentiated. Arguments of type never are allowed: casts have them. */
type IsWrong<T> = [T] extends [never] ? false : [AsTree<T>] extends [never] ? true : false;

/** Stands for a derivative that does not exist: a leaf is not a tensor. It is not callable. */
export interface NotDifferentiable<Path extends string, Leaf> {
  /** Where the leaf is, such as 'argument 0.rate'. */
  readonly path: Path;
  /** Its type. Type it as a Tensor, or pass it in an argument that is not differentiated. */
  readonly leaf: Leaf;
}

/** The leaves of T that are not tensors. */
type WrongLeaf<T, Path extends string> = T extends Tensor | null | undefined
  ? never
  : T extends AnyFunction
    ? NotDifferentiable<Path, T>
    : T extends readonly (infer Item)[]
      ? WrongLeaf<Item, `${Path}[…]`>
      : T extends object
        ? { [K in keyof T]: WrongLeaf<T[K], `${Path}.${K & string}`> }[keyof T]
        : NotDifferentiable<Path, T>;

/** The leaves of argument I that are not tensors. */
type WrongAt<A extends readonly unknown[], I> =
  IsWrong<A[I & number]> extends true ? WrongLeaf<A[I & number], `argument ${I & number}`> : never;

/** The derivative of a function of arguments A, with result R. */
export type Derivative<A extends readonly unknown[], N, R> =
  AnyWrong<A, N> extends true
    ? WrongAt<A, N extends readonly number[] ? N[number] : N>
    : (...args: WithTrees<A, N>) => R;

/** The arguments at `argnums`, as they are. */
export type ArgumentsIn<A extends readonly unknown[], N> = N extends readonly number[]
  ? { -readonly [K in keyof N]: A[N[K] & number] }
  : A[N & number];
