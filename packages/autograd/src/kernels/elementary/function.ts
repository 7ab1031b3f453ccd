/**
 * What elementary functions are.
 *
 * Most are computed in double precision and rounded once. They are correctly rounded except for
 * about one argument in a million (a few for the error functions). Some are computed in single
 * precision (`single-….ts`). Results are the same on every machine, because only +, -, ·, / and √
 * are used.
 */
import type { Code } from '../../wasm/instructions/encoding.ts';
import { add, const as constant, mul, pseudoMax, pseudoMin } from '../../wasm/instructions/f64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';

/** Stores values in local variables, and returns the code that reads a variable. */
export interface Keep {
  (value: Code): Code;
  /**
   * Keeps values, with those of `rare` in the lanes of a mask.
   *
   * What `rare` keeps is computed only if there is such a lane.
   */
  replace(mask: Code, values: readonly Code[], rare: (keep: Keep) => readonly Code[]): readonly Code[];
}

/** Returns the code of a vector. Emits statements through `keep`. */
export type VectorCode = (keep: Keep, ...operands: Code[]) => Code;

/** An elementary function for vectors and for a single number. */
export interface ElementaryFunction {
  /**
   * Computes two lanes in double precision, on f64x2, or four lanes in single precision, on f32x4,
   * at most 1 ulp from the exact result.
   */
  readonly code: VectorCode;
  readonly isSingle: boolean;
  /** Computes the same function on numbers, to check `code`. */
  readonly reference: (...operands: number[]) => number;
}

/** A function that is computed in double precision and rounded once. */
/* @__NO_SIDE_EFFECTS__ */
export const elementary = (
  reference: ElementaryFunction['reference'],
  code: VectorCode,
): ElementaryFunction => ({ code, isSingle: false, reference });

/** A function that is computed in single precision, which takes about half as long. */
/* @__NO_SIDE_EFFECTS__ */
export const elementaryInSingle = (
  reference: ElementaryFunction['reference'],
  code: VectorCode,
): ElementaryFunction => ({ code, isSingle: true, reference });

export const SIGN_BIT: Code = /* @__PURE__ */ constant(-0);

/**
 * c[0] + c[1]·x + c[2]·x² + …, by Estrin's scheme: neighbours are combined in pairs, these in
 * pairs, and so on. A step of Horner's rule would have to wait for the one before.
 */
export const polynomial = (keep: Keep, x: Code, coefficients: readonly number[]): Code => {
  let terms = coefficients.map((c) => constant(c));
  for (let power = x; terms.length > 1; power = keep(mul(power, power))) {
    const pairs = terms.filter((_, i) => i % 2 === 0);
    terms = pairs.map((term, i) => {
      const next = terms[2 * i + 1];
      return next === undefined ? term : keep(add(term, mul(next, power)));
    });
  }
  return terms[0];
};

/** Limits x to ±limit. NaN stays NaN. */
export const clamp = (keep: Keep, x: Code, limit: number): Code =>
  keep(pseudoMin(pseudoMax(x, constant(-limit)), constant(limit)));

/** Gives a result the sign of x, which it has already unless it is 0 or a magnitude. */
export const withSignOf = (keep: Keep, x: Code, magnitude: Code): Code =>
  keep(v128.or(magnitude, v128.and(x, SIGN_BIT)));
