/** Makes the data of the workloads: the same data for every contender. */
import { cos, linspace, oneHot, random } from '@mini/autograd';

/** A single op on operands. */
export interface OpProblem {
  /** Its name in python/with_numpy.py and python/with_torch.py. */
  readonly op: string;
  readonly shapes: readonly (readonly number[])[];
  readonly arrays: readonly Float32Array[];
}

export interface MatmulProblem {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/**
 * One step of gradient descent of a network with one hidden layer, on one batch.
 *
 * The network has relu and softmax cross-entropy. Biases start at 0.
 */
export interface MnistProblem {
  readonly images: Float32Array;
  /** One-hot. */
  readonly labels: Float32Array;
  readonly w1: Float32Array;
  readonly w2: Float32Array;
  readonly inputs: number;
  readonly hidden: number;
  readonly classes: number;
  readonly batch: number;
  readonly rate: number;
}

/**
 * One step of gradient descent of a convolutional network, on one batch.
 *
 * Twice: a convolution of 3×3 with padding, relu, and the mean of 2×2. Then a hidden layer with
 * relu, and softmax cross-entropy. Images are [batch, size, size, 1], kernels [3, 3, in, out], and
 * biases start at 0.
 */
export interface CnnProblem {
  readonly images: Float32Array;
  /** One-hot. */
  readonly labels: Float32Array;
  readonly k1: Float32Array;
  readonly k2: Float32Array;
  readonly w3: Float32Array;
  readonly w4: Float32Array;
  readonly size: number;
  /** The numbers of channels after each convolution. */
  readonly first: number;
  readonly second: number;
  readonly hidden: number;
  readonly classes: number;
  readonly batch: number;
  readonly rate: number;
}

/** One update of the denoiser W2·sigmoid(W1·x + b). */
export interface CosineProblem {
  readonly noisy: Float32Array;
  readonly clean: Float32Array;
  readonly w1: Float32Array;
  readonly w2: Float32Array;
  readonly b: Float32Array;
  readonly samples: number;
  readonly hidden: number;
  readonly rate: number;
}

const normal = (seed: number, size: number, scale: number = 1): Float32Array =>
  random.normal(random.key(seed), [size]).data.map((x) => x * scale);

export const matmulProblem = (m: number, k: number, n: number): MatmulProblem => ({
  a: normal(1, m * k),
  b: normal(2, k * n),
  m,
  k,
  n,
});

export const mnistProblem = (): MnistProblem => {
  const [inputs, hidden, classes, batch] = [784, 256, 10, 64];
  return {
    images: normal(1, batch * inputs),
    labels: oneHot(random.randint(random.key(2), [batch], 0, classes), classes).data,
    w1: normal(3, inputs * hidden, 1 / Math.sqrt(inputs)),
    w2: normal(4, hidden * classes, 1 / Math.sqrt(hidden)),
    inputs,
    hidden,
    classes,
    batch,
    rate: 0.01,
  };
};

export const cosineProblem = (hidden: number): CosineProblem => {
  const samples = 200;
  const clean = cos(linspace(-3 * Math.PI, 3 * Math.PI, samples)).data;
  const noise = normal(1, samples);
  const weights = (seed: number, size: number): Float32Array =>
    random.uniform(random.key(seed), [size], { minval: -0.1, maxval: 0.1 }).data;
  return {
    noisy: clean.map((y, i) => y + noise[i]),
    clean,
    w1: weights(2, hidden * samples),
    w2: weights(3, samples * hidden),
    b: weights(4, hidden),
    samples,
    hidden,
    rate: 0.001,
  };
};

export const cnnProblem = (): CnnProblem => {
  const [size, first, second, hidden, classes, batch] = [28, 32, 64, 256, 10, 32];
  const flat = (size / 4) ** 2 * second;
  return {
    images: normal(1, batch * size * size),
    labels: oneHot(random.randint(random.key(2), [batch], 0, classes), classes).data,
    k1: normal(3, 9 * first, 1 / 3),
    k2: normal(4, 9 * first * second, 1 / Math.sqrt(9 * first)),
    w3: normal(5, flat * hidden, 1 / Math.sqrt(flat)),
    w4: normal(6, hidden * classes, 1 / Math.sqrt(hidden)),
    size,
    first,
    second,
    hidden,
    classes,
    batch,
    rate: 0.01,
  };
};
