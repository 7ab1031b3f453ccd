/** @mini/nn: layers, losses and optimizers on @mini/autograd. */
export { LogSoftmax, Relu, Sigmoid, Softmax, Softplus, Tanh } from './layers/activations.ts';
export {
  Conv,
  type ConvLayerOptions,
  type ConvParams,
  ConvTranspose,
  type ConvTransposeLayerOptions,
} from './layers/convolution.ts';
export { Dropout } from './layers/dropout.ts';
export { Embed, type EmbedOptions, type EmbedParams } from './layers/embed.ts';
export { BatchNorm, type BatchNormOptions, type BatchNormState } from './layers/batch-norm.ts';
export {
  GroupNorm,
  type GroupNormOptions,
  LayerNorm,
  type NormOptions,
  RMSNorm,
  type ScaleAndBias,
} from './layers/normalization.ts';
export { AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool } from './layers/pooling.ts';
export { summary } from './layers/summary.ts';
export { Dense, type DenseOptions, type DenseParams } from './layers/dense.ts';
export { fit } from './fit/fit.ts';
export { predict, type PredictOptions } from './fit/predict.ts';
export type {
  CheckpointStore,
  EarlyStopping,
  FitCheckpoint,
  FitData,
  FitEpoch,
  FitMetric,
  FitMetrics,
  FitOptions,
  FitResult,
  FitStart,
  Scores,
} from './fit/types.ts';
export { Flatten } from './layers/flatten.ts';
export * as initializers from './initializers.ts';
export type { Initializer } from './initializers.ts';
export {
  binaryCrossEntropy,
  binaryCrossEntropyFromLogits,
  smoothLabels,
  softmaxCrossEntropy,
} from './losses/cross-entropy.ts';
export type { LossOptions, Reduction } from './losses/reduction.ts';
export {
  absoluteError,
  hingeLoss,
  huberLoss,
  type HuberOptions,
  meanSquaredError,
  squaredError,
} from './losses/regression.ts';
export { cosineDistance, type CosineOptions, cosineSimilarity, klDivergence } from './losses/similarity.ts';
export { accuracy, type AccuracyOptions } from './metrics/accuracy.ts';
export { rocAuc } from './metrics/roc-auc.ts';
export * as metrics from './metrics/index.ts';
export { Activation, type Module, type NoParams, type ShapeOf } from './layers/module.ts';
export { adabelief, type AdabeliefOptions, scaleByBelief } from './optimizers/adabelief.ts';
export {
  adadelta,
  type AdadeltaMemory,
  type AdadeltaOptions,
  scaleByAdadelta,
  type ScaleByAdadeltaOptions,
} from './optimizers/adadelta.ts';
export {
  adam,
  type AdamOptions,
  adamw,
  type AdamWOptions,
  type DecayOptions,
  nadam,
  type NadamOptions,
  scaleByAdam,
} from './optimizers/adam.ts';
export {
  adamax,
  type AdamaxMemory,
  type AdamaxOptions,
  scaleByAdamax,
  type ScaleByAdamaxOptions,
} from './optimizers/adamax.ts';
export {
  adagrad,
  type AdagradOptions,
  rmsprop,
  type RmspropOptions,
  scaleByRms,
  type ScaleByRmsOptions,
  scaleByRss,
  type ScaleByRssOptions,
  scaleByStddev,
  type SquareMemory,
  type StddevMemory,
} from './optimizers/adaptive.ts';
export {
  amsgrad,
  type AmsgradMemory,
  type AmsgradOptions,
  scaleByAmsgrad,
  type ScaleByAmsgradOptions,
} from './optimizers/amsgrad.ts';
export { chain, type Joined } from './optimizers/chain.ts';
export { clip, clipByGlobalNorm, globalNorm } from './optimizers/clipping.ts';
export { type HyperparamsMemory, injectHyperparams } from './optimizers/hyperparams.ts';
export {
  lion,
  type LionMemory,
  type LionOptions,
  scaleByLion,
  type ScaleByLionOptions,
} from './optimizers/lion.ts';
export { type Mask, masked, type MaskFunction } from './optimizers/mask.ts';
export type { AdamMemory, BetaOptions, MomentOptions } from './optimizers/moments.ts';
export {
  ema,
  type EmaMemory,
  emaOfParams,
  type EmaOptions,
  type MomentumMemory,
  type ParamsEmaMemory,
  trace,
  type TraceOptions,
} from './optimizers/momentum.ts';
export { multiSteps, type MultiStepsMemory } from './optimizers/multi-steps.ts';
export { optimizer } from './optimizers/optimizer.ts';
export { radam, type RadamOptions, scaleByRadam, type ScaleByRadamOptions } from './optimizers/radam.ts';
export {
  identity,
  scale,
  scaleByLearningRate,
  scaleBySchedule,
  scaleBySign,
  setToZero,
} from './optimizers/scaling.ts';
export { sgd, type SgdOptions, signSgd } from './optimizers/sgd.ts';
export {
  lamb,
  type LambOptions,
  lars,
  type LarsOptions,
  scaleByTrustRatio,
  type TrustRatioOptions,
} from './optimizers/trust-ratio.ts';
export type {
  Kept,
  Memory,
  NoMemory,
  Optimizer,
  State,
  StepMemory,
  Transformation,
} from './optimizers/types.ts';
export { addDecayedWeights } from './optimizers/weight-decay.ts';
export type { DefaultRateOptions, RateOptions } from './optimizers/with-rate.ts';
export { scaleByYogi, type ScaleByYogiOptions, yogi, type YogiOptions } from './optimizers/yogi.ts';
export {
  loadSafetensors,
  type LoadSafetensorsOptions,
  type SafetensorsContent,
  saveSafetensors,
} from './safetensors.ts';
export { cosineDecay, exponentialDecay, type ExponentialDecayOptions } from './schedules/decay.ts';
export {
  joinSchedules,
  sgdrSchedule,
  warmup,
  type WarmupCosineDecayOptions,
  warmupCosineDecaySchedule,
  type WarmupExponentialDecayOptions,
  warmupExponentialDecaySchedule,
  type WarmupOptions,
} from './schedules/joining.ts';
export {
  type BoundariesAndScales,
  type CosineOnecycleOptions,
  cosineOnecycleSchedule,
  type LinearOnecycleOptions,
  linearOnecycleSchedule,
  piecewiseConstantSchedule,
} from './schedules/piecewise.ts';
export { linearSchedule, polynomialSchedule } from './schedules/polynomial.ts';
export { constantSchedule, type Schedule } from './schedules/schedule.ts';
export {
  type Container,
  type Layer,
  type LayerNeeds,
  type LayerParams,
  type Layers,
  type LayerStates,
  type NeedsOf,
  type ParamsOf,
  type StateOf,
} from './layers/layer-types.ts';
export {
  type HasParams,
  Sequential,
  type SequentialParams,
  type SequentialState,
} from './layers/sequential.ts';
export { Parallel, Residual } from './layers/branches.ts';
export type { Given, Need, Network, NoState } from './layers/network.ts';
