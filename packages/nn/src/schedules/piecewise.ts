/** Schedules that are defined between boundaries, such as one-cycle schedules. */
import { add, cos, div, less, mul, sub, type Tensor, tensor, where } from '@mini/autograd';
import {
  checkInteger,
  checkNotNegative,
  checkNumber,
  checkRecord,
  checkOptions,
  describe,
  rangeError,
} from '@mini/autograd/check';
import { checkPart, checkPositive } from '../checks.ts';
import { makeSchedule, type Schedule, MAX_STEPS } from './schedule.ts';

/** Factors by the step from which they hold: { 100: 0.1 } divides the rate by 10 at step 100. */
export type BoundariesAndScales = Readonly<Record<number, number>>;

/** Returns the boundaries in ascending order, and the value from each of them on. */
const readScales = (
  op: string,
  initValue: number,
  scales: unknown,
): readonly (readonly [boundary: number, value: number])[] => {
  checkNumber(op, 'initValue', initValue);
  checkRecord(op, 'boundariesAndScales', scales, 'an object such as { 100: 0.1 }');
  let value = initValue;
  return Object.entries(scales as object)
    .map(([key, scale]) => [Number(key), scale, key] as const)
    .sort(([a], [b]) => a - b)
    .map(([boundary, scale, key]) => {
      // A boundary is written in one way only, so that none is there twice.
      if (!/^\d+$/.test(key) || String(boundary) !== key || boundary > MAX_STEPS)
        throw rangeError(op, `invalid boundary: expected a step from 0 to 2^24, got ${describe(key)}`);
      value *= checkNotNegative(op, `scale at step ${boundary}`, scale);
      return [boundary, checkNumber(op, `rate at step ${boundary}`, value)];
    });
};

/**
 * Multiplies the rate by a factor at each of some steps, and keeps it constant between them.
 *
 * Mirrors optax.piecewise_constant_schedule.
 *
 * @example
 * const schedule = piecewiseConstantSchedule(1, { 10: 0.5, 20: 0.5 });
 * const rates = [0, 9, 10, 20].map((step) => schedule(tensor(step)).item());
 * console.log(rates); // → [ 1, 1, 0.5, 0.25 ]
 */
export function piecewiseConstantSchedule(
  initValue: number,
  boundariesAndScales: BoundariesAndScales = {},
): Schedule {
  const op = 'piecewiseConstantSchedule';
  const values = readScales(op, initValue, boundariesAndScales);
  return makeSchedule(op, (step) =>
    values.reduce(
      (before, [boundary, value]) => where(less(step, boundary), before, value),
      tensor(initValue),
    ),
  );
}

/** Interpolates between a and b, for a part from 0 to 1. */
type Interpolation = (a: number, b: number, part: Tensor) => Tensor;
const linear: Interpolation = (a, b, part) => add(mul(b - a, part), a);
const cosine: Interpolation = (a, b, part) => add(b, mul((a - b) / 2, add(cos(mul(Math.PI, part)), 1)));

/** Interpolates between points, whose boundaries ascend from 0. Then keeps the last value. */
const interpolated = (
  op: string,
  interpolation: Interpolation,
  points: readonly (readonly [boundary: number, value: number])[],
): Schedule => {
  for (const [boundary, value] of points) checkNumber(op, `rate at step ${boundary}`, value);
  const last = points[points.length - 1][1];
  return makeSchedule(op, (step) =>
    points.slice(0, -1).reduceRight((after, [begin, value], i) => {
      const [end, next] = points[i + 1];
      const part = div(sub(step, begin), Math.max(1, end - begin));
      return where(less(step, end), interpolation(value, next, part), after);
    }, tensor(last)),
  );
};

export interface CosineOnecycleOptions {
  /** The fraction of the steps in which the rate increases. Default 0.3. */
  readonly pctStart?: number;
  /** The first rate is peakValue / divFactor. Default 25. */
  readonly divFactor?: number;
  /** The last rate is the first one divided by finalDivFactor. Default 10,000. */
  readonly finalDivFactor?: number;
}

const ONECYCLE_OPTIONS = ['pctStart', 'divFactor', 'finalDivFactor'] as const;

const readCycle = (
  op: string,
  transitionSteps: number,
  peakValue: number,
  { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 }: CosineOnecycleOptions,
): Required<CosineOnecycleOptions> => {
  checkInteger(op, 'transitionSteps', transitionSteps, 1, MAX_STEPS);
  checkNumber(op, 'peakValue', peakValue);
  checkPart(op, 'pctStart', pctStart);
  checkPositive(op, 'divFactor', divFactor);
  checkPositive(op, 'finalDivFactor', finalDivFactor);
  return { pctStart, divFactor, finalDivFactor };
};

/**
 * One cycle: increases to `peakValue`, then decreases, both along half a cosine.
 *
 * Mirrors optax.cosine_onecycle_schedule. Source: Smith and Topin 2018,
 * https://arxiv.org/abs/1708.07120
 *
 * @example
 * const rate = cosineOnecycleSchedule(100, 0.1);
 * const result = [0, 30, 100].map((step) => rate(tensor(step)).item().toFixed(3));
 * console.log(result); // → [ '0.004', '0.100', '0.000' ]
 */
export function cosineOnecycleSchedule(
  transitionSteps: number,
  peakValue: number,
  options: CosineOnecycleOptions = {},
): Schedule {
  const op = 'cosineOnecycleSchedule';
  const read = readCycle(op, transitionSteps, peakValue, checkOptions(op, options, ONECYCLE_OPTIONS));
  const { pctStart, divFactor, finalDivFactor } = read;
  const initValue = peakValue / divFactor;
  return interpolated(op, cosine, [
    [0, initValue],
    [Math.trunc(pctStart * transitionSteps), peakValue],
    [transitionSteps, initValue / finalDivFactor],
  ]);
}

export interface LinearOnecycleOptions extends CosineOnecycleOptions {
  /** The fraction of the steps after which the rate is below the first one. Default 0.85. */
  readonly pctFinal?: number;
}

/**
 * One cycle: increases linearly to `peakValue`, decreases to the first rate, then to the last one.
 *
 * The last rate is peakValue / (divFactor · finalDivFactor). Throws a RangeError if `pctFinal` is
 * less than `pctStart`. Mirrors optax.linear_onecycle_schedule. Source: Smith and Topin 2018,
 * https://arxiv.org/abs/1708.07120
 *
 * @example
 * const rate = linearOnecycleSchedule(100, 0.1);
 * const result = [0, 30, 100].map((step) => rate(tensor(step)).item().toFixed(3));
 * console.log(result); // → [ '0.004', '0.100', '0.000' ]
 */
export function linearOnecycleSchedule(
  transitionSteps: number,
  peakValue: number,
  options: LinearOnecycleOptions = {},
): Schedule {
  const op = 'linearOnecycleSchedule';
  const { pctFinal = 0.85, ...rest } = checkOptions(op, options, [...ONECYCLE_OPTIONS, 'pctFinal']);
  const { pctStart, divFactor, finalDivFactor } = readCycle(op, transitionSteps, peakValue, rest);
  checkPart(op, 'pctFinal', pctFinal);
  if (pctFinal < pctStart)
    throw rangeError(
      op,
      `pctFinal is too small: expected at least pctStart, got ${pctFinal} and pctStart ${pctStart}`,
    );
  const initValue = peakValue / divFactor;
  return interpolated(op, linear, [
    [0, initValue],
    [Math.trunc(pctStart * transitionSteps), peakValue],
    [Math.trunc(pctFinal * transitionSteps), initValue],
    [transitionSteps, initValue / finalDivFactor],
  ]);
}
