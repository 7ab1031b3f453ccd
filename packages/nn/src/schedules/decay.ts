/** Schedules that decrease. */
import { add, clip, cos, div, floor, maximum, minimum, mul, pow, sub, type Tensor } from '@mini/autograd';
import { checkBoolean, checkNotNegative, checkNumber, checkOptions, rangeError } from '@mini/autograd/check';
import { checkBegin, checkSteps, makeSchedule, type Schedule } from './schedule.ts';

export interface ExponentialDecayOptions {
  /** The step at which the decay begins. Default 0. */
  readonly transitionBegin?: number;
  /** Whether the rate changes only after every `steps` steps. Default false. */
  readonly staircase?: boolean;
  /** The rate at which the decay stops. Default: it never stops. */
  readonly endValue?: number;
}

/**
 * rate · decay^(step / steps).
 *
 * Mirrors optax.exponential_decay, whose arguments are in the order rate, steps, decay. Throws a
 * RangeError if they seem to be in that order.
 *
 * @example
 * const rate = exponentialDecay(0.1, 0.5, 10);
 * const result = [0, 10, 20].map((step) => rate(tensor(step)).item().toFixed(3));
 * console.log(result); // → [ '0.100', '0.050', '0.025' ]
 */
export function exponentialDecay(
  rate: number,
  decay: number,
  steps: number,
  options: ExponentialDecayOptions = {},
): Schedule {
  const op = 'exponentialDecay';
  checkNumber(op, 'rate', rate);
  checkNotNegative(op, 'decay', decay);
  checkSteps(op, 'steps', steps);
  if (decay > 1 && steps < 1)
    throw rangeError(
      op,
      `decay and steps are swapped: expected exponentialDecay(rate, decay, steps), got a decay of ${decay} in ${steps} steps`,
    );
  const known = ['transitionBegin', 'staircase', 'endValue'] as const;
  return exponentialFor(op, rate, decay, steps, checkOptions(op, options, known));
}

/** `exponentialDecay` whose errors start with `op`, for checked numbers. */
export const exponentialFor = (
  op: string,
  rate: number,
  decay: number,
  steps: number,
  options: ExponentialDecayOptions,
): Schedule => {
  const { transitionBegin = 0, staircase = false, endValue } = options;
  checkBegin(op, 'transitionBegin', transitionBegin);
  checkBoolean(op, 'staircase', staircase);
  if (endValue !== undefined) checkNumber(op, 'endValue', endValue);
  return makeSchedule(op, (step) => {
    const taken = transitionBegin === 0 ? step : clip(sub(step, transitionBegin), 0, Infinity);
    const part = div(taken, steps);
    const value = mul(rate, pow(decay, staircase ? floor(part) : part));
    if (endValue === undefined) return value;
    return decay < 1 ? maximum(value, endValue) : minimum(value, endValue);
  });
};

/**
 * Decreases from `rate` to `final` over `steps` along half a cosine, then stays at `final`.
 *
 * Its third argument is a rate. That of optax.cosine_decay_schedule is alpha = final / rate.
 * Source: Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983
 *
 * @example
 * const rate = cosineDecay(0.1, 100);
 * const result = [0, 50, 100].map((step) => rate(tensor(step)).item().toFixed(3));
 * console.log(result); // → [ '0.100', '0.050', '0.000' ]
 */
export function cosineDecay(rate: number, steps: number, final: number = 0): Schedule {
  const op = 'cosineDecay';
  checkNumber(op, 'rate', rate);
  checkNumber(op, 'final', final);
  checkSteps(op, 'steps', steps);
  return cosineFor(op, rate, steps, final, 1);
}

/** `cosineDecay` whose errors start with `op`, for checked numbers. */
export const cosineFor = (
  op: string,
  rate: number,
  steps: number,
  final: number,
  exponent: number,
): Schedule =>
  makeSchedule(op, (step) => {
    const part: Tensor = minimum(div(step, steps), 1);
    const wave = add(1, cos(mul(Math.PI, part)));
    return exponent === 1
      ? add(final, mul((rate - final) / 2, wave))
      : add(final, mul(rate - final, pow(mul(0.5, wave), exponent)));
  });
