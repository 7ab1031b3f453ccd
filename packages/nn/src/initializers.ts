/**
 * Initializers: functions that return new parameters for a key and a shape, like those of
 * jax.nn.initializers.
 *
 * For a kernel of shape [..., in, out], fan-in is the product of all sizes except the last, and
 * fan-out is the product of all sizes except the second last.
 */
import {
  full,
  mul,
  ones as onesTensor,
  type Shape,
  type Tensor,
  tensor,
  zeros as zerosTensor,
} from '@mini/autograd';
import * as random from '@mini/autograd/random';
import {
  asOp,
  checkNotNegative,
  checkNumber,
  checkShape,
  elementsOf,
  formatShape,
  rangeError,
  checkChoice,
  sizeOf,
} from '@mini/autograd/check';
import { orthogonalElements } from './orthogonal.ts';

/** A function that returns new parameters of the given shape. */
export type Initializer = (key: random.Key, shape: Shape) => Tensor;

/** Returns zeros. */
export const zeros: Initializer = (_key, shape) => asOp('initializers.zeros', () => zerosTensor(shape));
/** Returns ones. */
export const ones: Initializer = (_key, shape) => asOp('initializers.ones', () => onesTensor(shape));
/**
 * Returns an initializer that fills the shape with `value`.
 *
 * @example
 * console.log(initializers.constant(0.5)(random.key(0), [2])); // → Tensor [2] [0.5, 0.5]
 */
export function constant(value: number): Initializer {
  checkNumber('initializers.constant', 'value', value);
  return (_key, shape) => asOp('initializers.constant', () => full(shape, value));
}

/**
 * Uniform numbers in [-scale, scale). The default is [-0.01, 0.01).
 *
 * @example
 * console.log(initializers.uniform(0.1)(random.key(0), [2])); // → Tensor [2] [0.0895, 0.0957]
 */
export function uniform(scale: number = 0.01): Initializer {
  checkNotNegative('initializers.uniform', 'scale', scale);
  return (key, shape) =>
    asOp('initializers.uniform', () => random.uniform(key, shape, { minval: -scale, maxval: scale }));
}

/**
 * Normal numbers with mean 0 and standard deviation `stddev`, 0.01 by default.
 *
 * @example
 * console.log(initializers.normal(0.1)(random.key(0), [2])); // → Tensor [2] [0.1623, 0.2025]
 */
export function normal(stddev: number = 0.01): Initializer {
  checkNotNegative('initializers.normal', 'stddev', stddev);
  return (key, shape) => asOp('initializers.normal', () => mul(random.normal(key, shape), stddev));
}

/**
 * Normal numbers with mean 0, truncated to [lower, upper] and then multiplied by `stddev`.
 *
 * The bounds are in units of `stddev`, which is 0.01 by default. The standard deviation of the
 * truncated numbers is smaller: 0.88·stddev for bounds of ±2. Mirrors
 * jax.nn.initializers.truncated_normal.
 *
 * @example
 * const result = initializers.truncatedNormal(0.1)(random.key(0), [2]);
 * console.log(result); // → Tensor [2] [0.1456, 0.1715]
 */
export function truncatedNormal(stddev: number = 0.01, lower: number = -2, upper: number = 2): Initializer {
  const op = 'initializers.truncatedNormal';
  checkNotNegative(op, 'stddev', stddev);
  checkNumber(op, 'lower', lower);
  checkNumber(op, 'upper', upper);
  if (!(lower < upper))
    throw rangeError(op, `bounds are empty: expected lower < upper, got ${lower} and ${upper}`);
  return (key, shape) => asOp(op, () => mul(random.truncatedNormal(key, lower, upper, shape), stddev));
}

/**
 * Orthonormal rows or columns, multiplied by `scale`: a kernel [..., in, out] keeps norms.
 *
 * All axes but the last are the rows of one matrix. If it has more rows than columns, its columns
 * are orthonormal, otherwise its rows. It reads the random numbers, so it cannot run in a compiled
 * function. Mirrors jax.nn.initializers.orthogonal. Source: Saxe et al. 2014,
 * https://arxiv.org/abs/1312.6120
 *
 * @example
 * const q = initializers.orthogonal()(random.key(0), [3, 2]);
 * console.log(round(matmul(transpose(q), q)).toArray()); // → [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function orthogonal(scale: number = 1): Initializer {
  const op = 'initializers.orthogonal';
  checkNumber(op, 'scale', scale);
  return (key, given) => {
    const shape = checkMatrixShape(op, given);
    const outputs = shape[shape.length - 1];
    const inputs = sizeOf(shape.slice(0, -1));
    const [long, short] = [Math.max(inputs, outputs), Math.min(inputs, outputs)];
    return asOp(op, () => {
      const normals = random.normal(key, [long, short]);
      return mul(scale, tensor(orthogonalElements(elementsOf(op, normals), inputs, outputs), shape));
    });
  };
}

/** The standard deviation of a standard normal distribution truncated at ±2. */
const TRUNCATED_STDDEV = 0.87962566103423978;

/** The divisor of the variance: fan-in, fan-out or their average. */
export type FanMode = 'fanIn' | 'fanOut' | 'fanAverage';
/** The distribution of the parameters. */
export type Distribution = 'truncatedNormal' | 'normal' | 'uniform';

/** Returns the divisor of the variance for a fan-in and a fan-out. */
type Fan = (fanIn: number, fanOut: number) => number;
const fanIn: Fan = (inputs) => inputs;
const fanOut: Fan = (_inputs, outputs) => outputs;
const fanAverage: Fan = (inputs, outputs) => (inputs + outputs) / 2;

/** Draws numbers with mean 0 and the given variance. */
type Draw = (key: random.Key, shape: Shape, variance: number) => Tensor;

const drawTruncated: Draw = (key, shape, variance) => {
  const stddev = Math.fround(Math.fround(Math.sqrt(variance)) / Math.fround(TRUNCATED_STDDEV));
  return mul(random.truncatedNormal(key, -2, 2, shape), stddev);
};
const uniformWith: Draw = (key, shape, variance) =>
  mul(random.uniform(key, shape, { minval: -1, maxval: 1 }), Math.sqrt(Math.fround(3 * variance)));

/** Returns a copy of a shape, which must have at least two axes. */
const checkMatrixShape = (op: string, given: Shape): Shape => {
  const shape = checkShape(op, given);
  if (shape.length < 2) {
    throw rangeError(op, `shape has too few axes: expected at least 2, got ${formatShape(shape)}`);
  }
  return shape;
};

const makeInitializer =
  (op: string, scale: number, fan: Fan, draw: Draw): Initializer =>
  (key, given) => {
    const shape = checkMatrixShape(op, given);
    const [inputs, outputs] = shape.slice(-2);
    const receptiveField = sizeOf(shape.slice(0, -2));
    const variance = Math.fround(scale / Math.max(1, fan(inputs * receptiveField, outputs * receptiveField)));
    return asOp(op, () => draw(key, shape, variance));
  };

/**
 * Numbers with mean 0 and variance scale / fan.
 *
 * Mirrors jax.nn.initializers.variance_scaling.
 *
 * @example
 * const init = initializers.varianceScaling(2, 'fanIn', 'normal');
 * console.log(init(random.key(0), [4, 2]).shape); // → [ 4, 2 ]
 */
export function varianceScaling(scale: number, mode: FanMode, distribution: Distribution): Initializer {
  const op = 'initializers.varianceScaling';
  checkNumber(op, 'scale', scale, 'a number from 0 to 1e38', (s) => s >= 0 && s <= 1e38);
  const fans: Readonly<Record<FanMode, Fan>> = { fanIn, fanOut, fanAverage };
  const draws: Readonly<Record<Distribution, Draw>> = {
    truncatedNormal: drawTruncated,
    normal: (key, shape, variance) => mul(random.normal(key, shape), Math.sqrt(variance)),
    uniform: uniformWith,
  };
  checkChoice<string>(op, 'mode', mode, Object.keys(fans));
  checkChoice<string>(op, 'distribution', distribution, Object.keys(draws));
  return makeInitializer(op, scale, fans[mode], draws[distribution]);
}

/**
 * Normal numbers with variance 1/fan-in, truncated: the default for kernels, as in flax.
 *
 * Source: LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf
 *
 * @example
 * console.log(initializers.lecunNormal()(random.key(0), [4, 2]).shape); // → [ 4, 2 ]
 */
export function lecunNormal(): Initializer {
  return makeInitializer('initializers.lecunNormal', 1, fanIn, drawTruncated);
}
/**
 * Uniform numbers with variance 1/fan-in.
 *
 * @example
 * console.log(initializers.lecunUniform()(random.key(0), [4, 2]).shape); // → [ 4, 2 ]
 */
export function lecunUniform(): Initializer {
  return makeInitializer('initializers.lecunUniform', 1, fanIn, uniformWith);
}
/**
 * Normal numbers with variance 2/(fan-in + fan-out), truncated.
 *
 * Source: Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
 *
 * @example
 * console.log(initializers.glorotNormal()(random.key(0), [4, 2]).shape); // → [ 4, 2 ]
 */
export function glorotNormal(): Initializer {
  return makeInitializer('initializers.glorotNormal', 1, fanAverage, drawTruncated);
}
/**
 * Uniform numbers with variance 2/(fan-in + fan-out).
 *
 * @example
 * console.log(initializers.glorotUniform()(random.key(0), [4, 2]).shape); // → [ 4, 2 ]
 */
export function glorotUniform(): Initializer {
  return makeInitializer('initializers.glorotUniform', 1, fanAverage, uniformWith);
}
/**
 * Normal numbers with variance 2/fan-in, truncated, for layers before relu.
 *
 * Source: He et al. 2015, https://arxiv.org/abs/1502.01852
 *
 * @example
 * console.log(initializers.heNormal()(random.key(0), [4, 2]).shape); // → [ 4, 2 ]
 */
export function heNormal(): Initializer {
  return makeInitializer('initializers.heNormal', 2, fanIn, drawTruncated);
}
/**
 * Uniform numbers with variance 2/fan-in, for layers before relu.
 *
 * @example
 * console.log(initializers.heUniform()(random.key(0), [4, 2]).shape); // → [ 4, 2 ]
 */
export function heUniform(): Initializer {
  return makeInitializer('initializers.heUniform', 2, fanIn, uniformWith);
}
