/** Schedules: learning rates that depend on the step. */
import { add, clip, cos, div, minimum, mul, pow, type Tensor, where, less, tensor } from '@mini/autograd';
import { asOp, checkFunction, checkNotNegative, checkNumber, checkTensor } from '@mini/autograd/check';

/** A function that returns the learning rate at a step, counted from 0. */
export type Schedule = (step: Tensor) => Tensor;

const checkSteps = (op: string, steps: unknown): void => {
  // Optimizers count up to 2^24 steps.
  checkNumber(op, 'steps', steps, 'a number > 0, at most 2^24', (n) => n > 0 && n <= 2 ** 24);
};

/** The same rate at every step. */
export function constantSchedule(rate: number): Schedule {
  checkNumber('constantSchedule', 'rate', rate);
  return () => tensor(rate);
}

/** rate · decay^(step / steps). */
export function exponentialDecay(rate: number, decay: number, steps: number): Schedule {
  const op = 'exponentialDecay';
  checkNumber(op, 'rate', rate);
  checkNotNegative(op, 'decay', decay);
  checkSteps(op, steps);
  return (step) => {
    const taken = checkTensor(op, 'step', step);
    return asOp(op, () => mul(rate, pow(decay, div(taken, steps))));
  };
}

/**
 * Decreases from `rate` to `final` over `steps` along half a cosine, then stays at `final`.
 *
 * Source: Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983
 */
export function cosineDecay(rate: number, steps: number, final: number = 0): Schedule {
  const op = 'cosineDecay';
  checkNumber(op, 'rate', rate);
  checkNumber(op, 'final', final);
  checkSteps(op, steps);
  return (step) => {
    const taken = checkTensor(op, 'step', step);
    return asOp(op, () => {
      const part = minimum(div(taken, steps), 1);
      return add(final, mul((rate - final) / 2, add(1, cos(mul(Math.PI, part)))));
    });
  };
}

/**
 * Increases linearly from 0 to the first rate of `schedule` over `steps`, then follows `schedule`.
 *
 * `schedule` starts at step 0 after the warmup.
 */
export function warmup(schedule: Schedule, steps: number): Schedule {
  checkFunction('warmup', 'schedule', schedule);
  checkSteps('warmup', steps);
  const rateAt = (step: Tensor): Tensor => {
    const rate: unknown = schedule(step);
    return typeof rate === 'number'
      ? tensor(rate)
      : checkTensor('warmup', 'the result of the schedule', rate);
  };
  return (step) => {
    checkTensor('warmup', 'step', step);
    const after = asOp('warmup', () => clip(step.sub(steps), 0, Infinity));
    const [first, later] = [rateAt(tensor(0)), rateAt(after)];
    return asOp('warmup', () => where(less(step, steps), mul(first, div(step, steps)), later));
  };
}
