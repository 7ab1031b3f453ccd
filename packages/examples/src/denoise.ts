/** Removes noise from a cosine, with one hidden layer: plain functions on a plain object. */
import {
  add,
  cos,
  jit,
  linspace,
  matmul,
  mean,
  mul,
  random,
  type Shape,
  sigmoid,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
  tree,
  valueAndGrad,
} from '@mini/autograd';
import { checkFinite } from './finite.ts';

export const SAMPLES = 200;

/** W1 [m, n], W2 [n, m] and b [m] of a network with n inputs and outputs and m hidden neurons. */
export interface DenoiserParams {
  readonly W1: Tensor;
  readonly W2: Tensor;
  readonly b: Tensor;
}

export interface DenoiseSettings {
  readonly seed: number;
  /** Standard deviation of the noise. */
  readonly noise: number;
  /** Period of the cosine, on an axis from -3π to 3π. */
  readonly period: number;
  /** Number of hidden neurons. */
  readonly hidden: number;
  readonly learningRate: number;
  readonly updates: number;
}

export const DENOISE_DEFAULTS: DenoiseSettings = {
  seed: 42,
  noise: 1,
  period: 2 * Math.PI,
  hidden: 10,
  learningRate: 0.01,
  updates: 100,
};

/** The times of the 200 samples, from -3π to 3π. */
export const sampleTimes = (): Tensor => linspace(-3 * Math.PI, 3 * Math.PI, SAMPLES);

/** cos(2πt / period) at the times of the samples. */
export const cleanCosine = (period: number, phase: number = 0): Tensor => {
  const times = phase === 0 ? sampleTimes() : add(sampleTimes(), phase * period);
  return cos(mul(times, (2 * Math.PI) / period));
};

/** Adds normally distributed noise of standard deviation `noise` to a signal. */
export const addNoise = (key: random.Key, signal: Tensor, noise: number): Tensor =>
  add(signal, mul(random.normal(key, signal.shape), noise));

/** Returns uniform weights in [-0.1, 0.1), each from its own key. */
export const initDenoiser = (key: random.Key, inputs: number, hidden: number): DenoiserParams => {
  const [key1, key2, keyB] = random.split(key, 3);
  const weights = (k: random.Key, shape: Shape): Tensor =>
    random.uniform(k, shape, { minval: -0.1, maxval: 0.1 });
  return {
    W1: weights(key1, [hidden, inputs]),
    W2: weights(key2, [inputs, hidden]),
    b: weights(keyB, [hidden]),
  };
};

/** W2·sigmoid(W1·x + b) for a signal [n] or a batch of them [batch, n]. */
export const net = ({ W1, W2, b }: DenoiserParams, x: Tensor): Tensor =>
  matmul(sigmoid(matmul(x, transpose(W1)).add(b)), transpose(W2));

/** ½ Σ (y - h)² */
export const cost = (y: Tensor, h: Tensor): Tensor => mul(sum(square(sub(y, h))), 0.5);

/** The cost of the network's output for input x and target y. */
export const netCost = (params: DenoiserParams, x: Tensor, y: Tensor): Tensor => cost(y, net(params, x));

/** The root mean square error, √ mean (y - h)². */
export const rootMeanSquareError = (y: Tensor, h: Tensor): number => sqrt(mean(square(sub(y, h)))).item();

export interface DenoiseState {
  readonly update: number;
  /** The cost before this update. */
  readonly cost: number;
  /** The parameters after this update. */
  readonly params: DenoiserParams;
}

/**
 * Trains by gradient descent, with new noise in every update; yields after each.
 *
 * Throws a NonFiniteError if an update produces NaN or an infinity.
 */
export function* trainDenoiser(settings: DenoiseSettings): Generator<DenoiseState, DenoiserParams> {
  const [initKey, noiseKey] = random.split(random.key(settings.seed), 2);
  const clean = cleanCosine(settings.period);
  const costAndGradients = valueAndGrad(netCost);
  const step = checkFinite(
    jit(function update(params: DenoiserParams, key: random.Key) {
      const noisy = addNoise(key, clean, settings.noise);
      const [value, gradients] = costAndGradients(params, noisy, clean);
      return {
        cost: value,
        params: tree.map((w, g) => w.sub(g.mul(settings.learningRate)), params, gradients),
      };
    }),
  );
  let params = initDenoiser(initKey, SAMPLES, settings.hidden);
  for (let update = 0; update < settings.updates; update++) {
    const result = step(params, random.foldIn(noiseKey, update));
    params = result.params;
    yield { update, cost: result.cost.item(), params };
  }
  return params;
}
