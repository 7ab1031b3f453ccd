/** Dense: the fully connected layer. */
import { matmul } from '@mini/autograd';
import { asOp, checkOptions, checkShape, checkTensor, formatShape, rangeError } from '@mini/autograd/check';
import { checkShaped } from '../checks.ts';
import {
  KERNEL_AND_BIAS_OPTIONS,
  type KernelAndBias,
  type KernelAndBiasOptions,
  makeKernelAndBias,
} from './kernel-and-bias.ts';
import type { Module } from './module.ts';
import { channelsOf, checkInput, checkParams } from './parameters.ts';

/** The parameters of `Dense`: kernel [in, out], bias [out]. */
export interface DenseParams extends KernelAndBias {}

export interface DenseOptions extends KernelAndBiasOptions {}

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
  const rule = makeKernelAndBias('Dense', features, checkOptions('Dense', options, KERNEL_AND_BIAS_OPTIONS));
  return {
    init: (key, inputShape) =>
      rule.init(key, checkShape('Dense', [channelsOf('Dense', inputShape), features])),
    apply(params, x) {
      checkParams('Dense', params);
      const { kernel } = params;
      checkInput('Dense', x);
      checkTensor('Dense', 'kernel', kernel);
      if (x.ndim === 0 || kernel.ndim !== 2 || x.shape[x.ndim - 1] !== kernel.shape[0])
        throw rangeError(
          'Dense',
          `input and kernel do not fit: expected shapes [..., in] and [in, out], got ${formatShape(x.shape)} and ${formatShape(kernel.shape)}`,
        );
      checkShaped('Dense', 'kernel', kernel, [kernel.shape[0], features]);
      return asOp('Dense', () => rule.addBias(params, matmul(x, kernel)));
    },
    outputShape(inputShape) {
      channelsOf('Dense', inputShape);
      return [...inputShape.slice(0, -1), features];
    },
  };
}
