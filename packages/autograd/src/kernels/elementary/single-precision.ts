/** What functions in single precision share. */
import type { Code } from '../../wasm/instructions/encoding.ts';
import { const as constant, demoteF64Zero } from '../../wasm/instructions/f32x4.ts';
import { promoteLowF32 } from '../../wasm/instructions/f64x2.ts';
import * as i32x4 from '../../wasm/instructions/i32x4.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import type { Keep, VectorCode } from './function.ts';

/** Adding this number to x rounds x to an integer, which is then in the low bits of the sum. */
export const ROUNDER: number = 1.5 * 2 ** 23;

/** The bits of a sign, in each lane. */
export const SIGN_BIT: Code = /* @__PURE__ */ constant(-0);

/** Four lanes of the same integer. */
export const integer = (n: number): Code => i32x4.const(n, n, n, n);

/** Four lanes of a function, by its code for two lanes in double precision. */
export const byHalves = (keep: Keep, code: VectorCode, x: Code): Code => {
  const half = (pair: Code): Code => keep(demoteF64Zero(code(keep, keep(promoteLowF32(pair)))));
  return keep(v128.shuffle32(half(x), half(v128.shuffle32(x, x, [2, 3, 2, 3])), [0, 1, 4, 5]));
};

/**
 * Which lanes of x are no positive numbers from one to below another, given by the bits of both.
 *
 * Less `lowest`, the bits of others are large as unsigned integers.
 */
export const isOutside = (x: Code, lowest: number, limit: number): Code =>
  v128.not(i32x4.lessUnsigned(i32x4.sub(x, integer(lowest)), integer(limit - lowest)));
