/** fit: trains a network, for those who do not want to write the step. */
import { random, type Shape, slice, take, type Tensor, tree } from '@mini/autograd';
import { asOp, checkInteger, checkOptions } from '@mini/autograd/check';
import { type AnyNet, isNetwork } from '../layers/kinds.ts';
import type { Module } from '../layers/module.ts';
import type { Need, Network, NoState } from '../layers/network.ts';
import {
  checkControls,
  checkFound,
  checkMethods,
  checkNet,
  checkRestored,
  type Examples,
  nonFiniteError,
  readData,
} from './arguments.ts';
import { Best } from './best.ts';
import { keep, startFrom } from './copies.ts';
import { type Evaluation, makeEvaluation, makeStep, type Step, type Tensors } from './passes.ts';
import { describeEpoch, StatusLine } from './progress.ts';
import { type Position, readPosition, writePosition } from './position.ts';
import { Scoring } from './scores.ts';
import { describeInputs, mapInputs, shapesOf } from './inputs.ts';
import { listenForStop, makePause } from './stop.ts';
import type { FitData, FitEpoch, FitMetrics, FitOptions, FitResult, FitStart } from './types.ts';
import type { State } from '../optimizers/types.ts';

type AnyOptions = FitOptions<FitMetrics> & FitStart<object, object>;

const OPTIONS: readonly (keyof AnyOptions)[] = [
  'loss',
  'optimizer',
  'epochs',
  'batchSize',
  'metrics',
  'validation',
  'key',
  'earlyStopping',
  'checkpoints',
  'progress',
  'signal',
  'params',
  'state',
  'optimizerState',
];

/** What is needed of the best epoch. */
interface Kept {
  readonly params: object;
  readonly state: object;
}

/** A training run: all its settings, and where it is. */
class Training {
  readonly #options: AnyOptions;
  readonly #train: Examples;
  readonly #validation: Examples | undefined = undefined;
  readonly #batchSize: number;
  readonly #epochs: number;
  readonly #batches: number;
  readonly #orderKey: random.Key;
  readonly #stepKey: random.Key;
  readonly #scoring: Scoring;
  readonly #step: Step;
  readonly #evaluate: Evaluation;
  readonly #best: Best | undefined = undefined;
  /** What must be the same when a training continues, as metadata of its checkpoints. */
  readonly #identity: Readonly<Record<string, string>>;
  readonly #status: StatusLine;
  #tensors: Tensors;
  #position: Position = { epoch: 0, batch: 0, history: [] };
  #kept: Kept | undefined;

  constructor(net: AnyNet, data: FitData, options: AnyOptions) {
    checkOptions('fit', options, OPTIONS);
    const { epochs, batchSize = 32, key = random.key(0), metrics = {}, optimizer, progress = true } = options;
    this.#options = options;
    this.#train = readData('the data', data);
    if (options.validation !== undefined)
      this.#validation = readData('the validation data', options.validation);
    this.#epochs = checkInteger('fit', 'epochs', epochs, 1);
    this.#batchSize = checkInteger('fit', 'batchSize', batchSize, 1);
    this.#batches = Math.ceil(this.#train.count / batchSize);
    checkMethods('optimizer', optimizer, ['init', 'update'], 'adam({ learningRate: 0.001 })');
    if (options.checkpoints !== undefined)
      checkMethods('checkpoints', options.checkpoints, ['latest', 'save'], "checkpointFolder('run')");
    checkControls(progress, options.signal);
    this.#scoring = new Scoring(options.loss, metrics);
    if (options.earlyStopping !== undefined)
      this.#best = new Best(options.earlyStopping, this.#scoring.names);
    this.#step = makeStep(net, optimizer, this.#scoring);
    this.#evaluate = makeEvaluation(net, this.#scoring);
    this.#status = new StatusLine(progress === true);
    const [initKey, orderKey, stepKey] = asOp('fit', () => random.split(key, 3));
    [this.#orderKey, this.#stepKey] = [orderKey, stepKey];
    this.#identity = {
      key: [...key.data].join(),
      x: describeInputs(this.#train.x, (own) => own.join('x')),
      batchSize: String(batchSize),
      metrics: JSON.stringify(this.#scoring.names.toSorted()),
      earlyStopping: this.#best?.toString() ?? 'off',
      validation: this.#validation === undefined ? 'off' : 'on',
    };
    // Its type is that of the shape of one input.
    const shape = shapesOf(this.#train.x) as Shape;
    const params = startFrom('params', net.init(initKey, shape), options.params);
    const state = isNetwork(net) ? net.initState(shape) : {};
    this.#tensors = {
      params,
      state: startFrom('state', state, options.state),
      memory: startFrom('tensors of optimizerState', optimizer.init(params), options.optimizerState),
      totals: this.#scoring.start(),
    };
    if (this.#best !== undefined) this.#kept = keep({ params, state: this.#tensors.state });
  }

  /** Continues from the last checkpoint, if there is one. */
  async resume(): Promise<void> {
    const found = checkFound(await this.#options.checkpoints?.latest());
    if (found === undefined) return;
    this.#position = readPosition(found, this.#identity);
    const restored = checkRestored(found.restore<unknown>(this.#saved()));
    this.#tensors = restored.tensors;
    this.#kept = restored.kept;
    const { epoch, batch } = this.#position;
    const next = this.#isOver() ? 'nothing is left to train' : `epoch ${epoch + 1}, batch ${batch + 1}`;
    this.#report(`fit: continues from ${found.path}: ${next}`);
  }

  async run(): Promise<boolean> {
    const stop = listenForStop(this.#options.signal);
    const pause = makePause();
    try {
      while (!this.#isOver()) {
        const order = random.permutation(
          random.foldIn(this.#orderKey, this.#position.epoch),
          this.#train.count,
        );
        while (this.#position.batch < this.#batches) {
          this.#trainBatch(order);
          await pause();
          if (!stop.isRequested()) continue;
          await this.#save();
          this.#report(
            `fit: interrupted in epoch ${this.#position.epoch + 1} after batch ${this.#position.batch} of ${this.#batches}`,
          );
          return true;
        }
        const result = this.#endEpoch();
        await this.#save();
        const { progress } = this.#options;
        if (typeof progress === 'function') await progress(result);
        else this.#report(describeEpoch(result, this.#epochs));
        if (this.#position.epoch < this.#epochs && this.#isOver())
          this.#report(`fit: stopped early: epoch ${this.#best?.epoch(this.#position.history)} was the best`);
      }
    } finally {
      stop.end();
      this.#status.clear();
    }
    return false;
  }

  result(interrupted: boolean): FitResult<object, object, FitMetrics> {
    const { params, state } = this.#kept ?? this.#tensors;
    const optimizerState = this.#tensors.memory as State<object, object>;
    return { params, state, optimizerState, history: this.#position.history, interrupted };
  }

  #isOver(): boolean {
    const { epoch, history } = this.#position;
    return epoch >= this.#epochs || (history.length > 0 && this.#best?.isOver(history) === true);
  }

  #trainBatch(order: Tensor): void {
    const { epoch, batch } = this.#position;
    const places = slice(order, [
      batch * this.#batchSize,
      Math.min(this.#train.count, (batch + 1) * this.#batchSize),
    ]);
    const key = random.foldIn(this.#stepKey, epoch * this.#batches + batch);
    const { loss, tensors } = this.#step(
      this.#tensors,
      key,
      mapInputs(this.#train.x, (x) => take(x, places)),
      take(this.#train.y, places),
    );
    this.#tensors = tensors;
    const value = loss.item();
    if (!Number.isFinite(value)) throw this.#divergence(value);
    this.#position = { ...this.#position, batch: batch + 1 };
    this.#status.show(
      () =>
        `epoch ${epoch + 1}/${this.#epochs}  batch ${batch + 1}/${this.#batches}  loss ${value.toFixed(4)}`,
    );
  }

  /** Creates the error for a loss that is not finite. The data can be the cause. */
  #divergence(loss: number): Error {
    const { epoch, batch } = this.#position;
    const where = `in epoch ${epoch + 1}, batch ${batch + 1}`;
    return (
      nonFiniteError('the data', this.#train, `${loss} ${where}`) ??
      new Error(
        `fit: the training diverged: expected a finite loss, got ${loss} ${where}; try a smaller learning rate, or debugNaNs(true) to find the op`,
      )
    );
  }

  /** Throws if a parameter is NaN, as after a last update that was too large. */
  #checkParams(): void {
    tree.mapWithPath((path, { data }: Tensor) => {
      if (data.includes(NaN))
        throw new Error(
          `fit: the training diverged: expected numbers as parameters, got NaN in ${path} after epoch ${this.#position.epoch + 1}; try a smaller learning rate, or debugNaNs(true) to find the op`,
        );
    }, this.#tensors.params);
  }

  /** Returns the results of an epoch. */
  #endEpoch(): FitEpoch<FitMetrics> {
    const { epoch, history } = this.#position;
    this.#checkParams();
    const result: FitEpoch<FitMetrics> = {
      epoch: epoch + 1,
      train: this.#scoring.read(this.#tensors.totals) as FitEpoch<FitMetrics>['train'],
      validation: this.#validation && this.#measure(this.#validation),
    };
    const { loss = 0 } = result.validation ?? {};
    if (this.#validation !== undefined && !Number.isFinite(loss)) {
      const where = `${loss} after epoch ${epoch + 1}`;
      const error = nonFiniteError('the validation data', this.#validation, where);
      if (error !== undefined) throw error;
    }
    this.#position = { epoch: epoch + 1, batch: 0, history: [...history, result] };
    this.#tensors = { ...this.#tensors, totals: this.#scoring.start() };
    const { params, state } = this.#tensors;
    if (this.#best?.epoch(this.#position.history) === epoch + 1) this.#kept = keep({ params, state });
    return result;
  }

  /** Returns the scores of other data. */
  #measure({ x, y, count }: Examples): FitEpoch<FitMetrics>['train'] {
    const { params, state } = this.#tensors;
    let totals = this.#scoring.start();
    for (let start = 0; start < count; start += this.#batchSize) {
      const range = [start, Math.min(count, start + this.#batchSize)] as const;
      totals = this.#evaluate(
        params,
        state,
        totals,
        mapInputs(x, (own) => slice(own, range)),
        slice(y, range),
      );
    }
    return this.#scoring.read(totals) as FitEpoch<FitMetrics>['train'];
  }

  /** The tree that checkpoints contain. */
  #saved(): { readonly tensors: Tensors; readonly kept?: Kept } {
    return { tensors: this.#tensors, ...(this.#kept === undefined ? {} : { kept: this.#kept }) };
  }

  async #save(): Promise<void> {
    const { epoch, batch } = this.#position;
    await this.#options.checkpoints?.save(epoch * this.#batches + batch, this.#saved(), {
      ...this.#identity,
      ...writePosition(this.#position),
    });
  }

  #report(line: string): void {
    this.#status.clear();
    if (this.#options.progress === undefined || this.#options.progress === true) console.log(line);
  }
}

/**
 * Trains a network on examples x [n, …] and y [n, …], and returns its parameters.
 *
 * It computes the same bits as this training loop:
 * - `[initKey, orderKey, stepKey] = random.split(key, 3)`. `net.init(initKey, x.shape)` and
 *   `optimizer.init(params)`, unless the options have `params` and `optimizerState`.
 * - In each epoch, the examples are in the order `permutation(foldIn(orderKey, epoch), n)`, in
 *   batches of `batchSize` examples. The last one can be smaller.
 * - For each batch, `valueAndGrad` of the loss and `optimizer.update`, compiled. A network that
 *   needs a key trains with `foldIn(stepKey, batch)`. Batches and epochs count from 0.
 *
 * It prints a line for each epoch. Ctrl-C, SIGTERM or `signal` ends it after the current batch.
 * With `earlyStopping`, the parameters of the best epoch are returned. With `checkpoints`, training
 * resumes where it ended and computes the same bits; the options must be the same. To continue with
 * other options, pass `params`, `state` and `optimizerState` of the result.
 *
 * Rejects with a TypeError or RangeError for data and options that do not fit, and with an Error if
 * the loss is no longer finite, if a parameter is NaN after an epoch, or if validation data have
 * numbers that are not finite.
 *
 * @example
 * const x = random.uniform(random.key(1), [256, 2], { minval: -1 });
 * const y = greater(sum(x, { axis: 1 }), 0);
 * const net = Sequential({ hidden: Dense(8), tanh, out: Dense(2) });
 * const { params, history } = await fit(net, { x, y }, {
 *   loss: softmaxCrossEntropy,
 *   optimizer: adam({ learningRate: 0.03 }),
 *   epochs: 10,
 *   metrics: { accuracy },
 *   progress: false,
 * });
 * console.log(history.length, history[9].train.accuracy > 0.95); // → 10 true
 * console.log(net.apply(params, x).shape); // → [ 256, 2 ]
 */
export async function fit<
  P,
  S = NoState,
  M extends FitMetrics = Record<never, never>,
  O = object,
  X = Tensor,
>(
  // One signature, so that errors of the compiler are about the argument that is wrong.
  net: Module<P, X> | Network<P, S, Need, X>,
  data: FitData<NoInfer<X>>,
  options: FitOptions<M, O, NoInfer<X>> & FitStart<NoInfer<P>, NoInfer<S>, NoInfer<O>>,
): Promise<FitResult<P, S, M, O>>;
export async function fit(net: unknown, data: FitData, options: unknown): Promise<unknown> {
  const training = new Training(checkNet(net), data, options as AnyOptions);
  await training.resume();
  return training.result(await training.run());
}
