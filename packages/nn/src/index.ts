/** @mini/nn: layers, losses and optimizers on @mini/autograd. */
export { LogSoftmax, Relu, Sigmoid, Softmax, Softplus, Tanh } from './activations.ts';
export { Dense, type DenseOptions, type DenseParams } from './dense.ts';
export { Flatten } from './flatten.ts';
export * as initializers from './initializers.ts';
export type { Initializer } from './initializers.ts';
export {
  binaryCrossEntropy,
  binaryCrossEntropyFromLogits,
  meanSquaredError,
  softmaxCrossEntropy,
  squaredError,
} from './losses.ts';
export { accuracy } from './metrics.ts';
export { Activation, type Module, type NoParams } from './module.ts';
export {
  adam,
  type AdamMemory,
  type AdamOptions,
  adamw,
  type AdamWOptions,
  clipByGlobalNorm,
  globalNorm,
  type MomentumMemory,
  type NoMemory,
  type Optimizer,
  sgd,
  type SgdOptions,
  type State,
} from './optimizers.ts';
export {
  loadSafetensors,
  type LoadSafetensorsOptions,
  type SafetensorsContent,
  saveSafetensors,
} from './safetensors.ts';
export { constantSchedule, cosineDecay, exponentialDecay, type Schedule, warmup } from './schedules.ts';
export {
  type HasParams,
  type Layer,
  type ParamsOf,
  Sequential,
  type SequentialParams,
} from './sequential.ts';
