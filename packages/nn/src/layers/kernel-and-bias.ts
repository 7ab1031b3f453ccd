/** The kernel and the bias of a layer: their options, and how to make and check them. */
import type { Shape, Tensor } from '@mini/autograd';
import * as random from '@mini/autograd/random';
import { asOp, checkBoolean, checkFunction, checkInteger } from '@mini/autograd/check';
import { checkShaped } from '../checks.ts';
import { type Initializer, lecunNormal, zeros } from '../initializers.ts';
import { initParameter } from './parameters.ts';

export interface KernelAndBiasOptions {
  /** Initializes the kernel. Default lecunNormal(), as in flax. */
  readonly kernelInit?: Initializer;
  /** Initializes the bias. Default zeros. */
  readonly biasInit?: Initializer;
  /** Whether to add a bias. Default true. */
  readonly useBias?: boolean;
}

export const KERNEL_AND_BIAS_OPTIONS = ['kernelInit', 'biasInit', 'useBias'] as const;

/** A kernel and a bias [features]. Without a bias, the object has none. */
export interface KernelAndBias {
  readonly kernel: Tensor;
  readonly bias: Tensor;
}

/** How a layer makes its parameters, and adds its bias. */
export interface KernelAndBiasRule {
  init(key: random.Key, kernelShape: Shape): KernelAndBias;
  /** Returns y + bias, or y without a bias. */
  addBias(params: KernelAndBias, y: Tensor): Tensor;
}

/** Checks the number of features and the options of a layer. */
export const makeKernelAndBias = (
  op: string,
  features: number,
  {
    kernelInit = lecunNormal(),
    biasInit = zeros,
    useBias = true,
  }: { readonly [K in keyof KernelAndBiasOptions]: KernelAndBiasOptions[K] | undefined },
): KernelAndBiasRule => {
  checkInteger(op, 'features', features, 1);
  checkFunction(op, 'kernelInit', kernelInit);
  checkFunction(op, 'biasInit', biasInit);
  checkBoolean(op, 'useBias', useBias);
  return {
    init(key, kernelShape) {
      const [kernelKey, biasKey] = asOp(op, () => random.split(key, 2));
      const kernel = initParameter(op, 'kernelInit', kernelInit, kernelKey, kernelShape);
      if (!useBias) return { kernel } as KernelAndBias;
      return { kernel, bias: initParameter(op, 'biasInit', biasInit, biasKey, [features]) };
    },
    addBias: ({ bias }, y) => (useBias ? y.add(checkShaped(op, 'bias', bias, [features])) : y),
  };
};
