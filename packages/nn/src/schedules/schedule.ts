/** Schedules: learning rates that depend on the step. */
import { type Tensor, tensor } from '@mini/autograd';
import { asOp, checkNumber, checkTensor, MAX_EXACT_INTEGER } from '@mini/autograd/check';
import { checkShaped } from '../checks.ts';

/** A function that returns the learning rate at a step, counted from 0. */
export type Schedule = (step: Tensor) => Tensor;

/** The most steps, which float32 can count. */
export const MAX_STEPS: number = MAX_EXACT_INTEGER;

/** Checks a number of steps > 0. */
export const checkSteps = (op: string, what: string, steps: unknown): number =>
  checkNumber(op, what, steps, 'a number > 0, at most 2^24', (n) => n > 0 && n <= MAX_STEPS);

/** Checks a number of steps ≥ 0, or a step at which something starts. */
export const checkBegin = (op: string, what: string, steps: unknown): number =>
  checkNumber(op, what, steps, 'a number from 0 to 2^24', (n) => n >= 0 && n <= MAX_STEPS);

/** Makes a schedule that checks its step and calls `rateAt`. Errors start with `op`. */
/* @__NO_SIDE_EFFECTS__ */
export const makeSchedule =
  (op: string, rateAt: (step: Tensor) => Tensor): Schedule =>
  (step) => {
    const taken = checkTensor(op, 'step', step);
    return asOp(op, () => rateAt(taken));
  };

/** Returns the rate of a schedule of the caller, which can also return a number. */
export const rateOf = (op: string, schedule: Schedule, step: Tensor): Tensor => {
  const given: unknown = schedule(step);
  return typeof given === 'number' ? tensor(given) : checkShaped(op, 'result of the schedule', given, []);
};

/**
 * The same rate at every step.
 *
 * @example
 * console.log(constantSchedule(0.1)(tensor(5)).item().toFixed(3)); // → 0.100
 */
export function constantSchedule(rate: number): Schedule {
  checkNumber('constantSchedule', 'rate', rate);
  return () => tensor(rate);
}
