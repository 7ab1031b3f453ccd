/** Embed: a vector for each of a number of symbols. */
import { type Tensor, take } from '@mini/autograd';
import * as random from '@mini/autograd/random';
import { asOp, checkFunction, checkInteger, checkOptions, checkShape } from '@mini/autograd/check';
import { checkShaped } from '../checks.ts';
import { type Initializer, normal } from '../initializers.ts';
import type { Module } from './module.ts';
import { checkInput, checkParams, initParameter } from './parameters.ts';

/** The parameters of `Embed`: embedding [count, features]. */
export interface EmbedParams {
  readonly embedding: Tensor;
}

export interface EmbedOptions {
  /** Initializes the embedding. Default normal numbers with variance 1/features, as in flax. */
  readonly embeddingInit?: Initializer;
}

/**
 * A layer that replaces each integer from 0 to count - 1 with a vector of `features` parameters.
 *
 * Inputs are integers [...], outputs [..., features]. Negative integers count from the end. Throws
 * a RangeError for other numbers. Mirrors flax.linen.Embed.
 *
 * @example
 * const layer = Embed(100, 8);
 * const params = layer.init(random.key(0), [1, 5]);
 * console.log(layer.apply(params, tensor([[3, 1, 4, 1, 5]])).shape); // → [ 1, 5, 8 ]
 */
export function Embed(count: number, features: number, options: EmbedOptions = {}): Module<EmbedParams> {
  const op = 'Embed';
  checkInteger(op, 'count', count, 1);
  checkInteger(op, 'features', features, 1);
  const { embeddingInit = normal(1 / Math.sqrt(features)) } = checkOptions(op, options, ['embeddingInit']);
  checkFunction(op, 'embeddingInit', embeddingInit);
  return {
    init(key, inputShape) {
      checkShape(op, inputShape);
      // Throws for what is not a key.
      asOp(op, () => random.foldIn(key, 0));
      const shape = checkShape(op, [count, features]);
      return { embedding: initParameter(op, 'embeddingInit', embeddingInit, key, shape) };
    },
    apply(params, x) {
      checkParams(op, params);
      const { embedding } = params;
      checkInput(op, x);
      checkShaped(op, 'embedding', embedding, [count, features]);
      return asOp(op, () => take(embedding, x));
    },
    outputShape: (inputShape) => checkShape(op, [...checkShape(op, inputShape), features]),
  };
}
