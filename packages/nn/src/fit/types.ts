/** What `fit` takes and returns. */
import type { Indices, Tensor } from '@mini/autograd';
import type * as random from '@mini/autograd/random';
import type { Metric } from '../metrics/metric.ts';
import type { Optimizer, State } from '../optimizers/types.ts';

/** Inputs x [n, …] and what the network should make of them, y [n, …]. */
export interface FitData<X = Tensor> {
  /** The inputs [n, …]: a tensor, or a tree of tensors for a network of several inputs. */
  readonly x: X;
  /** Labels or targets [n, …], as the loss takes them. */
  readonly y: Tensor | Indices;
}

/** A metric of a batch, the mean over its examples; or one of `metrics`, which accumulates. */
export type FitMetric =
  | ((predictions: Tensor, y: Tensor) => Tensor)
  // The state is both an argument and a result of a metric, so only any fits all metrics.
  // oxlint-disable-next-line typescript/no-explicit-any
  | Metric<any, [predictions: Tensor, y: Tensor]>;

/** Metrics by name. */
export type FitMetrics = Readonly<Record<string, FitMetric>>;

/** When to stop before the last epoch. */
export interface EarlyStopping {
  /** How many epochs without a better value are allowed. */
  readonly patience: number;
  /** The name of the value: `'loss'` (the default) or a metric. */
  readonly metric?: string;
  /** Whether smaller or larger values are better; by default smaller losses and larger metrics. */
  readonly goal?: 'min' | 'max';
}

/** The loss and the metrics, by name. */
export type Scores<M> = { readonly [K in 'loss' | keyof M]: number };

/** The results of an epoch. */
export interface FitEpoch<M> {
  /** Starts at 1. */
  readonly epoch: number;
  /** Means over the batches of the epoch, each measured before the update. */
  readonly train: Scores<M>;
  /** Those of the validation data, after the epoch; undefined without such data. */
  readonly validation: Scores<M> | undefined;
}

/** Saved progress of `fit`. */
export interface FitCheckpoint {
  /** What `save` was given as metadata. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Returns what was saved, as a tree like the template. */
  restore<T>(template: T): T;
  /** Where it is, for messages. */
  readonly path: string;
}

/**
 * Where `fit` saves and finds its progress: see `checkpointFolder` of `@mini/nn/checkpoints`.
 *
 * Both functions can return promises, which `fit` waits for.
 */
export interface CheckpointStore {
  /** Returns the saved progress to continue from, or undefined to start at the beginning. */
  latest(): FitCheckpoint | undefined | Promise<FitCheckpoint | undefined>;
  /** Saves the progress after this number of batches. */
  save(step: number, tree: object, metadata: Readonly<Record<string, string>>): void | Promise<void>;
}

/** Options of `fit`, for metrics M, an optimizer with the memory O, and inputs X. */
export interface FitOptions<M extends FitMetrics, O = object, X = Tensor> {
  /** The loss of predictions for a batch: one number, usually the mean over the examples. */
  readonly loss: (predictions: Tensor, y: Tensor) => Tensor;
  /** Computes each update from the gradients: `adam({ learningRate: 0.001 })`. */
  readonly optimizer: Optimizer<O>;
  /** How often to go through the data. */
  readonly epochs: number;
  /** The number of examples in a batch, 32 by default. The last batch can be smaller. */
  readonly batchSize?: number;
  /** What to measure besides the loss. */
  // The intersection types the parameters of functions that are written in place.
  readonly metrics?: M & FitMetrics;
  /** Data to measure after each epoch, which are not trained on. */
  readonly validation?: FitData<X>;
  /** Determines all random numbers; `random.key(0)` by default. */
  readonly key?: random.Key;
  /** Stop when the validation data, or without them the training data, get no better. */
  readonly earlyStopping?: EarlyStopping;
  /** Save the progress after each epoch, and when training is interrupted. */
  readonly checkpoints?: CheckpointStore;
  /**
   * Whether to print a line after each epoch (the default), or a function that gets its results
   * instead. If it returns a promise, `fit` waits for it.
   */
  readonly progress?: boolean | ((epoch: FitEpoch<M>) => void | Promise<void>);
  /** Aborting it ends the training after the present batch, as Ctrl-C does in Node. */
  readonly signal?: AbortSignal;
}

/** Where the training of parameters P, a state S and an optimizer with the memory O begins. */
export interface FitStart<P, S, O = object> {
  /** The first parameters, such as those of a file. Default: those of `init`. */
  readonly params?: P;
  /** The first state. Default: that of `initState`. */
  readonly state?: S;
  /** The first state of the optimizer, such as that of an earlier result. Default: a new one. */
  readonly optimizerState?: State<O, P>;
}

/** What `fit` returns, for parameters P, a state S, metrics M and the memory O of the optimizer. */
export interface FitResult<P, S, M extends FitMetrics, O = object> {
  /** The last parameters, or with `earlyStopping` those after the best epoch. */
  readonly params: P;
  /** The state of a network that has one, else an empty object. */
  readonly state: S;
  /** The state of the optimizer after the last update, also if `params` are older. */
  readonly optimizerState: State<O, P>;
  /** The results of all epochs. */
  readonly history: readonly FitEpoch<M>[];
  /** Whether Ctrl-C, SIGTERM or `signal` ended the training. */
  readonly interrupted: boolean;
}
