/** Layers that normalize: they subtract a mean and divide by a standard deviation. */
import {
  type Shape,
  type Tensor,
  add,
  mean,
  mul,
  ones as onesTensor,
  reshape,
  rsqrt,
  square,
  sub,
} from '@mini/autograd';
import * as random from '@mini/autograd/random';
import {
  asOp,
  checkBoolean,
  checkFunction,
  checkInteger,
  checkNotNegative,
  checkOptions,
  formatShape,
  rangeError,
} from '@mini/autograd/check';
import { checkShaped } from '../checks.ts';
import { type Initializer, ones, zeros } from '../initializers.ts';
import type { Module } from './module.ts';
import { channelsOf, checkInput, checkParams, initParameter } from './parameters.ts';

/** The parameters of a normalizing layer: scale [channels], bias [channels]. */
export interface ScaleAndBias {
  readonly scale: Tensor;
  readonly bias: Tensor;
}

/** The options that normalizing layers share. */
export interface NormOptions {
  /** Added to the variance before its square root. Default 1e-6; of BatchNorm, 1e-5. */
  readonly epsilon?: number;
  /** Whether to multiply by a parameter for each channel. Default true. */
  readonly useScale?: boolean;
  /** Whether to add a parameter for each channel. Default true. */
  readonly useBias?: boolean;
  /** Initializes the scale. Default ones. */
  readonly scaleInit?: Initializer;
  /** Initializes the bias. Default zeros. */
  readonly biasInit?: Initializer;
}

/** The scale and the bias of a layer: how to make them, and how to apply them. */
export interface Affine {
  readonly epsilon: number;
  init(key: random.Key, inputShape: Shape): ScaleAndBias;
  /** Returns centered·factor·scale + bias. */
  apply(params: ScaleAndBias, centered: Tensor, factor: Tensor): Tensor;
}

export const NORM_OPTIONS = ['epsilon', 'useScale', 'useBias', 'scaleInit', 'biasInit'] as const;

export const makeAffine = (op: string, options: NormOptions, defaultEpsilon: number): Affine => {
  const {
    epsilon = defaultEpsilon,
    useScale = true,
    useBias = true,
    scaleInit = ones,
    biasInit = zeros,
  } = options;
  checkNotNegative(op, 'epsilon', epsilon);
  checkBoolean(op, 'useScale', useScale);
  checkBoolean(op, 'useBias', useBias);
  checkFunction(op, 'scaleInit', scaleInit);
  checkFunction(op, 'biasInit', biasInit);
  const paramOf = (params: ScaleAndBias, name: 'scale' | 'bias', channels: number): Tensor =>
    checkShaped(op, name, params[name], [channels]);
  return {
    epsilon,
    init: (key, inputShape) => {
      const channels = channelsOf(op, inputShape);
      const [scaleKey, biasKey] = asOp(op, () => random.split(key, 2));
      return {
        ...(useScale ? { scale: initParameter(op, 'scaleInit', scaleInit, scaleKey, [channels]) } : {}),
        ...(useBias ? { bias: initParameter(op, 'biasInit', biasInit, biasKey, [channels]) } : {}),
      } as ScaleAndBias;
    },
    apply: (params, centered, factor) => {
      checkParams(op, params);
      const channels = centered.shape[centered.ndim - 1];
      const scaled = useScale ? mul(factor, paramOf(params, 'scale', channels)) : factor;
      const y = mul(centered, scaled);
      return useBias ? add(y, paramOf(params, 'bias', channels)) : y;
    },
  };
};

/**
 * Returns the mean and the variance over the axes, x - mean, and the factor 1 / √(variance +
 * epsilon).
 */
export const center = (
  x: Tensor,
  axis: readonly number[],
  epsilon: number,
): { mean: Tensor; variance: Tensor; centered: Tensor; factor: Tensor } => {
  const average = mean(x, { axis, keepdims: true });
  const centered = sub(x, average);
  const variance = mean(square(centered), { axis, keepdims: true });
  return { mean: average, variance, centered, factor: rsqrt(add(variance, epsilon)) };
};

/** Checks an input whose last axis has the channels. */
export const checkFeatures = (op: string, x: Tensor): Tensor => {
  channelsOf(op, checkInput(op, x).shape);
  return x;
};

/**
 * A layer that normalizes over the last axis: y = (x - mean) / √(variance + epsilon) · scale +
 * bias.
 *
 * Inputs and outputs are [..., channels]; scale and bias are [channels]. Mirrors
 * flax.linen.LayerNorm. Source: Ba et al. 2016, https://arxiv.org/abs/1607.06450
 *
 * @example
 * const layer = LayerNorm();
 * const params = layer.init(random.key(0), [1, 3]);
 * console.log(round(layer.apply(params, tensor([[1, 2, 3]]))).toArray()); // → [ [ -1, 0, 1 ] ]
 */
export function LayerNorm(options: NormOptions = {}): Module<ScaleAndBias> {
  const op = 'LayerNorm';
  const affine = makeAffine(op, checkOptions(op, options, NORM_OPTIONS), 1e-6);
  return {
    init: affine.init,
    apply: (params, x) => {
      checkFeatures(op, x);
      return asOp(op, () => {
        const { centered, factor } = center(x, [-1], affine.epsilon);
        return affine.apply(params, centered, factor);
      });
    },
    outputShape: (inputShape) => {
      channelsOf(op, inputShape);
      return [...inputShape];
    },
  };
}

/**
 * A layer that divides by the root of the mean square over the last axis: y = x / √(mean(x²) +
 * epsilon) · scale.
 *
 * Inputs and outputs are [..., channels]; scale is [channels]. Mirrors flax.linen.RMSNorm. Source:
 * Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467
 *
 * @example
 * const layer = RMSNorm();
 * const params = layer.init(random.key(0), [1, 2]);
 * console.log(round(layer.apply(params, tensor([[5, 5]]))).toArray()); // → [ [ 1, 1 ] ]
 */
export function RMSNorm(
  options: Pick<NormOptions, 'epsilon' | 'useScale' | 'scaleInit'> = {},
): Module<Pick<ScaleAndBias, 'scale'>> {
  const op = 'RMSNorm';
  const checked = checkOptions(op, options, ['epsilon', 'useScale', 'scaleInit']);
  const affine = makeAffine(op, { ...checked, useBias: false }, 1e-6);
  return {
    init: affine.init,
    apply: (params, x) => {
      checkFeatures(op, x);
      return asOp(op, () => {
        const meanSquare = mean(square(x), { axis: -1, keepdims: true });
        return affine.apply(params as ScaleAndBias, x, rsqrt(add(meanSquare, affine.epsilon)));
      });
    },
    outputShape: (inputShape) => {
      channelsOf(op, inputShape);
      return [...inputShape];
    },
  };
}

/** The options of `GroupNorm`. */
export interface GroupNormOptions extends NormOptions {
  /** The number of groups, which divides the channels. Default 32. */
  readonly groups?: number;
}

/**
 * A layer that normalizes each example over its spatial axes and over groups of channels.
 *
 * Inputs and outputs are [batch, ...sizes, channels]; scale and bias are [channels]. Throws a
 * RangeError for groups that do not divide the channels. Mirrors flax.linen.GroupNorm, which calls
 * the groups num_groups. Source: Wu and He 2018, https://arxiv.org/abs/1803.08494
 *
 * @example
 * const layer = GroupNorm({ groups: 2 });
 * console.log(layer.outputShape([1, 4, 4, 8])); // → [ 1, 4, 4, 8 ]
 */
export function GroupNorm(options: GroupNormOptions = {}): Module<ScaleAndBias> {
  const op = 'GroupNorm';
  const { groups = 32, ...rest } = checkOptions(op, options, [...NORM_OPTIONS, 'groups']);
  checkInteger(op, 'groups', groups, 1);
  const affine = makeAffine(op, rest, 1e-6);
  const checkGroups = (shape: Shape): number => {
    const channels = channelsOf(op, shape);
    if (shape.length < 2 || channels % groups !== 0)
      throw rangeError(
        op,
        `input does not fit: expected shape [batch, ...sizes, channels] with a multiple of ${groups} channels, got ${formatShape(shape)}`,
      );
    return channels / groups;
  };
  return {
    init: (key, inputShape) => {
      checkGroups(inputShape);
      return affine.init(key, inputShape);
    },
    apply: (params, x) => {
      const size = checkGroups(checkInput(op, x).shape);
      return asOp(op, () => {
        const { shape } = x;
        const grouped = reshape(x, [...shape.slice(0, -1), groups, size]);
        const axes = [...grouped.shape.keys()].filter((axis) => axis !== 0 && axis !== grouped.ndim - 2);
        const { centered, factor } = center(grouped, axes, affine.epsilon);
        const normalized = reshape(mul(centered, factor), shape);
        return affine.apply(params, normalized, onesTensor([]));
      });
    },
    outputShape: (inputShape) => {
      checkGroups(inputShape);
      return [...inputShape];
    },
  };
}
