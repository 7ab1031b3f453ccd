/**
 * Initializers: functions from a key and a shape to fresh parameters, as jax.nn.initializers.
 *
 * For a kernel of shape [..., in, out], fan-in is the product of all sizes but the last, fan-out that of all but the second last.
 */
import { full, mul, ones as onesTensor, type Shape, type Tensor, zeros as zerosTensor } from '@mini/autograd';
import * as random from '@mini/autograd/random';
import { asOp, checkNumber, checkShape, describe, formatShape } from '@mini/autograd/check';

export type Initializer = (key: random.Key, shape: Shape) => Tensor;

/** Zeros. */
export const zeros: Initializer = (_key, shape) => asOp('initializers.zeros', () => zerosTensor(shape));
/** Ones. */
export const ones: Initializer = (_key, shape) => asOp('initializers.ones', () => onesTensor(shape));
/** The same value everywhere. */
export function constant(value: number): Initializer {
  checkNumber('initializers.constant', 'value', value, 'a number', () => true);
  return (_key, shape) => asOp('initializers.constant', () => full(shape, value));
}

/** Uniform numbers in [-scale, scale), by default in [-0.01, 0.01). */
export function uniform(scale: number = 0.01): Initializer {
  checkNumber('initializers.uniform', 'scale', scale, 'finite and not negative', (s) => s >= 0);
  return (key, shape) =>
    asOp('initializers.uniform', () => random.uniform(key, shape, { minval: -scale, maxval: scale }));
}

/** Whether float32 holds a number that is not negative. */
const isScale = (s: number): boolean => s >= 0 && Math.fround(s) < Infinity;

/** Normal numbers with mean 0 and standard deviation `stddev`, by default 0.01. */
export function normal(stddev: number = 0.01): Initializer {
  checkNumber('initializers.normal', 'stddev', stddev, 'finite in float32 and not negative', isScale);
  return (key, shape) => asOp('initializers.normal', () => mul(random.normal(key, shape), stddev));
}

/** The standard deviation of a standard normal distribution cut off at ±2. */
const TRUNCATED_STDDEV = 0.87962566103423978;

/** What a variance is divided by. */
export type FanMode = 'fanIn' | 'fanOut' | 'fanAverage';
/** The distribution that parameters are drawn from. */
export type Distribution = 'truncatedNormal' | 'normal' | 'uniform';

/** What the variance is divided by, given fan-in and fan-out. */
type Fan = (fanIn: number, fanOut: number) => number;
const fanIn: Fan = (inputs) => inputs;
const fanOut: Fan = (_inputs, outputs) => outputs;
const fanAverage: Fan = (inputs, outputs) => (inputs + outputs) / 2;

/** Numbers with mean 0 and the given variance. */
type Draw = (key: random.Key, shape: Shape, variance: number) => Tensor;

const truncatedNormal: Draw = (key, shape, variance) => {
  const stddev = Math.fround(Math.fround(Math.sqrt(variance)) / Math.fround(TRUNCATED_STDDEV));
  return mul(random.truncatedNormal(key, -2, 2, shape), stddev);
};
const uniformWith: Draw = (key, shape, variance) =>
  mul(random.uniform(key, shape, { minval: -1, maxval: 1 }), Math.sqrt(Math.fround(3 * variance)));

const scaled =
  (op: string, scale: number, fan: Fan, draw: Draw): Initializer =>
  (key, given) => {
    const shape = checkShape(op, given);
    if (shape.length < 2) {
      throw new RangeError(`${op}: needs a shape with at least 2 axes: ${formatShape(shape)}`);
    }
    const [inputs, outputs] = shape.slice(-2);
    const field = shape.slice(0, -2).reduce((product, size) => product * size, 1);
    const variance = Math.fround(scale / Math.max(1, fan(inputs * field, outputs * field)));
    return asOp(op, () => draw(key, shape, variance));
  };

/** Numbers with mean 0 and variance scale / fan. Mirrors jax.nn.initializers.variance_scaling. */
export function varianceScaling(scale: number, mode: FanMode, distribution: Distribution): Initializer {
  const op = 'initializers.varianceScaling';
  checkNumber(op, 'scale', scale, 'from 0 to 1e38', (s) => s >= 0 && s <= 1e38);
  const fan = checkChoice<Fan>(op, 'mode', mode, { fanIn, fanOut, fanAverage });
  const draw = checkChoice<Draw>(op, 'distribution', distribution, {
    truncatedNormal,
    normal: (key, shape, variance) => mul(random.normal(key, shape), Math.sqrt(variance)),
    uniform: uniformWith,
  });
  return scaled(op, scale, fan, draw);
}

const checkChoice = <T>(
  op: string,
  what: string,
  value: unknown,
  choices: Readonly<Record<string, T>>,
): T => {
  if (typeof value !== 'string' || !Object.hasOwn(choices, value))
    throw new TypeError(
      `${op}: ${what} must be one of ${Object.keys(choices).join(', ')}: ${describe(value)}`,
    );
  return choices[value];
};

/** Variance 1/fan-in (LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf); flax's default for kernels. */
export function lecunNormal(): Initializer {
  return scaled('initializers.lecunNormal', 1, fanIn, truncatedNormal);
}
/** Variance 1/fan-in, uniform. */
export function lecunUniform(): Initializer {
  return scaled('initializers.lecunUniform', 1, fanIn, uniformWith);
}
/** Variance 2/(fan-in + fan-out) (Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html). */
export function glorotNormal(): Initializer {
  return scaled('initializers.glorotNormal', 1, fanAverage, truncatedNormal);
}
/** Variance 2/(fan-in + fan-out), uniform. */
export function glorotUniform(): Initializer {
  return scaled('initializers.glorotUniform', 1, fanAverage, uniformWith);
}
/** Variance 2/fan-in, for relu (He et al. 2015, https://arxiv.org/abs/1502.01852). */
export function heNormal(): Initializer {
  return scaled('initializers.heNormal', 2, fanIn, truncatedNormal);
}
/** Variance 2/fan-in, uniform, for relu. */
export function heUniform(): Initializer {
  return scaled('initializers.heUniform', 2, fanIn, uniformWith);
}
