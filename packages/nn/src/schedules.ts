/** Learning rates that change with the step. A schedule gets the step, counted from 0, as a tensor. */
import { add, clip, cos, div, minimum, mul, pow, type Tensor, where, less, tensor } from '@mini/autograd';
import { checkFunction, checkNumber, checkTensor } from '@mini/autograd/check';

export type Schedule = (step: Tensor) => Tensor;

const checkSteps = (op: string, steps: unknown): void => {
  checkNumber(op, 'steps', steps, 'positive', (n) => n > 0);
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
  checkNumber(op, 'decay', decay, 'finite and not negative', (d) => d >= 0);
  checkSteps(op, steps);
  return (step) => mul(rate, pow(decay, div(checkTensor(op, 'step', step), steps)));
}

/** From `rate` down to `final` (default 0) over `steps` along half a cosine (https://arxiv.org/abs/1608.03983), then `final`. */
export function cosineDecay(rate: number, steps: number, final: number = 0): Schedule {
  const op = 'cosineDecay';
  checkNumber(op, 'rate', rate);
  checkNumber(op, 'final', final);
  checkSteps(op, steps);
  return (step) => {
    const part = minimum(div(checkTensor(op, 'step', step), steps), 1);
    return add(final, mul((rate - final) / 2, add(1, cos(mul(Math.PI, part)))));
  };
}

/** Linearly from 0 to the schedule's rate over the first `steps`; the schedule itself starts after them. */
export function warmup(schedule: Schedule, steps: number): Schedule {
  checkFunction('warmup', 'schedule', schedule);
  checkSteps('warmup', steps);
  return (step) => {
    const after = clip(checkTensor('warmup', 'step', step).sub(steps), 0, Infinity);
    return where(less(step, steps), mul(schedule(tensor(0)), div(step, steps)), schedule(after));
  };
}
