/** Dense: the fully connected layer. */
import { matmul, random, type Shape, type Tensor } from '@mini/autograd';
import { type Initializer, lecunNormal, zeros } from './initializers.ts';
import type { Module } from './module.ts';

/** kernel [in, out], bias [out]. */
export interface DenseParams {
  readonly kernel: Tensor;
  readonly bias: Tensor;
}

export interface DenseOptions {
  /** Default lecunNormal(), as in flax. */
  readonly kernelInit?: Initializer;
  /** Default zeros. */
  readonly biasInit?: Initializer;
  /** Default true. */
  readonly useBias?: boolean;
}

/** x·kernel without a bias. */
export function Dense(
  features: number,
  options: DenseOptions & { readonly useBias: false },
): Module<Pick<DenseParams, 'kernel'>>;
/**
 * A fully connected layer: y = x·kernel + bias, from inputs [..., in] to outputs [..., features]. `in` is read off the shape given to `init`.
 */
export function Dense(features: number, options?: DenseOptions): Module<DenseParams>;
export function Dense(features: number, options: DenseOptions = {}): Module<DenseParams> {
  const { kernelInit = lecunNormal(), biasInit = zeros, useBias = true } = options;
  if (!Number.isInteger(features) || features < 1) {
    throw new RangeError(`Dense: features must be a whole number ≥ 1: ${features}`);
  }
  return {
    init(key, inputShape) {
      const [kernelKey, biasKey] = random.split(key, 2);
      const kernel = kernelInit(kernelKey, [lastAxis(inputShape), features]);
      return useBias ? { kernel, bias: biasInit(biasKey, [features]) } : ({ kernel } as DenseParams);
    },
    apply({ kernel, bias }, x) {
      if (x.ndim === 0 || x.shape[x.ndim - 1] !== kernel.shape[0]) {
        throw new RangeError(
          `Dense: input of shape [${x.shape.join(', ')}] for a kernel of shape [${kernel.shape.join(', ')}]`,
        );
      }
      const product = matmul(x, kernel);
      return useBias ? product.add(bias) : product;
    },
    outputShape: (inputShape) => {
      lastAxis(inputShape);
      return [...inputShape.slice(0, -1), features];
    },
  };
}

const lastAxis = (inputShape: Shape): number => {
  if (!Array.isArray(inputShape))
    throw new TypeError(`Dense: the input shape must be an array: ${String(inputShape)}`);
  const size = inputShape.at(-1);
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(
      `Dense: the last axis of the input shape must have a size ≥ 1: [${inputShape.join(', ')}]`,
    );
  }
  return size;
};
