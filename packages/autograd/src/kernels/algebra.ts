/**
 * The vocabulary in which an op says what it computes for one element: `scalar: (s, a, b) => s.mul(a, b)`.
 *
 * A rule is written once and interpreted several times: vector.ts turns it into WebAssembly SIMD code, float64.ts
 * evaluates it in double precision.
 */
import type { ElementaryFunction } from './elementary.ts';

/** `V` stands for a number, `M` for a truth value (a mask). */
export interface Algebra<V, M> {
  constant(value: number): V;
  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  mul(a: V, b: V): V;
  div(a: V, b: V): V;
  neg(a: V): V;
  abs(a: V): V;
  sqrt(a: V): V;
  /** NaN if either is NaN; -0 is less than 0. */
  min(a: V, b: V): V;
  max(a: V, b: V): V;
  floor(a: V): V;
  ceil(a: V): V;
  /** To the nearest integer, halves to the even one. */
  round(a: V): V;
  /** A function of double-precision numbers, rounded once: one of elementary.ts. */
  elementary(f: ElementaryFunction, ...operands: V[]): V;

  equal(a: V, b: V): M;
  less(a: V, b: V): M;
  lessEqual(a: V, b: V): M;
  not(a: M): M;
  and(a: M, b: M): M;
  /** `a` where the mask holds, else `b`. */
  select(mask: M, a: V, b: V): V;
}

/** What an op computes for one element of each operand. */
export type ScalarRule = <V, M>(s: Algebra<V, M>, ...operands: V[]) => V;

/** The rule of every op that only moves data. */
export const identity: ScalarRule = (_s, a) => a;
