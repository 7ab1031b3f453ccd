/** Transformations that multiply updates by a factor, or replace them without a state. */
import { add, mul, neg, sign, tree, zerosLike } from '@mini/autograd';
import { asOp, checkFunction, checkNumber } from '@mini/autograd/check';
import { rateOf, type Schedule } from '../schedules/schedule.ts';
import { checkRate } from './checks.ts';
import { checkArguments, makeTransformation } from './transformation.ts';
import type { NoMemory, StepMemory, Transformation } from './types.ts';

const scaleFor = (op: string, factor: number): Transformation<NoMemory> =>
  makeTransformation<NoMemory>(op, {}, (gradients, state) => [
    tree.map((g) => mul(factor, g), gradients),
    state,
  ]);

const scaleByScheduleFor = (
  op: string,
  schedule: Schedule,
  direction: 1 | -1,
): Transformation<StepMemory> => {
  const update = `${op}.update`;
  return {
    init: makeTransformation<StepMemory>(op, { step: 0 }, (gradients, state) => [gradients, state]).init,
    update: (gradients, state, params) => {
      const { step } = checkArguments(update, ['step'], gradients, state, params);
      // Called outside asOp, so that errors of the schedule, a function of the caller, are not
      // renamed.
      const rate = rateOf(update, schedule, step);
      return asOp(update, () => {
        const factor = direction === 1 ? rate : neg(rate);
        return [tree.map((g) => mul(factor, g), gradients), { step: add(step, 1) }];
      });
    },
  };
};

/** `scaleByLearningRate` whose errors start with `op`. */
export const scaleByLearningRateFor = (
  op: string,
  learningRate: number | Schedule,
): Transformation<NoMemory> => {
  checkRate(op, learningRate);
  return typeof learningRate === 'number'
    ? scaleFor(op, -learningRate)
    : scaleByScheduleFor(op, learningRate, -1);
};

/**
 * Returns the gradients unchanged. Mirrors optax.identity.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(identity());
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [4, -2]
 */
export function identity(): Transformation<NoMemory> {
  return makeTransformation<NoMemory>('identity', {}, (gradients, state) => [gradients, state]);
}

/**
 * Replaces the gradients with zeros: with `masked`, it freezes parameters.
 *
 * Mirrors optax.set_to_zero.
 *
 * @example
 * const frozen = masked(setToZero(), { body: true, head: false });
 * const { init, update } = optimizer(chain(frozen, sgd({ learningRate: 1 })));
 * const params = { body: tensor(5), head: tensor(5) };
 * const [next] = update(params, params, init(params));
 * console.log(next.body.item(), next.head.item()); // → 5 0
 */
export function setToZero(): Transformation<NoMemory> {
  return makeTransformation<NoMemory>('setToZero', {}, (gradients, state) => [
    tree.map(zerosLike, gradients),
    state,
  ]);
}

/**
 * Multiplies the gradients by `factor`. Mirrors optax.scale.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scale(-0.1));
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.7, 2.4]
 */
export function scale(factor: number): Transformation<NoMemory> {
  return scaleFor('scale', checkNumber('scale', 'factor', factor));
}

/**
 * Multiplies the gradients by the value of the schedule at the step.
 *
 * Mirrors optax.scale_by_schedule.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleBySchedule(() => tensor(-0.1)));
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.7, 2.4]
 */
export function scaleBySchedule(schedule: Schedule): Transformation<StepMemory> {
  checkFunction('scaleBySchedule', 'schedule', schedule);
  return scaleByScheduleFor('scaleBySchedule', schedule, 1);
}

/**
 * Multiplies the gradients by -learningRate, so that adding them to parameters reduces the loss.
 *
 * The rate is a number, or a schedule of the step. Mirrors optax.scale_by_learning_rate.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleByLearningRate(0.1));
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.7, 2.4]
 */
export function scaleByLearningRate(learningRate: number | Schedule): Transformation<NoMemory> {
  return scaleByLearningRateFor('scaleByLearningRate', learningRate);
}

/** `scaleBySign` whose errors start with `op`. */
export const scaleBySignFor = (op: string): Transformation<NoMemory> =>
  makeTransformation<NoMemory>(op, {}, (gradients, state) => [tree.map(sign, gradients), state]);

/**
 * Replaces each element of the gradients with its sign. Mirrors optax.scale_by_sign.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(chain(scaleBySign(), scale(-0.1)));
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.9, 2.1]
 */
export function scaleBySign(): Transformation<NoMemory> {
  return scaleBySignFor('scaleBySign');
}
