/** Optimizers as pairs of pure functions: `init` makes the state, `update` gives new parameters and the new state. */
import {
  add,
  div,
  type Tensor,
  mul,
  pow,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  tree,
  minimum,
  zeros,
  zerosLike,
} from '@mini/autograd';
import type { Schedule } from './schedules.ts';

/** An optimizer with a state of type S<P> for parameters P; the state is a tree of tensors. */
export interface Optimizer<S> {
  init<P>(params: P): State<S, P>;
  /** The parameters after one step along `gradients`, and the state after it. */
  update<P>(params: P, gradients: NoInfer<P>, state: State<S, P>): [P, State<S, P>];
}

/** The state: the number of steps taken, and for each name in S a tree of the form of the parameters. */
export type State<S, P> = { readonly step: Tensor } & { readonly [K in keyof S]: P };

/** The state of an optimizer that remembers nothing but the step. */
export type NoMemory = Readonly<Record<never, never>>;

const rateAt = (learningRate: number | Schedule, step: Tensor): Tensor | number =>
  typeof learningRate === 'number' ? learningRate : learningRate(step);

const checkRate = (op: string, learningRate: unknown): void => {
  if (typeof learningRate === 'function') return;
  if (typeof learningRate !== 'number') {
    throw new TypeError(`${op}: learningRate must be a number or a schedule: ${String(learningRate)}`);
  }
  if (!(learningRate >= 0 && learningRate < Infinity)) {
    throw new RangeError(`${op}: learningRate must be finite and not negative: ${learningRate}`);
  }
};

const checkFraction = (op: string, what: string, value: number): void => {
  if (!(value >= 0 && value < 1)) throw new RangeError(`${op}: ${what} must be in [0, 1): ${value}`);
};

export interface SgdOptions {
  readonly learningRate: number | Schedule;
  /** The part of the last step's velocity that is kept; default 0. */
  readonly momentum?: number;
  /** Nesterov's variant of momentum; default false. */
  readonly nesterov?: boolean;
  /** Adds weightDecay · w to the gradient of each parameter w; default 0. */
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent: v ← momentum·v + g, w ← w - rate·v (with `nesterov` w ← w - rate·(momentum·v + g)), as optax.sgd and
 * torch.optim.SGD. Without momentum there is no velocity in the state.
 */
export function sgd(options: SgdOptions & { readonly momentum?: 0 }): Optimizer<NoMemory>;
export function sgd(options: SgdOptions): Optimizer<{ velocity: true }>;
export function sgd(options: SgdOptions): Optimizer<NoMemory> | Optimizer<{ velocity: true }> {
  const { learningRate, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  checkRate('sgd', learningRate);
  checkFraction('sgd', 'momentum', momentum);
  const decayed = (w: Tensor, g: Tensor): Tensor => (weightDecay === 0 ? g : add(g, mul(weightDecay, w)));
  if (momentum === 0) {
    return {
      init: () => ({ step: zeros([]) }),
      update(params, gradients, { step }) {
        const rate = rateAt(learningRate, step);
        return [
          tree.map((w, g) => sub(w, mul(rate, decayed(w, g))), params, gradients),
          { step: add(step, 1) },
        ];
      },
    } satisfies Optimizer<NoMemory>;
  }
  return {
    init: (params) => ({ step: zeros([]), velocity: tree.map(zerosLike, params) }),
    update(params, gradients, { step, velocity }) {
      const rate = rateAt(learningRate, step);
      const decayedGradients = tree.map(decayed, params, gradients);
      const next = tree.map((v, g) => add(mul(momentum, v), g), velocity, decayedGradients);
      const direction = nesterov
        ? tree.map((v, g) => add(mul(momentum, v), g), next, decayedGradients)
        : next;
      return [
        tree.map((w, d) => sub(w, mul(rate, d)), params, direction),
        { step: add(step, 1), velocity: next },
      ];
    },
  } satisfies Optimizer<{ velocity: true }>;
}

export interface AdamOptions {
  /** Default 0.001. */
  readonly learningRate?: number | Schedule;
  /** Decay of the running mean of gradients; default 0.9. */
  readonly beta1?: number;
  /** Decay of the running mean of their squares; default 0.999. */
  readonly beta2?: number;
  /** Added to the root in the denominator; default 1e-8. */
  readonly epsilon?: number;
}

interface AdamMemory {
  readonly mean: true;
  readonly square: true;
}

/** Adam (https://arxiv.org/abs/1412.6980): steps of about the learning rate, whatever the scale of the gradients. */
export function adam(options: AdamOptions = {}): Optimizer<AdamMemory> {
  return adamWithDecay('adam', options, 0);
}

export interface AdamWOptions extends AdamOptions {
  /** Default 1e-4, as in optax. */
  readonly weightDecay?: number;
}

/** Adam with decoupled weight decay (https://arxiv.org/abs/1711.05101): w ← w - rate·(adam step + weightDecay·w). */
export function adamw({ weightDecay = 1e-4, ...options }: AdamWOptions = {}): Optimizer<AdamMemory> {
  return adamWithDecay('adamw', options, weightDecay);
}

const adamWithDecay = (op: string, options: AdamOptions, weightDecay: number): Optimizer<AdamMemory> => {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  checkRate(op, learningRate);
  checkFraction(op, 'beta1', beta1);
  checkFraction(op, 'beta2', beta2);
  return {
    init: (params) => ({
      step: zeros([]),
      mean: tree.map(zerosLike, params),
      square: tree.map(zerosLike, params),
    }),
    update(params, gradients, state) {
      const rate = rateAt(learningRate, state.step);
      const step = add(state.step, 1);
      const mean = tree.map((m, g) => add(mul(beta1, m), mul(1 - beta1, g)), state.mean, gradients);
      const squares = tree.map(
        (v, g) => add(mul(beta2, v), mul(1 - beta2, square(g))),
        state.square,
        gradients,
      );
      // Both running means start at zero and are too small at first.
      const correction1 = sub(1, pow(beta1, step));
      const correction2 = sub(1, pow(beta2, step));
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
    },
  };
};

/** √Σx² over all leaves of a tree. */
export function globalNorm(gradients: unknown): Tensor {
  return sqrt(tree.reduce((total, leaf) => add(total, sum(square(leaf))), gradients, tensor(0)));
}

/** The gradients scaled down, all by the same factor, so that their global norm is at most `maxNorm` (https://arxiv.org/abs/1211.5063). */
export function clipByGlobalNorm<P>(gradients: P, maxNorm: number): P {
  if (!(maxNorm > 0)) throw new RangeError(`clipByGlobalNorm: maxNorm must be positive: ${maxNorm}`);
  // For a norm of 0 the quotient is infinite, and the factor 1.
  const factor = minimum(div(maxNorm, globalNorm(gradients)), 1);
  return tree.map((g) => mul(g, factor), gradients);
}
