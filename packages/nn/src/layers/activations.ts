/**
 * Activation functions as modules, for use as layers.
 *
 * The functions themselves are in @mini/autograd, under the same names.
 */
import { logSoftmax, relu, sigmoid, softmax, softplus, tanh } from '@mini/autograd';
import { Activation, type Module, type NoParams } from './module.ts';

/** max(x, 0) as a layer. */
export const Relu: Module<NoParams> = /* @__PURE__ */ Activation(relu);
/** 1 / (1 + e⁻ˣ) as a layer. */
export const Sigmoid: Module<NoParams> = /* @__PURE__ */ Activation(sigmoid);
/** Hyperbolic tangent as a layer. */
export const Tanh: Module<NoParams> = /* @__PURE__ */ Activation(tanh);
/** log(1 + eˣ) as a layer. */
export const Softplus: Module<NoParams> = /* @__PURE__ */ Activation(softplus);
/** Softmax over the last axis as a layer. */
export const Softmax: Module<NoParams> = /* @__PURE__ */ Activation((x) => softmax(x));
/** Logarithm of the softmax over the last axis as a layer. */
export const LogSoftmax: Module<NoParams> = /* @__PURE__ */ Activation((x) => logSoftmax(x));
