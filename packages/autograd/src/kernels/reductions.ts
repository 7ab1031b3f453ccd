/**
 * Reductions: how elements are combined.
 *
 * Sums accumulate in double precision and are rounded once, so they are accurate for any length.
 */
import type { Local } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import * as f32x4 from '../wasm/instructions/f32x4.ts';
import * as f64x2 from '../wasm/instructions/f64x2.ts';
import * as v128 from '../wasm/instructions/v128.ts';

/** Combines values in vector accumulators. */
export interface Reduction {
  readonly name: string;
  readonly identity: number;
  /** Combines two numbers in double precision. */
  readonly combine: (a: number, b: number) => number;
  readonly accumulators: number;
  /** The initial value of every lane of an accumulator. */
  readonly start: Code;
  step(accumulators: readonly Local[], value: Code): Code;
  /** Returns the results of the four lanes as an f32x4. */
  finishLanes(accumulators: readonly Local[]): Code;
  /** Combines all lanes into one result, in lane 0 of an f32x4. */
  finishAll(accumulators: readonly Local[]): Code;
}

export const sum: Reduction = {
  name: 'sum',
  identity: 0,
  combine: (a, b) => a + b,
  accumulators: 2,
  start: /* @__PURE__ */ f64x2.const(0),
  step: ([low, high], value) => [
    low.set(f64x2.add(low.get, f64x2.promoteLowF32(value))),
    high.set(f64x2.add(high.get, f64x2.promoteLowF32(v128.shuffle32(value, value, [2, 3, 2, 3])))),
  ],
  finishLanes: ([low, high]) =>
    v128.shuffle32(f32x4.demoteF64Zero(low.get), f32x4.demoteF64Zero(high.get), [0, 1, 4, 5]),
  finishAll: ([low, high]) => {
    const both = low.get;
    return [
      low.set(f64x2.add(both, high.get)),
      f32x4.demoteF64Zero(f64x2.add(both, v128.shuffle32(both, both, [2, 3, 2, 3]))),
    ];
  },
};

/* @__NO_SIDE_EFFECTS__ */
const extremum = (
  name: string,
  identity: number,
  combine: Reduction['combine'],
  op: (x: Code, y: Code) => Code,
): Reduction => ({
  name,
  identity,
  combine,
  accumulators: 1,
  start: f32x4.const(identity),
  step: ([a], value) => a.set(op(a.get, value)),
  finishLanes: ([a]) => a.get,
  finishAll: ([a]) => {
    const all = a.get;
    return [
      a.set(op(all, v128.shuffle32(all, all, [2, 3, 2, 3]))),
      op(all, v128.shuffle32(all, all, [1, 1, 1, 1])),
    ];
  },
});

export const max: Reduction = extremum('max', -Infinity, Math.max, f32x4.max);
export const min: Reduction = extremum('min', Infinity, Math.min, f32x4.min);
