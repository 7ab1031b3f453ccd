/** A training run on digits, one batch at a time, and how far it is. */
import { type Tensor, tensor, tree } from '@mini/autograd';
import { getAcc, startTraining, type Step, trainClassifier, type TrainingSettings } from '../classify.ts';
import { firstExamples, type PreparedData } from '../data/prepare.ts';
import type { Splits } from '../data/dataset.ts';
import type { Model } from '../model-file.ts';
import { makeNet, type NetParams } from '../networks.ts';
import type { Progress } from './messages.ts';

/** Accuracies are measured this often in an epoch, on this many images. */
const MEASUREMENTS = 5;
const MEASURED_IMAGES = 1000;

/** Images as bytes, and prepared for the network. */
export interface Images {
  readonly splits: Splits;
  readonly data: PreparedData;
}

export interface BatchResult {
  readonly model: Model;
  /** Epochs since the start, with fractions. */
  readonly time: number;
  readonly loss: number;
}

/** Whether a model is for images of this size. */
export const isOfSize = ({ rows, columns }: Model, { train }: Splits): boolean =>
  rows === train.rows && columns === train.columns;

const checkSize = (model: Model, splits: Splits): void => {
  if (isOfSize(model, splits)) return;
  const { rows, columns } = splits.train;
  throw new Error(
    `The model was trained on images of ${model.rows} × ${model.columns} pixels, and these have ${rows} × ${columns}.`,
  );
};

/** Before the first batch. */
export const NO_PROGRESS: Omit<Progress, 'status' | 'threads'> = {
  epoch: 0,
  batch: 0,
  batches: 0,
  epochs: 0,
  loss: undefined,
  imagesPerSecond: 0,
};

export class TrainingRun {
  readonly #images: Images;
  readonly #settings: TrainingSettings;
  readonly #steps: Iterator<Step>;
  readonly #accuracyOf: ReturnType<typeof getAcc>;
  #last: Step | undefined;
  /** A copy of the parameters before the first batch. */
  readonly start: NetParams;
  #trainedImages = 0;
  #milliseconds = 0;
  /** The sum of the losses of this epoch's batches. */
  #lossSum = 0;

  /** Starts from a model, if there is one: then that determines the layers and the loss. */
  constructor(images: Images, settings: TrainingSettings, model: Model | undefined) {
    if (model !== undefined) checkSize(model, images.splits);
    const { model: name, hidden, loss, batchNorm } = model ?? settings;
    const { train } = images.data;
    this.#settings = { ...settings, model: name, hidden, loss, batchNorm };
    const net = makeNet(this.#settings);
    this.#images = images;
    const fresh = startTraining(net, train.images.shape, this.#settings);
    const start = model === undefined ? fresh : { ...fresh, params: model.params, state: model.state };
    // Training reuses the memory of its parameters.
    this.start = tree.map((x: Tensor) => tensor(x.data, x.shape), start.params);
    this.#steps = trainClassifier(net, train, this.#settings, start);
    this.#accuracyOf = getAcc(net);
  }

  /** Trains on one batch. Throws an Error if that fails. */
  step(): BatchResult {
    const started = performance.now();
    const step = this.#steps.next().value as Step;
    const loss = step.loss.item();
    this.#lossSum = (step.batch === 0 ? 0 : this.#lossSum) + loss;
    this.#milliseconds += performance.now() - started;
    const { splits, data } = this.#images;
    this.#trainedImages += data.train.labels.size / step.batches;
    this.#last = step;
    const { params, state } = step.state;
    const { mean, std } = data;
    const { model, hidden, loss: kind, batchNorm } = this.#settings;
    const { rows, columns } = splits.train;
    return {
      model: { params, state, model, hidden, loss: kind, batchNorm, mean, std, rows, columns },
      time: step.epoch + (step.batch + 1) / step.batches,
      loss,
    };
  }

  get isFinished(): boolean {
    return this.#last?.state.epoch === this.#settings.epochs;
  }

  /** Whether the accuracies should be measured after the last batch. */
  get isMeasurementDue(): boolean {
    if (this.#last === undefined) return false;
    const { batch, batches } = this.#last;
    return (batch + 1) % Math.max(1, Math.floor(batches / MEASUREMENTS)) === 0;
  }

  get progress(): Omit<Progress, 'status' | 'threads'> {
    if (this.#last === undefined) return NO_PROGRESS;
    const { epoch, batch, batches } = this.#last;
    const seconds = this.#milliseconds / 1000;
    return {
      epoch: epoch + 1,
      batch: batch + 1,
      batches,
      epochs: this.#settings.epochs,
      loss: this.#lossSum / (batch + 1),
      imagesPerSecond: seconds === 0 ? 0 : this.#trainedImages / seconds,
    };
  }

  /** The batch that comes next, in words. */
  get nextBatch(): string {
    const { epoch, batch } = this.#last?.state ?? { epoch: 0, batch: 0 };
    return `in epoch ${epoch + 1}, batch ${batch + 1}`;
  }

  /** The accuracies of a model on the first training and validation images. */
  measure({ params, state }: Model): { readonly train: number; readonly validation: number } {
    const { train, validation } = this.#images.data;
    return {
      train: this.#accuracyOf(params, firstExamples(train, MEASURED_IMAGES), state),
      validation: this.#accuracyOf(params, firstExamples(validation, MEASURED_IMAGES), state),
    };
  }

  testAccuracy({ params, state }: Model): number {
    return this.#accuracyOf(params, this.#images.data.test, state);
  }
}
