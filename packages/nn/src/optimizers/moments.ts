/** Formulas that several optimizers share. */
import { add, div, expm1, mul, neg, sqrt, square, type Tensor, tree } from '@mini/autograd';
import { checkBoolean, checkNotNegative } from '@mini/autograd/check';
import { checkFraction } from './checks.ts';

/** Returns 1 - betaⁿ, computed without cancellation. */
export const oneMinusPower = (beta: number, n: Tensor): Tensor => neg(expm1(mul(n, Math.log(beta))));

/** Returns decay · average + (1 - decay) · x for all leaves. */
export const runningMean = <P>(decay: number, average: P, x: NoInfer<P>): P =>
  tree.map((m, g) => add(mul(decay, m), mul(1 - decay, g)), average, x);

/** Returns decay · average + (1 - decay) · x² for all leaves. */
export const runningSquare = <P>(decay: number, average: P, x: NoInfer<P>): P =>
  tree.map((v, g) => add(mul(decay, v), mul(1 - decay, square(g))), average, x);

/** Returns √(x + inside), without the addition if `inside` is 0. */
export const rootOf = (x: Tensor, inside: number): Tensor => sqrt(inside === 0 ? x : add(x, inside));

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
export interface MomentOptions {
  /** Decay rate of the running mean of the gradients. Default 0.9. */
  readonly beta1?: number;
  /** Decay rate of the running mean of the squared gradients. Default 0.999. */
  readonly beta2?: number;
  /** Added to the square root in the denominator. */
  readonly epsilon?: number;
  /** Added inside the square root in the denominator. */
  readonly epsilonRoot?: number;
  /** Whether to use Nesterov momentum. Default false. */
  readonly nesterov?: boolean;
}

export const MOMENT_OPTIONS = ['beta1', 'beta2', 'epsilon', 'epsilonRoot', 'nesterov'] as const;

/** Checks options, fills in the defaults, and rounds decay rates to float32. */
export const readMoments = (
  op: string,
  options: MomentOptions,
  defaults: MomentOptions = {},
): Required<MomentOptions> => {
  const {
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = defaults.epsilon ?? 1e-8,
    epsilonRoot = defaults.epsilonRoot ?? 0,
    nesterov = defaults.nesterov ?? false,
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
