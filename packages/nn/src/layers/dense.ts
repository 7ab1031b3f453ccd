/** Dense: the fully connected layer. */
import { matmul, type Tensor } from '@mini/autograd';
import * as random from '@mini/autograd/random';
import {
  asOp,
  checkBoolean,
  checkFunction,
  checkNumber,
  checkOptions,
  checkShape,
  checkTensor,
  formatShape,
  rangeError,
} from '@mini/autograd/check';
import { type Initializer, lecunNormal, zeros } from '../initializers.ts';
import type { Module } from './module.ts';
import { channelsOf, checkInput, checkParams, initParameter } from './parameters.ts';

/** The parameters of `Dense`: kernel [in, out], bias [out]. */
export interface DenseParams {
  readonly kernel: Tensor;
  readonly bias: Tensor;
}

export interface DenseOptions {
  /** Initializes the kernel. Default lecunNormal(), as in flax. */
  readonly kernelInit?: Initializer;
  /** Initializes the bias. Default zeros. */
  readonly biasInit?: Initializer;
  /** Whether to add a bias. Default true. */
  readonly useBias?: boolean;
}

/**
 * A fully connected layer without a bias: y = x·kernel.
 *
 * @example
 * const layer = Dense(3);
 * const params = layer.init(random.key(0), [1, 2]);
 * console.log(layer.apply(params, tensor([[1, 2]])).shape); // → [ 1, 3 ]
 */
export function Dense(
  features: number,
  options: DenseOptions & { readonly useBias: false },
): Module<Pick<DenseParams, 'kernel'>>;
/**
 * A fully connected layer: y = x·kernel + bias.
 *
 * Inputs are [..., in], outputs [..., features]. `init` takes `in` from the input shape.
 */
export function Dense(features: number, options?: DenseOptions): Module<DenseParams>;
export function Dense(features: number, options: DenseOptions = {}): Module<DenseParams> {
  const {
    kernelInit = lecunNormal(),
    biasInit = zeros,
    useBias = true,
  } = checkOptions('Dense', options, ['kernelInit', 'biasInit', 'useBias']);
  checkNumber('Dense', 'features', features, 'an integer ≥ 1', (n) => Number.isInteger(n) && n >= 1);
  checkFunction('Dense', 'kernelInit', kernelInit);
  checkFunction('Dense', 'biasInit', biasInit);
  checkBoolean('Dense', 'useBias', useBias);
  return {
    init(key, inputShape) {
      const inputs = channelsOf('Dense', inputShape);
      const kernelShape = checkShape('Dense', [inputs, features]);
      const [kernelKey, biasKey] = asOp('Dense', () => random.split(key, 2));
      const kernel = initParameter('Dense', 'kernelInit', kernelInit, kernelKey, kernelShape);
      if (!useBias) return { kernel } as DenseParams;
      return { kernel, bias: initParameter('Dense', 'biasInit', biasInit, biasKey, [features]) };
    },
    apply(params, x) {
      checkParams('Dense', params);
      const { kernel, bias } = params;
      checkInput('Dense', x);
      checkTensor('Dense', 'kernel', kernel);
      if (x.ndim === 0 || kernel.ndim !== 2 || x.shape[x.ndim - 1] !== kernel.shape[0]) {
        throw rangeError(
          'Dense',
          `input and kernel do not fit: expected shapes [..., in] and [in, out], got ${formatShape(x.shape)} and ${formatShape(kernel.shape)}`,
        );
      }
      if (!useBias) return asOp('Dense', () => matmul(x, kernel));
      checkTensor('Dense', 'bias', bias);
      if (bias.ndim !== 1 || bias.shape[0] !== kernel.shape[1]) {
        throw rangeError(
          'Dense',
          `bias and kernel do not fit: expected shapes [out] and [in, out], got ${formatShape(bias.shape)} and ${formatShape(kernel.shape)}`,
        );
      }
      return asOp('Dense', () => matmul(x, kernel).add(bias));
    },
    outputShape(inputShape) {
      channelsOf('Dense', inputShape);
      return [...inputShape.slice(0, -1), features];
    },
  };
}
