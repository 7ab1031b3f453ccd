/** Schedules that follow one another, such as a decay after a warmup. */
import { clip, div, less, mul, sub, type Tensor, tensor, where } from '@mini/autograd';
import {
  asOp,
  checkFunction,
  checkList,
  checkNotNegative,
  checkNumber,
  checkOptions,
  checkTensor,
  describe,
  rangeError,
} from '@mini/autograd/check';
import { cosineFor, type ExponentialDecayOptions, exponentialFor } from './decay.ts';
import { polynomialFor } from './polynomial.ts';
import { checkBegin, checkSteps, rateOf, type Schedule } from './schedule.ts';

/**
 * Increases linearly from 0 to the first rate of `schedule` over `steps`, then follows `schedule`.
 *
 * `schedule` counts its steps from the end of the warmup.
 *
 * @example
 * const rate = warmup(constantSchedule(0.1), 10);
 * const result = [0, 5, 10].map((step) => rate(tensor(step)).item().toFixed(3));
 * console.log(result); // → [ '0.000', '0.050', '0.100' ]
 */
export function warmup(schedule: Schedule, steps: number): Schedule {
  checkFunction('warmup', 'schedule', schedule);
  checkSteps('warmup', 'steps', steps);
  return (step) => {
    checkTensor('warmup', 'step', step);
    const after = asOp('warmup', () => clip(step.sub(steps), 0, Infinity));
    const [first, later] = [rateOf('warmup', schedule, tensor(0)), rateOf('warmup', schedule, after)];
    return asOp('warmup', () => where(less(step, steps), mul(first, div(step, steps)), later));
  };
}

const joinFor =
  (op: string, schedules: readonly Schedule[], boundaries: readonly number[]): Schedule =>
  (step) => {
    checkTensor(op, 'step', step);
    let rate: Tensor | undefined;
    for (const [i, schedule] of schedules.entries()) {
      const begin = i === 0 ? 0 : boundaries[i - 1];
      const own = begin === 0 ? step : asOp(op, () => clip(sub(step, begin), 0, Infinity));
      const [before, next] = [rate, rateOf(op, schedule, own)];
      rate = before === undefined ? next : asOp(op, () => where(less(step, begin), before, next));
    }
    return rate ?? tensor(0);
  };

/**
 * Follows one schedule after another. Each schedule counts its steps from its own boundary.
 *
 * `boundaries` has the steps at which the second schedule and the later ones start. Mirrors
 * optax.join_schedules.
 *
 * @example
 * const schedule = joinSchedules([linearSchedule(0, 1, 2), constantSchedule(5)], [2]);
 * console.log([0, 1, 2, 3].map((step) => schedule(tensor(step)).item())); // → [ 0, 0.5, 5, 5 ]
 */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  const op = 'joinSchedules';
  const parts = checkList(op, 'schedules', schedules, (schedule, i) => {
    checkFunction(op, `schedule ${i}`, schedule);
    return schedule as Schedule;
  });
  let last = 0;
  const steps = checkList(op, 'boundaries', boundaries, (boundary, i) => {
    const step = checkBegin(op, `boundary ${i}`, boundary);
    if (step < last)
      throw rangeError(op, `boundaries are not sorted: expected at least ${last}, got ${step}`);
    return (last = step);
  });
  if (parts.length === 0 || steps.length !== parts.length - 1)
    throw rangeError(
      op,
      `wrong number of boundaries: expected one fewer than schedules, got ${steps.length} for ${parts.length}`,
    );
  return joinFor(op, parts, steps);
}

/** The options that schedules with a linear warmup have in common. */
export interface WarmupOptions {
  /** The first rate. */
  readonly initValue: number;
  /** The rate after the warmup. */
  readonly peakValue: number;
  /** The number of steps of the linear warmup. */
  readonly warmupSteps: number;
}

/** Increases linearly, then follows `decay`. */
const afterWarmup = (op: string, options: WarmupOptions, decay: Schedule): Schedule => {
  const { initValue, peakValue, warmupSteps } = options;
  if (warmupSteps === 0) return decay;
  const rise = polynomialFor(op, initValue, peakValue, 1, warmupSteps, 0);
  return joinFor(op, [rise, decay], [warmupSteps]);
};

const checkWarmup = (op: string, { initValue, peakValue, warmupSteps }: WarmupOptions): void => {
  checkNumber(op, 'initValue', initValue);
  checkNumber(op, 'peakValue', peakValue);
  checkBegin(op, 'warmupSteps', warmupSteps);
};

export interface WarmupCosineDecayOptions extends WarmupOptions {
  /** The number of all steps: those of the warmup and those of the decay. */
  readonly decaySteps: number;
  /** The last rate. Default 0. */
  readonly endValue?: number;
  /** The power of the cosine. Default 1. */
  readonly exponent?: number;
}

const WARMUP_COSINE_OPTIONS = [
  'initValue',
  'peakValue',
  'warmupSteps',
  'decaySteps',
  'endValue',
  'exponent',
] as const;

const warmupCosineFor = (op: string, options: WarmupCosineDecayOptions): Schedule => {
  const {
    peakValue,
    warmupSteps,
    decaySteps,
    endValue = 0,
    exponent = 1,
  } = checkOptions(op, options, WARMUP_COSINE_OPTIONS);
  checkWarmup(op, options);
  checkSteps(op, 'decaySteps', decaySteps);
  checkNumber(op, 'endValue', endValue);
  checkNotNegative(op, 'exponent', exponent);
  if (decaySteps <= warmupSteps)
    throw rangeError(
      op,
      `decaySteps includes the warmup: expected more than warmupSteps, ${warmupSteps}, got ${describe(decaySteps)}`,
    );
  return afterWarmup(op, options, cosineFor(op, peakValue, decaySteps - warmupSteps, endValue, exponent));
};

/**
 * Increases linearly to `peakValue`, then decreases to `endValue` along half a cosine.
 *
 * Mirrors optax.warmup_cosine_decay_schedule.
 *
 * @example
 * const options = { initValue: 0, peakValue: 1, warmupSteps: 10, decaySteps: 30 };
 * const schedule = warmupCosineDecaySchedule(options);
 * const rates = [0, 5, 10, 20].map((step) => schedule(tensor(step)).item().toFixed(1));
 * console.log(rates.join()); // → 0.0,0.5,1.0,0.5
 */
export function warmupCosineDecaySchedule(options: WarmupCosineDecayOptions): Schedule {
  return warmupCosineFor('warmupCosineDecaySchedule', options);
}

export interface WarmupExponentialDecayOptions extends WarmupOptions, ExponentialDecayOptions {
  /** The number of steps in which the rate is multiplied by `decayRate`. */
  readonly transitionSteps: number;
  /** The factor of the decay. */
  readonly decayRate: number;
}

/**
 * Increases linearly to `peakValue`, then decreases exponentially.
 *
 * Mirrors optax.warmup_exponential_decay_schedule.
 *
 * @example
 * const rate = warmupExponentialDecaySchedule({
 *   initValue: 0, peakValue: 0.1, warmupSteps: 5, transitionSteps: 5, decayRate: 0.5,
 * });
 * const result = [0, 5, 10].map((step) => rate(tensor(step)).item().toFixed(3));
 * console.log(result); // → [ '0.000', '0.100', '0.050' ]
 */
export function warmupExponentialDecaySchedule(options: WarmupExponentialDecayOptions): Schedule {
  const op = 'warmupExponentialDecaySchedule';
  const { initValue, peakValue, warmupSteps, transitionSteps, decayRate, ...rest } = checkOptions(
    op,
    options,
    [
      'initValue',
      'peakValue',
      'warmupSteps',
      'transitionSteps',
      'decayRate',
      'transitionBegin',
      'staircase',
      'endValue',
    ],
  );
  checkWarmup(op, options);
  checkSteps(op, 'transitionSteps', transitionSteps);
  checkNotNegative(op, 'decayRate', decayRate);
  const decay = exponentialFor(op, peakValue, decayRate, transitionSteps, rest);
  return afterWarmup(op, { initValue, peakValue, warmupSteps }, decay);
}

/**
 * Repeats cosine decays with warmup: each element of `cycles` describes a cycle of `decaySteps`
 * steps.
 *
 * Mirrors optax.sgdr_schedule. Source: Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983
 *
 * @example
 * const cycle = { initValue: 0, peakValue: 0.1, warmupSteps: 5, decaySteps: 10 };
 * const rate = sgdrSchedule([cycle, cycle]);
 * const result = [0, 5, 10, 15].map((step) => rate(tensor(step)).item().toFixed(3));
 * console.log(result); // → [ '0.000', '0.100', '0.000', '0.100' ]
 */
export function sgdrSchedule(cycles: readonly WarmupCosineDecayOptions[]): Schedule {
  const op = 'sgdrSchedule';
  let end = 0;
  const boundaries: number[] = [];
  const parts = checkList(op, 'cycles', cycles, (cycle) => {
    const part = warmupCosineFor(op, cycle as WarmupCosineDecayOptions);
    boundaries.push((end += (cycle as WarmupCosineDecayOptions).decaySteps));
    return part;
  });
  if (parts.length === 0) throw rangeError(op, 'no cycles: expected at least one, got []');
  checkSteps(op, 'sum of decaySteps', end);
  return joinFor(op, parts, boundaries.slice(0, -1));
}
