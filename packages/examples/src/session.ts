/** A training session of the MNIST program: trains, shows how far it is, saves checkpoints, and stops when asked to. */
import { setImmediate } from 'node:timers/promises';
import type { Module } from '@mini/nn';
import type { Interruption } from '@mini/tools/interruption';
import { SingleBar } from 'cli-progress';
import {
  getAcc,
  type NetParams,
  type PreparedData,
  type Step,
  startTraining,
  trainClassifier,
  type TrainingSettings,
  type TrainingState,
} from './classify.ts';
import { formatFraction } from './evaluation.ts';
import type { EpochResult } from './plots/charts.ts';
import type { Progress } from './resume.ts';

export interface SessionOptions {
  readonly net: Module<NetParams>;
  readonly data: PreparedData;
  readonly settings: TrainingSettings;
  /** Where to go on; undefined for the beginning. */
  readonly progress: Progress | undefined;
  /** Saves a checkpoint, after every so many batches, at the end of every epoch if 0. */
  readonly save: ((progress: Progress) => string) | undefined;
  readonly every: number;
  readonly interruption: Interruption;
}

export interface SessionResult {
  readonly params: NetParams;
  readonly history: readonly EpochResult[];
}

/** Trains to the end of the last epoch. Undefined if it was interrupted. */
export const trainSession = async ({
  net,
  data: { train, validation },
  settings,
  progress,
  save,
  every,
  interruption,
}: SessionOptions): Promise<SessionResult | undefined> => {
  const start = progress?.state ?? startTraining(net, train.images.shape, settings);
  const history: EpochResult[] = [...(progress?.history ?? [])];
  let lossSum = progress?.lossSum ?? 0;
  let state: TrainingState = start;
  let images = 0;
  let trainingTime = 0;
  const accuracyOf = getAcc(net);
  const bar = new SingleBar({
    format: 'epoch {epoch} [{bar}] {value}/{total} batches  loss {loss}',
    clearOnComplete: true,
    hideCursor: null,
  });

  const endEpoch = ({ epoch, batches }: Step): void => {
    bar.stop();
    const result = {
      loss: lossSum / batches,
      trainAccuracy: accuracyOf(state.params, train),
      validationAccuracy: accuracyOf(state.params, validation),
    };
    history.push(result);
    lossSum = 0;
    const number = String(epoch + 1).padStart(String(settings.epochs).length);
    console.log(
      `epoch ${number}/${settings.epochs}  loss ${result.loss.toFixed(4)}  training accuracy ${formatFraction(result.trainAccuracy)}  validation accuracy ${formatFraction(result.validationAccuracy)}`,
    );
  };

  let mark = performance.now();
  let sinceSaved = 0;
  let saved: string | undefined;
  try {
    for (const step of trainClassifier(net, train, settings, start)) {
      ({ state } = step);
      const { epoch, batch, batches } = step;
      const loss = step.loss.item();
      lossSum += loss;
      images += train.labels.size / batches;
      if (!bar.isActive) bar.start(batches, batch, { epoch: epoch + 1, loss: '' });
      bar.update(batch + 1, { loss: loss.toFixed(4) });
      trainingTime += performance.now() - mark;
      const isLast = batch + 1 === batches;
      if (isLast) endEpoch(step);
      sinceSaved++;
      const isInterrupted = interruption.isRequested();
      if (save !== undefined && (isInterrupted || (every === 0 ? isLast : sinceSaved >= every))) {
        saved = save({ state, lossSum, history });
        sinceSaved = 0;
      }
      if (isInterrupted) {
        bar.stop();
        console.log(
          `interrupted in epoch ${epoch + 1} after batch ${batch + 1} of ${batches}: ${saved === undefined ? 'nothing was saved (see --checkpoint)' : `saved ${saved}, add --resume to go on`}`,
        );
        return undefined;
      }
      // Lets signals in.
      await setImmediate();
      mark = performance.now();
    }
  } finally {
    bar.stop();
  }
  if (save !== undefined && sinceSaved > 0) save({ state, lossSum, history });
  if (images > 0) {
    const seconds = trainingTime / 1000;
    console.log(
      `trained on ${Math.round(images)} images in ${seconds.toFixed(1)} s (${Math.round(images / seconds)} images/s)`,
    );
  }
  return { params: state.params, history };
};
