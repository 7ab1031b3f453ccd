/** Schedules that go from one rate to another along a power of the step. */
import { add, clip, div, mul, pow, sub } from '@mini/autograd';
import { checkNotNegative, checkNumber } from '@mini/autograd/check';
import { checkBegin, checkSteps, makeSchedule, type Schedule } from './schedule.ts';

/** `polynomialSchedule` whose errors start with `op`. */
export const polynomialFor = (
  op: string,
  initValue: number,
  endValue: number,
  power: number,
  transitionSteps: number,
  transitionBegin: number,
): Schedule => {
  checkNumber(op, 'initValue', initValue);
  checkNumber(op, 'endValue', endValue);
  checkNotNegative(op, 'power', power);
  checkSteps(op, 'transitionSteps', transitionSteps);
  checkBegin(op, 'transitionBegin', transitionBegin);
  return makeSchedule(op, (step) => {
    const taken = clip(sub(step, transitionBegin), 0, transitionSteps);
    const left = sub(1, div(taken, transitionSteps));
    return add(mul(initValue - endValue, power === 1 ? left : pow(left, power)), endValue);
  });
};

/**
 * Goes from `initValue` to `endValue` in a straight line.
 *
 * The change begins at step `transitionBegin` and takes `transitionSteps` steps. Mirrors
 * optax.linear_schedule.
 *
 * @example
 * const schedule = linearSchedule(1, 0, 4);
 * console.log([0, 1, 4, 9].map((step) => schedule(tensor(step)).item())); // → [ 1, 0.75, 0, 0 ]
 */
export function linearSchedule(
  initValue: number,
  endValue: number,
  transitionSteps: number,
  transitionBegin: number = 0,
): Schedule {
  return polynomialFor('linearSchedule', initValue, endValue, 1, transitionSteps, transitionBegin);
}

/**
 * Goes from `initValue` to `endValue` along (1 - step / transitionSteps)^power.
 *
 * The change begins at step `transitionBegin` and takes `transitionSteps` steps. Mirrors
 * optax.polynomial_schedule.
 *
 * @example
 * const rate = polynomialSchedule(0.1, 0, 2, 10);
 * const result = [0, 5, 10].map((step) => rate(tensor(step)).item().toFixed(3));
 * console.log(result); // → [ '0.100', '0.025', '0.000' ]
 */
export function polynomialSchedule(
  initValue: number,
  endValue: number,
  power: number,
  transitionSteps: number,
  transitionBegin: number = 0,
): Schedule {
  const op = 'polynomialSchedule';
  return polynomialFor(op, initValue, endValue, power, transitionSteps, transitionBegin);
}
