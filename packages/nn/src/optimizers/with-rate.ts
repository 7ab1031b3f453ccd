/** Optimizers that are a transformation, a weight decay and a learning rate. */
import type { Schedule } from '../schedules/schedule.ts';
import { chainFor } from './chain.ts';
import { optimizerFor } from './optimizer.ts';
import { scaleByLearningRateFor } from './scaling.ts';
import type { Optimizer, Transformation } from './types.ts';

export interface RateOptions {
  /** The step size: a number, or a schedule that returns it for each step. */
  readonly learningRate: number | Schedule;
}

export interface DefaultRateOptions {
  /** The step size: a number, or a schedule that returns it for each step. Default 0.001. */
  readonly learningRate?: number | Schedule;
}

/** Makes an optimizer of transformations with the memory S, followed by a learning rate. */
export const withRate = <S>(
  op: string,
  learningRate: number | Schedule,
  ...directions: readonly Transformation[]
): Optimizer<S> =>
  optimizerFor(op, chainFor<S>(op, [...directions, scaleByLearningRateFor(op, learningRate)]));
