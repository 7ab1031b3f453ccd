/**
 * Optimizers as pairs of pure functions.
 *
 * `init` returns the state. `update` returns the new parameters and the new state.
 */
import {
  add,
  div,
  type Tensor,
  expm1,
  mul,
  neg,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  tree,
  maximum,
  zeros,
  zerosLike,
} from '@mini/autograd';
import {
  asOp,
  checkBoolean,
  checkNotNegative,
  checkNumber,
  checkObject,
  checkOptions,
  checkTensor,
  checkedCount,
  describe,
  formatShape,
  rangeError,
  typeError,
} from '@mini/autograd/check';
import type { Schedule } from './schedules.ts';
import { forTree } from './trees.ts';

/** An optimizer for parameters of type P, with a state of type State<S, P>. */
export interface Optimizer<S> {
  /** Returns the state before the first step. */
  init<P>(params: P): State<S, P>;
  /** Returns the parameters and the state after one step along `gradients`. */
  update<P>(params: P, gradients: NoInfer<P>, state: State<S, P>): [P, State<S, P>];
}

/**
 * The state of an optimizer, a tree of tensors.
 *
 * `step` is the number of steps taken. For each name in S there is a tree of the same structure as
 * the parameters.
 */
export type State<S, P> = { readonly step: Tensor } & { readonly [K in keyof S]: P };

/** The memory of an optimizer whose state is only the step. */
export type NoMemory = Readonly<Record<never, never>>;

const rateAt = (op: string, learningRate: number | Schedule, step: Tensor): Tensor | number => {
  if (typeof learningRate === 'number') return learningRate;
  const given: unknown = learningRate(step);
  if (typeof given === 'number') return given;
  const rate = checkTensor(op, 'result of the schedule', given);
  if (rate.ndim !== 0)
    throw rangeError(
      op,
      `result of the schedule is not a scalar: expected shape [], got ${formatShape(rate.shape)}`,
    );
  return rate;
};

const checkRate = (op: string, learningRate: unknown): void => {
  if (typeof learningRate === 'function') return;
  if (typeof learningRate !== 'number') {
    throw typeError(
      op,
      `learningRate is not a rate: expected a number or a schedule, got ${describe(learningRate)}`,
    );
  }
  checkNotNegative(op, 'learningRate', learningRate);
};

const checkFraction = (op: string, what: string, value: unknown): void => {
  checkNumber(op, what, value, 'a number in [0, 1)', (part) => part >= 0 && part < 1);
};

/**
 * Throws unless `other` has the same structure as the parameters and leaves of the same shapes.
 *
 * Leaves of other shapes could broadcast, which would change the shapes of the parameters.
 */
const checkLike = (op: string, what: string, params: unknown, other: unknown): void => {
  const check = (path: string, w: Tensor, x: Tensor): Tensor => {
    if (formatShape(w.shape) === formatShape(x.shape)) return w;
    const where = path === '' ? '' : ` at ${path}`;
    throw rangeError(
      op,
      `${what} and params have different shapes${where}: expected ${formatShape(w.shape)}, got ${formatShape(x.shape)}`,
    );
  };
  forTree(op, what, () => tree.mapWithPath(check, params, other));
};

/**
 * Returns the number of steps taken.
 *
 * Throws a RangeError if float32 cannot represent step + 1, in a compiled function when it runs.
 */
const checkStep = (op: string, state: unknown): Tensor => {
  // optax takes (gradients, state, params): the error names the order of this package.
  checkObject(op, 'state in (params, gradients, state)', state);
  const step = checkTensor(
    op,
    'state.step in (params, gradients, state)',
    (state as { step?: unknown }).step,
  );
  if (step.ndim !== 0)
    throw rangeError(op, `step is not a scalar: expected shape [], got ${formatShape(step.shape)}`);
  return checkedCount(op, 'step', step);
};

export interface SgdOptions {
  /** The step size: a number, or a schedule that returns it for each step. */
  readonly learningRate: number | Schedule;
  /** The fraction of the last velocity that is kept. Default 0. */
  readonly momentum?: number;
  /** Whether to use Nesterov momentum. Default false. */
  readonly nesterov?: boolean;
  /** Adds weightDecay · w to the gradient of each parameter w. Default 0. */
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent: v ← momentum·v + g, w ← w - rate·v.
 *
 * With `nesterov`, the second formula is w ← w - rate·(momentum·v + g). Both are those of optax.sgd
 * and torch.optim.SGD. Without momentum, the state contains no velocity.
 */
export function sgd(options: SgdOptions & { readonly momentum?: 0 }): Optimizer<NoMemory>;
export function sgd(options: SgdOptions): Optimizer<MomentumMemory>;
export function sgd(options: SgdOptions): Optimizer<NoMemory> | Optimizer<MomentumMemory> {
  const {
    learningRate,
    momentum = 0,
    nesterov = false,
    weightDecay = 0,
  } = checkOptions('sgd', options, ['learningRate', 'momentum', 'nesterov', 'weightDecay']);
  checkRate('sgd', learningRate);
  checkFraction('sgd', 'momentum', momentum);
  checkBoolean('sgd', 'nesterov', nesterov);
  checkNotNegative('sgd', 'weightDecay', weightDecay);
  const [init, update] = ['sgd.init', 'sgd.update'];
  const addDecay = (w: Tensor, g: Tensor): Tensor => (weightDecay === 0 ? g : add(g, mul(weightDecay, w)));
  if (momentum === 0) {
    return {
      init(params) {
        checkLike(init, 'params', params, params);
        return { step: zeros([]) };
      },
      update(params, gradients, state) {
        const step = checkStep(update, state);
        checkLike(update, 'gradients', params, gradients);
        const rate = rateAt(update, learningRate, step);
        return asOp(update, () => [
          tree.map((w, g) => sub(w, mul(rate, addDecay(w, g))), params, gradients),
          { step: add(step, 1) },
        ]);
      },
    } satisfies Optimizer<NoMemory>;
  }
  return {
    init(params) {
      checkLike(init, 'params', params, params);
      return asOp(init, () => ({ step: zeros([]), velocity: tree.map(zerosLike, params) }));
    },
    update(params, gradients, state) {
      const step = checkStep(update, state);
      const { velocity } = state;
      checkLike(update, 'gradients', params, gradients);
      checkLike(update, 'velocity', params, velocity);
      const rate = rateAt(update, learningRate, step);
      return asOp(update, () => {
        const decayedGradients = tree.map(addDecay, params, gradients);
        const next = tree.map((v, g) => add(mul(momentum, v), g), velocity, decayedGradients);
        const direction = nesterov
          ? tree.map((v, g) => add(mul(momentum, v), g), next, decayedGradients)
          : next;
        return [
          tree.map((w, d) => sub(w, mul(rate, d)), params, direction),
          { step: add(step, 1), velocity: next },
        ];
      });
    },
  } satisfies Optimizer<MomentumMemory>;
}

export interface AdamOptions {
  /** The step size: a number, or a schedule that returns it for each step. Default 0.001. */
  readonly learningRate?: number | Schedule;
  /** Decay rate of the running mean of the gradients. Default 0.9. */
  readonly beta1?: number;
  /** Decay rate of the running mean of the squared gradients. Default 0.999. */
  readonly beta2?: number;
  /** Added to the square root in the denominator. Default 1e-8. */
  readonly epsilon?: number;
}

const ADAM_OPTIONS = ['learningRate', 'beta1', 'beta2', 'epsilon'] as const;

/** The memory of Adam: running means of the gradients and of their squares, for each parameter. */
export interface AdamMemory {
  readonly mean: true;
  readonly square: true;
}

/** The memory of gradient descent with momentum: the velocity of each parameter. */
export interface MomentumMemory {
  readonly velocity: true;
}

/**
 * Adam: steps of about the learning rate, regardless of the scale of the gradients.
 *
 * Source: Kingma and Ba 2015, https://arxiv.org/abs/1412.6980
 */
export function adam(options: AdamOptions = {}): Optimizer<AdamMemory> {
  return adamWithDecay('adam', checkOptions('adam', options, ADAM_OPTIONS), 0);
}

export interface AdamWOptions extends AdamOptions {
  /** Adds weightDecay · w to the step of each parameter w. Default 1e-4, as in optax. */
  readonly weightDecay?: number;
}

/**
 * Adam with decoupled weight decay: w ← w - rate·(step of Adam + weightDecay·w).
 *
 * Source: Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101
 */
export function adamw(options: AdamWOptions = {}): Optimizer<AdamMemory> {
  const { weightDecay = 1e-4, ...rest } = checkOptions('adamw', options, [...ADAM_OPTIONS, 'weightDecay']);
  return adamWithDecay('adamw', rest, weightDecay);
}

/** Returns 1 - betaⁿ, computed without cancellation. */
const oneMinusPower = (beta: number, n: Tensor): Tensor => neg(expm1(mul(n, Math.log(beta))));

const adamWithDecay = (op: string, options: AdamOptions, weightDecay: number): Optimizer<AdamMemory> => {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  checkRate(op, learningRate);
  checkFraction(op, 'beta1', beta1);
  checkFraction(op, 'beta2', beta2);
  // Rounded to float32 as in the kernels, so that the means and their corrections decay at the same
  // rate. 1 - decay is then exact.
  const [decay1, decay2] = [Math.fround(beta1), Math.fround(beta2)];
  checkNotNegative(op, 'epsilon', epsilon);
  checkNotNegative(op, 'weightDecay', weightDecay);
  const [init, update] = [`${op}.init`, `${op}.update`];
  return {
    init(params) {
      checkLike(init, 'params', params, params);
      return asOp(init, () => ({
        step: zeros([]),
        mean: tree.map(zerosLike, params),
        square: tree.map(zerosLike, params),
      }));
    },
    update(params, gradients, state) {
      const taken = checkStep(update, state);
      const { mean: lastMean, square: lastSquare } = state;
      checkLike(update, 'gradients', params, gradients);
      checkLike(update, 'mean', params, lastMean);
      checkLike(update, 'square', params, lastSquare);
      const rate = rateAt(update, learningRate, taken);
      return asOp(update, () => {
        const step = add(taken, 1);
        const mean = tree.map((m, g) => add(mul(decay1, m), mul(1 - decay1, g)), lastMean, gradients);
        const squares = tree.map(
          (v, g) => add(mul(decay2, v), mul(1 - decay2, square(g))),
          lastSquare,
          gradients,
        );
        // Both running means start at zero, so the first ones are too small.
        const correction1 = oneMinusPower(decay1, step);
        const correction2 = oneMinusPower(decay2, step);
        const directions = tree.map(
          (m, v) => div(div(m, correction1), add(sqrt(div(v, correction2)), epsilon)),
          mean,
          squares,
        );
        const next = tree.map(
          (w, d) => sub(w, mul(rate, weightDecay === 0 ? d : add(d, mul(weightDecay, w)))),
          params,
          directions,
        );
        return [next, { step, mean, square: squares }];
      });
    },
  };
};

/** √Σx² over all elements of all leaves of a tree. */
export function globalNorm(gradients: unknown): Tensor {
  checkLike('globalNorm', 'gradients', gradients, gradients);
  return asOp('globalNorm', () =>
    sqrt(tree.reduce((total, leaf) => add(total, sum(square(leaf))), gradients, tensor(0))),
  );
}

/**
 * Scales all gradients by one factor, so that their global norm is at most `maxNorm`.
 *
 * The factor is never greater than 1. Source: Pascanu et al. 2013, https://arxiv.org/abs/1211.5063
 */
export function clipByGlobalNorm<P>(gradients: P, maxNorm: number): P {
  if (typeof maxNorm !== 'number')
    throw typeError(
      'clipByGlobalNorm',
      `maxNorm is not a number: expected one > 0, got ${describe(maxNorm)}`,
    );
  if (!(maxNorm > 0))
    throw rangeError('clipByGlobalNorm', `maxNorm is not positive: expected a number > 0, got ${maxNorm}`);
  checkLike('clipByGlobalNorm', 'gradients', gradients, gradients);
  if (maxNorm === Infinity) return gradients;
  // The factor is 1 for norms up to maxNorm. The quotient is never infinite.
  return asOp('clipByGlobalNorm', () => {
    const factor = div(maxNorm, maximum(globalNorm(gradients), maxNorm));
    return tree.map((g) => mul(g, factor), gradients);
  });
}
