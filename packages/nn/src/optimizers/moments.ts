/** Adam and its variants: running means of gradients and of their squares. */
import { add, div, expm1, mul, neg, sqrt, square, type Tensor, tree } from '@mini/autograd';
import { checkBoolean, checkNotNegative } from '@mini/autograd/check';
import { checkFraction } from '../checks.ts';
import { makeTransformation } from './transformation.ts';
import type { StepMemory, Transformation } from './types.ts';

/** The memory of Adam: running means of the gradients and of their squares, for each parameter. */
export interface AdamMemory {
  readonly mean: true;
  readonly square: true;
}

/** Returns 1 - betaⁿ, computed without cancellation. */
export const oneMinusPower = (beta: number, n: Tensor): Tensor => neg(expm1(mul(n, Math.log(beta))));

/** Returns decay · average + (1 - decay) · x for all leaves. */
export const runningMean = <P>(decay: number, average: P, x: NoInfer<P>): P =>
  tree.map((m, g) => add(mul(decay, m), mul(1 - decay, g)), average, x);

/** Returns decay · average + (1 - decay) · x² for all leaves. */
export const runningSquare = <P>(decay: number, average: P, x: NoInfer<P>): P =>
  tree.map((v, g) => add(mul(decay, v), mul(1 - decay, square(g))), average, x);

/** Returns √(x + inside), without the addition if `inside` is 0. */
const rootOf = (x: Tensor, inside: number): Tensor => sqrt(inside === 0 ? x : add(x, inside));

/**
 * Returns a running mean that started at zero, corrected at step n, counted from 1.
 *
 * With `nesterov`, it is the mean one step later, for the same gradients.
 */
export const correctedMean = <P>(
  decay: number,
  n: Tensor,
  average: P,
  gradients: NoInfer<P>,
  nesterov: boolean,
): P => {
  const correction = oneMinusPower(decay, n);
  if (!nesterov) return tree.map((m) => div(m, correction), average);
  const later = oneMinusPower(decay, add(n, 1));
  return tree.map(
    (m, g) => add(mul(decay, div(m, later)), mul(1 - decay, div(g, correction))),
    average,
    gradients,
  );
};

/** The options that Adam and its variants have in common. */
export interface BetaOptions {
  /** Decay rate of the running mean of the gradients. Default 0.9. */
  readonly beta1?: number;
  /** Decay rate of the running mean of the squared gradients. Default 0.999. */
  readonly beta2?: number;
  /** Added to the square root in the denominator. */
  readonly epsilon?: number;
  /** Added inside the square root in the denominator. */
  readonly epsilonRoot?: number;
}

/** The options of Adam and of variants that can use Nesterov momentum. */
export interface MomentOptions extends BetaOptions {
  /** Whether to use Nesterov momentum. Default false. */
  readonly nesterov?: boolean;
}

export const BETA_OPTIONS = ['beta1', 'beta2', 'epsilon', 'epsilonRoot'] as const;
export const MOMENT_OPTIONS: readonly [...typeof BETA_OPTIONS, 'nesterov'] = [...BETA_OPTIONS, 'nesterov'];

/** Checks options, fills in the defaults, and rounds decay rates to float32. */
export const readMoments = (
  op: string,
  options: MomentOptions,
  defaults: Pick<BetaOptions, 'epsilon' | 'epsilonRoot'> = {},
): Required<MomentOptions> => {
  const {
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = defaults.epsilon ?? 1e-8,
    epsilonRoot = defaults.epsilonRoot ?? 0,
    nesterov = false,
  } = options;
  checkFraction(op, 'beta1', beta1);
  checkFraction(op, 'beta2', beta2);
  checkNotNegative(op, 'epsilon', epsilon);
  checkNotNegative(op, 'epsilonRoot', epsilonRoot);
  checkBoolean(op, 'nesterov', nesterov);
  // Rounded to float32 as in the kernels, so that the means and their corrections decay at the same
  // rate. 1 - decay is then exact.
  return { beta1: Math.fround(beta1), beta2: Math.fround(beta2), epsilon, epsilonRoot, nesterov };
};

/** How a variant differs from Adam. */
export interface Variant {
  /** The first value of both running means. Default 0. */
  readonly start?: number;
  /** Returns the next mean of squares. By default, that of the squared gradients. */
  readonly nextSquare?: <P>(last: P, gradients: P, mean: P) => P;
  /**
   * Returns a function from the corrected means to the update, for a step. By default, the quotient
   * of the mean and the root of the square.
   */
  readonly directionAt?: (step: Tensor) => (mean: Tensor, square: Tensor) => Tensor;
}

/** Returns m / (√(v + epsilonRoot) + epsilon). */
export const quotient = (
  m: Tensor,
  v: Tensor,
  { epsilon, epsilonRoot }: Pick<Required<MomentOptions>, 'epsilon' | 'epsilonRoot'>,
): Tensor => div(m, add(rootOf(v, epsilonRoot), epsilon));

/** Adam, or a variant of it. Errors start with `op`. */
export const scaleByMoments = (
  op: string,
  options: Required<MomentOptions>,
  variant: Variant = {},
): Transformation<StepMemory & AdamMemory> => {
  const { beta1, beta2, nesterov } = options;
  const {
    start = 0,
    nextSquare = <P>(last: P, gradients: P): P => runningSquare(beta2, last, gradients),
    directionAt = () => (m, v) => quotient(m, v, options),
  } = variant;
  return makeTransformation<StepMemory & AdamMemory>(
    op,
    { step: 0, mean: start, square: start },
    (gradients, state) => {
      const step = add(state.step, 1);
      const mean = runningMean(beta1, state.mean, gradients);
      const squares = nextSquare(state.square, gradients, mean);
      // Means that start at zero are too small at first, and must be corrected.
      const correction = oneMinusPower(beta2, step);
      const direction = directionAt(step);
      const updates = tree.map(
        (m, v) => direction(m, div(v, correction)),
        correctedMean(beta1, step, mean, gradients, nesterov),
        squares,
      );
      return [updates, { step, mean, square: squares }];
    },
  );
};
