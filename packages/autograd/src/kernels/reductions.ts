/**
 * Reductions: how elements are combined.
 *
 * Sums accumulate in double precision and are rounded once, so they are accurate for any length.
 */
import type { Local } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import * as f32x4 from '../wasm/instructions/f32x4.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as i32x4 from '../wasm/instructions/i32x4.ts';
import * as f64x2 from '../wasm/instructions/f64x2.ts';
import * as v128 from '../wasm/instructions/v128.ts';

/** Combines values in vector accumulators. */
export interface Reduction {
  readonly name: string;
  readonly identity: number;
  /**
   * Starts to combine numbers in double precision. Returns a function that takes one more number,
   * and returns the result so far.
   */
  readonly begin: () => (value: number) => number;
  readonly accumulators: number;
  /** The initial value of every lane of an accumulator. */
  readonly start: Code;
  step(accumulators: readonly Local[], value: Code): Code;
  /** Returns the results of the four lanes as an f32x4. */
  finishLanes(accumulators: readonly Local[]): Code;
  /**
   * Combines all lanes into one result, in lane 0 of an f32x4. Absent if elements have to be
   * combined one after another: then each lane has a result of its own.
   */
  readonly finishAll?: (accumulators: readonly Local[]) => Code;
}

export const sum: Reduction = {
  name: 'sum',
  identity: 0,
  begin: () => {
    let total = 0;
    return (value) => (total += value);
  },
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

/**
 * Products, one element after another in double precision, rounded once.
 *
 * If all elements are finite, a partial product of ±Infinity has overflowed. Times 0 it is then 0
 * instead of NaN, as in exact arithmetic. The third accumulator is NaN if an element was not
 * finite.
 */
export const prod: Reduction = {
  name: 'prod',
  identity: 1,
  begin: () => {
    let [product, areFinite] = [1, true];
    return (value) => {
      areFinite &&= Number.isFinite(value);
      product *= value;
      return areFinite && Number.isNaN(product) ? 0 : product;
    };
  },
  accumulators: 3,
  start: /* @__PURE__ */ f64x2.const(1),
  step: ([low, high, finite], value) => [
    low.set(f64x2.mul(low.get, f64x2.promoteLowF32(value))),
    high.set(f64x2.mul(high.get, f64x2.promoteLowF32(v128.shuffle32(value, value, [2, 3, 2, 3])))),
    finite.set(f32x4.add(finite.get, f32x4.mul(value, f32x4.const(0)))),
  ],
  finishLanes: ([low, high, finite]) => {
    const areFinite = f32x4.equal(finite.get, finite.get);
    const rounded = ({ get }: Local, lanes: readonly [number, number, number, number]): Code => {
      const isKnown = v128.shuffle32(areFinite, areFinite, lanes);
      const hasOverflowed = v128.andNot(isKnown, f64x2.equal(get, get));
      return f32x4.demoteF64Zero(v128.andNot(get, hasOverflowed));
    };
    return v128.shuffle32(rounded(low, [0, 0, 1, 1]), rounded(high, [2, 2, 3, 3]), [0, 1, 4, 5]);
  },
};

const INFINITY_BITS = 0x7f800000;

/**
 * The largest or the least number; NaN if there is one, and -0 is less than 0.
 *
 * f32x4.max takes eight instructions, since it sees to NaN and -0 at each step. Three simple
 * maxima take three. As integers, numbers without a sign are in order, and with a sign in reverse
 * order; NaN lies beyond infinity on either side.
 *
 * - `plain` compares numbers, but ignores NaN and takes either of 0 and -0;
 * - `positive` is the largest of the numbers without a sign, or NaN, if it is not negative;
 * - `negative` is the least of the numbers with a sign, or NaN, if it is negative.
 */
/* @__NO_SIDE_EFFECTS__ */
const extremum = (name: 'max' | 'min', identity: number): Reduction => {
  const isMax = name === 'max';
  const plainOf = isMax ? f32x4.pseudoMax : f32x4.pseudoMin;
  const isBeyond = ({ get }: Local, bits: number): Code =>
    i32x4.lessUnsigned(i32x4.splat(i32.const(bits)), get);
  const isNegative = ({ get }: Local): Code => i32x4.less(get, i32x4.splat(i32.const(0)));
  const finishLanes = ([plain, positive, negative]: readonly Local[]): Code =>
    isMax
      ? v128.select(
          negative.get,
          v128.select(plain.get, positive.get, isNegative(positive)),
          isBeyond(negative, INFINITY_BITS | (1 << 31)),
        )
      : v128.select(
          positive.get,
          v128.select(negative.get, plain.get, isNegative(negative)),
          i32x4.less(i32x4.splat(i32.const(INFINITY_BITS)), positive.get),
        );
  /** Combines each accumulator with a value of its own. */
  const combineWith = (
    [plain, positive, negative]: readonly Local[],
    valueFor: (accumulator: Local) => Code,
  ): Code => [
    plain.set(plainOf(plain.get, valueFor(plain))),
    positive.set(i32x4.max(positive.get, valueFor(positive))),
    negative.set(i32x4.maxUnsigned(negative.get, valueFor(negative))),
  ];
  return {
    name,
    identity,
    begin: () => {
      let best = identity;
      return (value) => (best = Math[name](best, value));
    },
    accumulators: 3,
    start: f32x4.const(identity),
    step: (accumulators, value) => combineWith(accumulators, () => value),
    finishLanes,
    finishAll: (accumulators) => {
      const fold = (lanes: readonly [number, number, number, number]): Code =>
        combineWith(accumulators, ({ get }) => v128.shuffle32(get, get, lanes));
      return [fold([2, 3, 2, 3]), fold([1, 1, 1, 1]), finishLanes(accumulators)];
    },
  };
};

export const max: Reduction = /* @__PURE__ */ extremum('max', -Infinity);
export const min: Reduction = /* @__PURE__ */ extremum('min', Infinity);

/**
 * The index of the largest or the least number: the first of equal ones, or of the first NaN.
 *
 * The accumulators are the best number, its index, how many numbers there were, and whether the
 * present one is better.
 */
/* @__NO_SIDE_EFFECTS__ */
const argExtremum = (name: 'argmax' | 'argmin'): Reduction => {
  const isMax = name === 'argmax';
  return {
    name,
    identity: 0,
    begin: () => {
      let [best, index, count] = [NaN, 0, 0];
      return (value) => {
        const stays = Number.isNaN(best) || (isMax ? value <= best : best <= value);
        if (count === 0 || !stays) [best, index] = [value, count];
        count++;
        return index;
      };
    },
    accumulators: 4,
    start: f32x4.const(0),
    step: ([best, index, count, isBetter], value) => {
      const isNoBetter = isMax ? f32x4.lessEqual(value, best.get) : f32x4.lessEqual(best.get, value);
      return [
        isBetter.set(
          v128.or(
            i32x4.equal(count.get, i32x4.splat(i32.const(0))),
            v128.andNot(f32x4.equal(best.get, best.get), isNoBetter),
          ),
        ),
        best.set(v128.select(value, best.get, isBetter.get)),
        index.set(v128.select(count.get, index.get, isBetter.get)),
        count.set(i32x4.add(count.get, i32x4.splat(i32.const(1)))),
      ];
    },
    finishLanes: ([, index]) => f32x4.convertI32(index.get),
  };
};

export const argmax: Reduction = /* @__PURE__ */ argExtremum('argmax');
export const argmin: Reduction = /* @__PURE__ */ argExtremum('argmin');
