/** Optimizers as pairs of pure functions: `init` makes the state, `update` gives new parameters and the new state. */
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
  checkedCount,
  checkNumber,
  checkObject,
  checkOptions,
  checkTensor,
  describe,
  formatShape,
} from '@mini/autograd/check';
import type { Schedule } from './schedules.ts';
import { forTree } from './trees.ts';

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

const rateAt = (op: string, learningRate: number | Schedule, step: Tensor): Tensor | number => {
  if (typeof learningRate === 'number') return learningRate;
  const given: unknown = learningRate(step);
  if (typeof given === 'number') return given;
  const rate = checkTensor(op, 'what the schedule gives', given);
  if (rate.ndim !== 0)
    throw new RangeError(`${op}: the schedule must give a scalar: shape ${formatShape(rate.shape)}`);
  return rate;
};

const checkRate = (op: string, learningRate: unknown): void => {
  if (typeof learningRate === 'function') return;
  if (typeof learningRate !== 'number') {
    throw new TypeError(`${op}: learningRate must be a number or a schedule: ${describe(learningRate)}`);
  }
  checkNumber(op, 'learningRate', learningRate, 'finite and not negative', (rate) => rate >= 0);
};

const checkFraction = (op: string, what: string, value: unknown): void => {
  checkNumber(op, what, value, 'in [0, 1)', (part) => part >= 0 && part < 1);
};

const checkNotNegative = (op: string, what: string, value: unknown): void => {
  checkNumber(op, what, value, 'finite and not negative', (x) => x >= 0);
};

/** Throws unless `other` is a tree like the parameters, with leaves of the same shapes: broadcasting would change those of the parameters. */
const checkLike = (op: string, what: string, params: unknown, other: unknown): void => {
  const check = (path: string, w: Tensor, x: Tensor): Tensor => {
    if (formatShape(w.shape) === formatShape(x.shape)) return w;
    const place = path === '' ? '' : ` at ${path}`;
    throw new RangeError(
      `${op}: ${what} of shape ${formatShape(x.shape)} for a parameter of shape ${formatShape(w.shape)}${place}`,
    );
  };
  forTree(op, what, () => tree.mapWithPath(check, params, other));
};

/** The number of steps taken. Throws a RangeError at run time if float32 cannot hold step + 1. */
const checkStep = (op: string, state: unknown): Tensor => {
  checkObject(op, 'the state', state);
  const step = checkTensor(op, 'step', (state as { step?: unknown }).step);
  if (step.ndim !== 0) throw new RangeError(`${op}: step must be a scalar: shape ${formatShape(step.shape)}`);
  return checkedCount(op, 'step', step);
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
  const decayed = (w: Tensor, g: Tensor): Tensor => (weightDecay === 0 ? g : add(g, mul(weightDecay, w)));
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
          tree.map((w, g) => sub(w, mul(rate, decayed(w, g))), params, gradients),
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
        const decayedGradients = tree.map(decayed, params, gradients);
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
  /** Default 0.001. */
  readonly learningRate?: number | Schedule;
  /** Decay of the running mean of gradients; default 0.9. */
  readonly beta1?: number;
  /** Decay of the running mean of their squares; default 0.999. */
  readonly beta2?: number;
  /** Added to the root in the denominator; default 1e-8. */
  readonly epsilon?: number;
}

const ADAM = ['learningRate', 'beta1', 'beta2', 'epsilon'] as const;

/** What Adam remembers: running means of the gradients and of their squares, for each parameter. */
export interface AdamMemory {
  readonly mean: true;
  readonly square: true;
}

/** What gradient descent with momentum remembers. */
export interface MomentumMemory {
  readonly velocity: true;
}

/** Adam (https://arxiv.org/abs/1412.6980): steps of about the learning rate, whatever the scale of the gradients. */
export function adam(options: AdamOptions = {}): Optimizer<AdamMemory> {
  return adamWithDecay('adam', checkOptions('adam', options, ADAM), 0);
}

export interface AdamWOptions extends AdamOptions {
  /** Default 1e-4, as in optax. */
  readonly weightDecay?: number;
}

/** Adam with decoupled weight decay (https://arxiv.org/abs/1711.05101): w ← w - rate·(adam step + weightDecay·w). */
export function adamw(options: AdamWOptions = {}): Optimizer<AdamMemory> {
  const { weightDecay = 1e-4, ...rest } = checkOptions('adamw', options, [...ADAM, 'weightDecay']);
  return adamWithDecay('adamw', rest, weightDecay);
}

/** 1 - betaⁿ, in a form in which nothing cancels. */
const oneMinusPower = (beta: number, n: Tensor): Tensor => neg(expm1(mul(n, Math.log(beta))));

const adamWithDecay = (op: string, options: AdamOptions, weightDecay: number): Optimizer<AdamMemory> => {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  checkRate(op, learningRate);
  checkFraction(op, 'beta1', beta1);
  checkFraction(op, 'beta2', beta2);
  // As the kernels have them, so that means and corrections decay alike. 1 - decay is exact then.
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
        // Both running means start at zero and are too small at first.
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

/** √Σx² over all leaves of a tree. */
export function globalNorm(gradients: unknown): Tensor {
  checkLike('globalNorm', 'gradients', gradients, gradients);
  return asOp('globalNorm', () =>
    sqrt(tree.reduce((total, leaf) => add(total, sum(square(leaf))), gradients, tensor(0))),
  );
}

/** The gradients scaled down, all by the same factor, so that their global norm is at most `maxNorm` (https://arxiv.org/abs/1211.5063). */
export function clipByGlobalNorm<P>(gradients: P, maxNorm: number): P {
  if (typeof maxNorm !== 'number')
    throw new TypeError(`clipByGlobalNorm: maxNorm must be a number: ${describe(maxNorm)}`);
  if (!(maxNorm > 0)) throw new RangeError(`clipByGlobalNorm: maxNorm must be positive: ${maxNorm}`);
  checkLike('clipByGlobalNorm', 'gradients', gradients, gradients);
  if (maxNorm === Infinity) return gradients;
  // 1 up to the norm; without a quotient that could be infinite.
  return asOp('clipByGlobalNorm', () => {
    const factor = div(maxNorm, maximum(globalNorm(gradients), maxNorm));
    return tree.map((g) => mul(g, factor), gradients);
  });
}
