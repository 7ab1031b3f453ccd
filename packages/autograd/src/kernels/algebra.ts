/**
 * The operations of scalar rules.
 *
 * A rule computes one element of an op: the rule of `mul` is `(s, a, b) => s.mul(a, b)`. It is
 * written once and interpreted several times: simd.ts generates WebAssembly SIMD code, and
 * reference/float64.ts evaluates it in double precision.
 */
import type { ElementaryFunction } from './elementary/function.ts';

/** `V` is a number, `M` a truth value (a mask). */
export interface Algebra<V, M> {
  constant(value: number): V;
  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  mul(a: V, b: V): V;
  div(a: V, b: V): V;
  neg(a: V): V;
  abs(a: V): V;
  sqrt(a: V): V;
  /** NaN if either operand is NaN; -0 is less than 0. */
  min(a: V, b: V): V;
  max(a: V, b: V): V;
  floor(a: V): V;
  ceil(a: V): V;
  /** Rounds to the nearest integer, and halves to the even one. */
  round(a: V): V;
  /**
   * A function that the folder elementary defines, at most 1 ulp from the exact result.
   */
  elementary(f: ElementaryFunction, ...operands: V[]): V;

  equal(a: V, b: V): M;
  less(a: V, b: V): M;
  lessEqual(a: V, b: V): M;
  not(a: M): M;
  and(a: M, b: M): M;
  /** `a` where the mask holds, else `b`. */
  select(mask: M, a: V, b: V): V;
}

/** Computes one element of a result from one element of each operand. */
export type ScalarRule = <V, M>(s: Algebra<V, M>, ...operands: V[]) => V;

/** The rule of all ops that only move data. */
export const identity: ScalarRule = (_s, a) => a;
