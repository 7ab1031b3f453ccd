/** Optimizers that divide each gradient by the root of a sum or mean of its squares. */
import {
  add,
  div,
  greater,
  mul,
  rsqrt,
  sqrt,
  square,
  sub,
  type Tensor,
  tree,
  where,
  maximum,
} from '@mini/autograd';
import { checkBoolean, checkNotNegative, checkOptions } from '@mini/autograd/check';
import { checkFraction } from '../checks.ts';
import { chainFor } from './chain.ts';
import { runningMean, runningSquare } from './moments.ts';
import { type MomentumMemory, traceFor } from './momentum.ts';
import { optimizerFor } from './optimizer.ts';
import { scaleByLearningRateFor } from './scaling.ts';
import { makeTransformation } from './transformation.ts';
import { type RateOptions, withRate } from './with-rate.ts';
import type { Optimizer, Transformation } from './types.ts';

/** The memory of RMSProp and AdaGrad: a mean or sum of the squared gradients. */
export interface SquareMemory {
  readonly square: true;
}

export interface ScaleByRmsOptions {
  /** Decay rate of the running mean of the squared gradients. Default 0.9. */
  readonly decay?: number;
  /** Added to the denominator. Default 1e-8. */
  readonly epsilon?: number;
  /** The first value of the running mean. Default 0. */
  readonly initialScale?: number;
  /** Whether epsilon is added inside the square root. Default true, unlike in PyTorch. */
  readonly epsilonInSqrt?: boolean;
}

const RMS_OPTIONS = ['decay', 'epsilon', 'initialScale', 'epsilonInSqrt'] as const;

/** Returns 1/√(v + epsilon), or 1/(√v + epsilon). */
type Inverse = (v: Tensor) => Tensor;

const readRms = (
  op: string,
  options: ScaleByRmsOptions,
): { readonly decay: number; readonly initialScale: number; readonly inverse: Inverse } => {
  const { decay = 0.9, epsilon = 1e-8, initialScale = 0, epsilonInSqrt = true } = options;
  checkFraction(op, 'decay', decay);
  checkNotNegative(op, 'epsilon', epsilon);
  checkNotNegative(op, 'initialScale', initialScale);
  checkBoolean(op, 'epsilonInSqrt', epsilonInSqrt);
  const inverse: Inverse = epsilonInSqrt
    ? (v) => rsqrt(add(v, epsilon))
    : (v) => div(1, add(sqrt(v), epsilon));
  return { decay, initialScale, inverse };
};

const scaleByRmsFor = (op: string, options: ScaleByRmsOptions): Transformation<SquareMemory> => {
  const { decay, initialScale, inverse } = readRms(op, options);
  return makeTransformation<SquareMemory>(op, { square: initialScale }, (gradients, state) => {
    const squares = runningSquare(decay, state.square, gradients);
    return [tree.map((g, v) => mul(inverse(v), g), gradients, squares), { square: squares }];
  });
};

/**
 * Divides gradients by the root of the running mean of their squares.
 *
 * Mirrors optax.scale_by_rms.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleByRms());
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [4.1623, -1.1623]
 */
export function scaleByRms(options: ScaleByRmsOptions = {}): Transformation<SquareMemory> {
  return scaleByRmsFor('scaleByRms', checkOptions('scaleByRms', options, RMS_OPTIONS));
}

/** The memory of `scaleByStddev`: running means of the gradients and of their squares. */
export interface StddevMemory extends SquareMemory {
  readonly mean: true;
}

const scaleByStddevFor = (op: string, options: ScaleByRmsOptions): Transformation<StddevMemory> => {
  const { decay, initialScale, inverse } = readRms(op, options);
  const start = { mean: 0, square: initialScale };
  return makeTransformation<StddevMemory>(op, start, (gradients, state) => {
    const mean = runningMean(decay, state.mean, gradients);
    const squares = runningSquare(decay, state.square, gradients);
    // A variance is not negative, but rounding can make this difference so.
    const varianceOf = (m: Tensor, v: Tensor): Tensor => maximum(0, sub(v, square(m)));
    const scaled = (g: Tensor, m: Tensor, v: Tensor): Tensor => mul(inverse(varianceOf(m, v)), g);
    return [tree.map(scaled, gradients, mean, squares), { mean, square: squares }];
  });
};

/**
 * Divides gradients by their running standard deviation.
 *
 * Mirrors optax.scale_by_stddev.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleByStddev());
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [4.3333, -1.3333]
 */
export function scaleByStddev(options: ScaleByRmsOptions = {}): Transformation<StddevMemory> {
  return scaleByStddevFor('scaleByStddev', checkOptions('scaleByStddev', options, RMS_OPTIONS));
}

export interface RmspropOptions extends ScaleByRmsOptions, RateOptions {
  /** Whether to divide by the standard deviation of the gradients. Default false. */
  readonly centered?: boolean;
  /** The fraction of the last velocity that is kept. Default 0. */
  readonly momentum?: number;
  /** Whether to use Nesterov momentum. Default false. */
  readonly nesterov?: boolean;
}

/**
 * RMSProp: divides gradients by the root of the running mean of their squares.
 *
 * Momentum applies to the steps, after they are multiplied by the learning rate, as in optax.
 * Source: Tieleman and Hinton 2012,
 * https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = rmsprop({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.6838, 2.3162]
 */
export function rmsprop(options: RmspropOptions & { readonly momentum?: 0 }): Optimizer<SquareMemory>;
export function rmsprop(options: RmspropOptions): Optimizer<SquareMemory & MomentumMemory>;
export function rmsprop(options: RmspropOptions): Optimizer<SquareMemory> {
  const op = 'rmsprop';
  const {
    learningRate,
    centered = false,
    momentum = 0,
    nesterov = false,
    ...rest
  } = checkOptions(op, options, [...RMS_OPTIONS, 'learningRate', 'centered', 'momentum', 'nesterov']);
  const rate = scaleByLearningRateFor(op, learningRate);
  checkBoolean(op, 'centered', centered);
  checkFraction(op, 'momentum', momentum);
  checkBoolean(op, 'nesterov', nesterov);
  const direction = centered ? scaleByStddevFor(op, rest) : scaleByRmsFor(op, rest);
  const velocity: readonly Transformation[] = momentum === 0 ? [] : [traceFor(op, momentum, nesterov)];
  return optimizerFor(op, chainFor<SquareMemory>(op, [direction, rate, ...velocity]));
}

export interface ScaleByRssOptions {
  /** The first value of the sum of the squared gradients. Default 0.1. */
  readonly initialAccumulatorValue?: number;
  /** Added to the sum in the denominator. Default 1e-7. */
  readonly epsilon?: number;
}

const scaleByRssFor = (op: string, options: ScaleByRssOptions): Transformation<SquareMemory> => {
  const { initialAccumulatorValue = 0.1, epsilon = 1e-7 } = options;
  checkNotNegative(op, 'initialAccumulatorValue', initialAccumulatorValue);
  checkNotNegative(op, 'epsilon', epsilon);
  const inverse = (s: Tensor): Tensor => where(greater(s, 0), rsqrt(add(s, epsilon)), 0);
  const start = { square: initialAccumulatorValue };
  return makeTransformation<SquareMemory>(op, start, (gradients, state) => {
    const sums = tree.map((s, g) => add(square(g), s), state.square, gradients);
    return [tree.map((g, s) => mul(inverse(s), g), gradients, sums), { square: sums }];
  });
};

/**
 * Divides gradients by the root of the sum of their squares so far.
 *
 * Mirrors optax.scale_by_rss.
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = optimizer(scaleByRss());
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [1.9945, 1.0031]
 */
export function scaleByRss(options: ScaleByRssOptions = {}): Transformation<SquareMemory> {
  const known = ['initialAccumulatorValue', 'epsilon'] as const;
  return scaleByRssFor('scaleByRss', checkOptions('scaleByRss', options, known));
}

export interface AdagradOptions extends ScaleByRssOptions, RateOptions {}

/**
 * AdaGrad: the steps of a parameter shrink as the sum of its squared gradients grows.
 *
 * Source: Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html
 *
 * @example
 * const params = { w: tensor([1, 2]) };
 * const { init, update } = adagrad({ learningRate: 0.1 });
 * const [next] = update(params, { w: tensor([3, -4]) }, init(params));
 * console.log(next.w); // → Tensor [2] [0.9006, 2.0997]
 */
export function adagrad(options: AdagradOptions): Optimizer<SquareMemory> {
  const known = ['learningRate', 'initialAccumulatorValue', 'epsilon'] as const;
  const { learningRate, ...rest } = checkOptions('adagrad', options, known);
  return withRate('adagrad', learningRate, scaleByRssFor('adagrad', rest));
}
