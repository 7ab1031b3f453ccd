/** The MNIST program's training: shows progress, saves checkpoints, and stops on request. */
import { setImmediate } from 'node:timers/promises';
import type { Interruption } from '@mini/tools/interruption';
import { type Tensor, tensor, tree } from '@mini/autograd';
import { SingleBar } from 'cli-progress';
import {
  getAcc,
  type Step,
  trainClassifier,
  type TrainingSettings,
  type TrainingState,
  type Weights,
} from './classify.ts';
import { firstExamples, type PreparedData } from './data/prepare.ts';
import { formatFraction } from './evaluation.ts';
import { formatLoss } from './finite.ts';
import type { DigitNet, NetParams, NetState } from './networks.ts';
import type { EpochResult } from './figures.ts';
import type { Progress } from './resume.ts';

export interface SessionOptions {
  readonly net: DigitNet;
  readonly data: PreparedData;
  readonly settings: TrainingSettings;
  /** The state before the first batch. */
  readonly start: TrainingState;
  /** The progress of the run to resume; undefined to start at the beginning. */
  readonly progress: Progress | undefined;
  /** Saves a checkpoint and returns its path; undefined to save none. */
  readonly save: ((progress: Progress) => string) | undefined;
  /** The number of batches between two checkpoints; 0 for one at the end of every epoch. */
  readonly every: number;
  readonly interruption: Interruption;
}

/** What the last full epoch resulted in. */
export interface SessionResult {
  readonly params: NetParams;
  readonly state: NetState;
  readonly history: readonly EpochResult[];
  /** Where the training was interrupted, as text; undefined if it came to its end. */
  readonly interrupted: string | undefined;
}

class Session {
  readonly #options: SessionOptions;
  readonly #accuracyOf: ReturnType<typeof getAcc>;
  readonly #history: EpochResult[];
  readonly #bar = new SingleBar({
    format: 'epoch {epoch} [{bar}] {value}/{total} batches  mean loss {loss}',
    clearOnComplete: true,
    hideCursor: null,
    // Do not switch line wrapping off: after a crash it would stay off.
    linewrap: null,
  });
  #state: TrainingState;
  /** The sum of the losses of this epoch's batches. */
  #lossSum: number;
  #trainedImages = 0;
  #trainingMilliseconds = 0;
  /** The number of batches since the last checkpoint. */
  #unsaved = 0;
  #savedPath: string | undefined;
  /**
   * The weights after the last full epoch: the next step reuses the memory of those in the state.
   */
  #weights: Weights;

  constructor(options: SessionOptions) {
    const { net, start, progress } = options;
    this.#options = options;
    this.#accuracyOf = getAcc(net);
    this.#history = [...(progress?.history ?? [])];
    this.#state = progress?.state ?? start;
    this.#lossSum = progress?.lossSum ?? 0;
    this.#weights = copyWeights(this.#state);
  }

  async run(): Promise<SessionResult> {
    const { net, data, settings, interruption } = this.#options;
    try {
      let started = performance.now();
      for (const step of trainClassifier(net, data.train, settings, this.#state)) {
        this.#record(step);
        this.#trainingMilliseconds += performance.now() - started;
        const isLast = step.batch + 1 === step.batches;
        if (isLast) this.#endEpoch(step);
        // Node handles signals here.
        await setImmediate();
        const isInterrupted = interruption.isRequested();
        if (isInterrupted || this.#isSaveDue(isLast)) this.#save();
        if (isInterrupted) return this.#result(this.#describeInterruption(step));
        started = performance.now();
      }
    } finally {
      this.#bar.stop();
    }
    if (this.#unsaved > 0) this.#save();
    this.#printSpeed();
    return this.#result(undefined);
  }

  #result(interrupted: string | undefined): SessionResult {
    return { ...this.#weights, history: this.#history, interrupted };
  }

  #record({ epoch, batch, batches, loss, state }: Step): void {
    this.#state = state;
    const value = loss.item();
    this.#lossSum += value;
    this.#trainedImages += this.#options.data.train.labels.size / batches;
    this.#unsaved++;
    if (!this.#bar.isActive) this.#bar.start(batches, batch, { epoch: epoch + 1, loss: '' });
    this.#bar.update(batch + 1, { loss: formatLoss(this.#lossSum / (batch + 1)) });
  }

  #endEpoch({ epoch, batches }: Step): void {
    this.#bar.stop();
    const { data, settings } = this.#options;
    const { params, state } = this.#state;
    // Convolutions take long, and 10,000 images say enough.
    const measured = settings.model === 'cnn' ? firstExamples(data.train, 10_000) : data.train;
    const result = {
      loss: this.#lossSum / batches,
      trainAccuracy: this.#accuracyOf(params, measured, state),
      validationAccuracy: this.#accuracyOf(params, data.validation, state),
    };
    this.#history.push(result);
    this.#lossSum = 0;
    this.#weights = copyWeights(this.#state);
    const number = String(epoch + 1).padStart(String(settings.epochs).length);
    console.log(
      `epoch ${number}/${settings.epochs}`,
      ` loss ${formatLoss(result.loss)}`,
      ` training accuracy ${formatFraction(result.trainAccuracy)}`,
      ` validation accuracy ${formatFraction(result.validationAccuracy)}`,
    );
  }

  #isSaveDue(isEpochEnd: boolean): boolean {
    const { every } = this.#options;
    return every === 0 ? isEpochEnd : this.#unsaved >= every;
  }

  #save(): void {
    const { save } = this.#options;
    if (save === undefined) return;
    this.#savedPath = save({ state: this.#state, lossSum: this.#lossSum, history: this.#history });
    this.#unsaved = 0;
  }

  #describeInterruption({ epoch, batch, batches }: Step): string {
    this.#bar.stop();
    const saved = this.#savedPath === undefined ? '' : `: saved ${this.#savedPath}, add --resume to continue`;
    return `interrupted in epoch ${epoch + 1} after batch ${batch + 1} of ${batches}${saved}`;
  }

  #printSpeed(): void {
    if (this.#trainedImages === 0) return;
    const images = Math.round(this.#trainedImages);
    const seconds = this.#trainingMilliseconds / 1000;
    const speed = Math.round(this.#trainedImages / seconds);
    console.log(`trained on ${images} images in ${seconds.toFixed(1)} s (${speed} images/s)`);
  }
}

/** Copies weights out of the memory that the next step reuses. */
const copyWeights = ({ params, state }: Weights): Weights => {
  const copy = (x: Tensor): Tensor => tensor(x.data, x.shape);
  return { params: tree.map(copy, params), state: tree.map(copy, state) };
};

/** Trains to the end of the last epoch, or until it is interrupted. */
export const trainSession = (options: SessionOptions): Promise<SessionResult> => new Session(options).run();
