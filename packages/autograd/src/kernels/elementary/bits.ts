/** The bits of float64 numbers. */
import type { Code } from '../../wasm/instructions/encoding.ts';
import { const as constant } from '../../wasm/instructions/f64x2.ts';
import * as i32 from '../../wasm/instructions/i32.ts';

/** Adding this number to x rounds x to an integer, which is then in the low bits of the sum. */
export const ROUNDER: number = 1.5 * 2 ** 52;
export const EXPONENT_BIAS = 1023;
/**
 * Returns a vector whose lanes are the integer n ≥ 0.
 *
 * The bits of n, read as a float64 number, are n times the least positive number.
 */
export const integerBits = (n: number): Code => constant(n * Number.MIN_VALUE);
export const MANTISSA_BITS: Code = /* @__PURE__ */ i32.const(52);
