/** AdaDelta: steps in the units of the parameters. */
import { add, div, mul, sqrt, type Tensor, tree } from '@mini/autograd';
import { checkNotNegative, checkOptions } from '@mini/autograd/check';
import { checkFraction } from '../checks.ts';
import type { Schedule } from '../schedules/schedule.ts';
import type { Mask } from './mask.ts';
import { runningSquare } from './moments.ts';
import { makeTransformation } from './transformation.ts';
import { addDecayedWeightsFor } from './weight-decay.ts';
import { withRate } from './with-rate.ts';
import type { Optimizer, Transformation } from './types.ts';

/** The memory of AdaDelta: running means of the squared gradients and of the squared steps. */
export interface AdadeltaMemory {
  readonly square: true;
  readonly squaredStep: true;
}

export interface ScaleByAdadeltaOptions {
  /** Decay rate of the running means. Default 0.9. */
  readonly rho?: number;
  /** Added inside both square roots. Default 1e-6. */
  readonly epsilon?: number;
}

export interface AdadeltaOptions extends ScaleByAdadeltaOptions {
  /** The step size: a number, or a schedule that returns it for each step. Default 1. */
  readonly learningRate?: number | Schedule;
  /** Adds weightDecay · w to the gradient of each parameter w. Default 0. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: all. */
  readonly mask?: Mask;
}

const scaleByAdadeltaFor = (op: string, options: ScaleByAdadeltaOptions): Transformation<AdadeltaMemory> => {
  const { rho = 0.9, epsilon = 1e-6 } = options;
  checkFraction(op, 'rho', rho);
  checkNotNegative(op, 'epsilon', epsilon);
  const root = (x: Tensor): Tensor => sqrt(add(x, epsilon));
  const start = { square: 0, squaredStep: 0 };
  return makeTransformation<AdadeltaMemory>(op, start, (gradients, state) => {
    const squares = runningSquare(rho, state.square, gradients);
    const scaled = (g: Tensor, v: Tensor, x: Tensor): Tensor => mul(div(root(x), root(v)), g);
    const updates = tree.map(scaled, gradients, squares, state.squaredStep);
    const squaredStep = runningSquare(rho, state.squaredStep, updates);
    return [updates, { square: squares, squaredStep }];
  });
};

/**
 * Multiplies gradients by the root mean square of the last steps, divided by that of the gradients.
 *
 * Mirrors optax.scale_by_adadelta.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleByAdadelta());
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [1.0032, 1.9968]
 */
export function scaleByAdadelta(options: ScaleByAdadeltaOptions = {}): Transformation<AdadeltaMemory> {
  return scaleByAdadeltaFor('scaleByAdadelta', checkOptions('scaleByAdadelta', options, ['rho', 'epsilon']));
}

/**
 * AdaDelta: adapts the step size without a learning rate.
 *
 * Weight decay (default 0) is added to the gradients before they are scaled, as in optax. Source:
 * Zeiler 2012, https://arxiv.org/abs/1212.5701
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = adadelta();
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.9968, 2.0032]
 */
export function adadelta(options: AdadeltaOptions = {}): Optimizer<AdadeltaMemory> {
  const op = 'adadelta';
  const known = ['learningRate', 'rho', 'epsilon', 'weightDecay', 'mask'] as const;
  const { learningRate = 1, weightDecay = 0, mask, ...rest } = checkOptions(op, options, known);
  const decay = addDecayedWeightsFor(op, weightDecay, mask);
  return withRate(op, learningRate, decay, scaleByAdadeltaFor(op, rest));
}
