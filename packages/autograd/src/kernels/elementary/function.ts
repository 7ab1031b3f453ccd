/**
 * Elementary functions on f64x2, from which the functions on f32x4 are built.
 *
 * Results are computed in double precision and rounded once. They are correctly rounded except for
 * about one argument in a million (a few for the error functions). They are the same on every
 * machine, because they use only +, -, ·, / and √.
 */
import type { Code } from '../../wasm/instructions/encoding.ts';
import { add, const as constant, equal, max, min, mul } from '../../wasm/instructions/f64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';

/** Stores a value in a local variable, and returns the code that reads the variable. */
export type Keep = (value: Code) => Code;

/** Returns the code of an f64x2 value. Emits statements through `keep`. */
type DoubleCode = (keep: Keep, ...operands: Code[]) => Code;

/** An elementary function in double precision, for two lanes and for a single number. */
export interface ElementaryFunction {
  readonly code: DoubleCode;
  /** Computes the same function on numbers, to check `code`. */
  readonly reference: (...operands: number[]) => number;
}

/* @__NO_SIDE_EFFECTS__ */
export const elementary = (
  reference: ElementaryFunction['reference'],
  code: DoubleCode,
): ElementaryFunction => ({ code, reference });

export const SIGN_BIT: Code = /* @__PURE__ */ constant(-0);

/** c[0] + c[1]·x + c[2]·x² + …, by Horner's rule. */
export const polynomial = (keep: Keep, x: Code, coefficients: readonly number[]): Code =>
  coefficients.reduceRight<Code | undefined>(
    (sum, c) => (sum === undefined ? constant(c) : keep(add(mul(sum, x), constant(c)))),
    undefined,
  ) ?? constant(0);

export const clamp = (keep: Keep, x: Code, limit: number): Code =>
  keep(min(max(x, constant(-limit)), constant(limit)));

/** Replaces `result` with x where x is ±0, because f(±0) = ±0. */
export const preserveZero = (keep: Keep, x: Code, result: Code): Code =>
  keep(v128.select(x, result, equal(x, constant(0))));
