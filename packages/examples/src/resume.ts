/** Training runs as checkpoints: what is saved of a run, and how it goes on. */
import { createHash } from 'node:crypto';
import { random } from '@mini/autograd';
import { type Checkpoint, latestCheckpoint, saveCheckpoint } from '@mini/nn/checkpoints';
import type { PreparedData, TrainingSettings, TrainingState } from './classify.ts';
import type { EpochResult } from './plots/charts.ts';

/** How far a run is. */
export interface Progress {
  readonly state: TrainingState;
  /** Of the batches of the epoch so far. */
  readonly lossSum: number;
  /** Of the epochs so far. */
  readonly history: readonly EpochResult[];
}

/** What must be the same for a run to go on; the number of epochs may change. */
const identity = (
  { seed, hidden, learningRate, batchSize, loss, optimizer }: TrainingSettings,
  { train, mean, std }: PreparedData,
): Readonly<Record<string, string>> => ({
  seed: String(seed),
  hidden: hidden.join(),
  'learning-rate': String(learningRate),
  'batch-size': String(batchSize),
  loss,
  optimizer,
  data: `${train.images.shape.join('x')}, mean ${mean}, deviation ${std}, labels ${createHash('sha256')
    .update(new Uint8Array(train.labels.data))
    .digest('hex')
    .slice(0, 8)}`,
});

const PROGRAM = 'mnist';
const NAMES = ['loss', 'trainAccuracy', 'validationAccuracy'] as const;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isEpochResult = (value: unknown): value is EpochResult =>
  typeof value === 'object' &&
  value !== null &&
  NAMES.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'number');

/** What a checkpoint says of the run, apart from the tensors. */
const readPosition = (
  metadata: Readonly<Record<string, string>>,
): Omit<Progress, 'state'> & Pick<TrainingState, 'epoch' | 'batch' | 'key'> => {
  const { epoch, batch, lossSum, history, key } = JSON.parse(metadata['progress'] ?? 'null') as Readonly<
    Record<string, unknown>
  >;
  if (!isCount(epoch) || !isCount(batch) || typeof lossSum !== 'number') throw new Error('no position');
  if (!Array.isArray(history) || !history.every(isEpochResult)) throw new Error('no history');
  return { epoch, batch, lossSum, history, key: random.keyFromData(key as readonly number[]) };
};

const restore = (
  { path, metadata, restore: restoreTree }: Checkpoint,
  expected: Readonly<Record<string, string>>,
  fresh: TrainingState,
): Progress => {
  if (metadata['program'] !== PROGRAM) throw new Error(`${path}: not a checkpoint of this program`);
  const differences = Object.entries(expected)
    .filter(([name, value]) => metadata[name] !== value)
    .map(([name, value]) => `\n  ${name}: ${metadata[name] ?? 'nothing'} there, ${value} now`);
  if (differences.length > 0) throw new Error(`${path}: a checkpoint of another run:${differences.join('')}`);
  let position;
  try {
    position = readPosition(metadata);
  } catch (error) {
    throw new Error(`${path}: not a checkpoint of this program: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const { lossSum, history, ...place } = position;
  const tensors = restoreTree({ params: fresh.params, optimizer: fresh.optimizer });
  return { state: { ...tensors, ...place }, lossSum, history };
};

const describePlace = ({ state, history }: Progress, { epochs }: TrainingSettings): string =>
  history.length === epochs
    ? `all ${epochs} epochs are done`
    : `epoch ${state.epoch + 1}, batch ${state.batch + 1}`;

export interface RunOptions {
  readonly directory: string;
  /** How many checkpoints are kept. */
  readonly keep: number;
  /** Whether to go on from a checkpoint that is there; without, there must be none. */
  readonly resume: boolean;
}

export interface Run {
  /** Where it goes on; undefined at the beginning. */
  readonly progress: Progress | undefined;
  /** Saves how far it is; gives the file's path. */
  save(progress: Progress): string;
}

/**
 * Opens the directory of a run's checkpoints. `fresh` is a state as at the beginning. Says what it finds through `report`. Throws an Error, before anything is touched,
 * for checkpoints of another run or program, and for those that are there though `resume` is not asked for.
 */
export const openRun = (
  { directory, keep, resume }: RunOptions,
  settings: TrainingSettings,
  data: PreparedData,
  fresh: TrainingState,
  batches: number,
  report: (message: string) => void,
): Run => {
  const expected = identity(settings, data);
  const { checkpoint, damaged } = latestCheckpoint(directory);
  for (const { path, reason } of damaged) report(`not used: ${path}: ${reason}`);
  if (!resume && (checkpoint !== undefined || damaged.length > 0)) {
    throw new Error(
      `${directory} holds checkpoints of an earlier run: add --resume to go on from the last, or choose another directory`,
    );
  }
  if (checkpoint === undefined && damaged.length > 0)
    throw new Error(
      `${directory}: every checkpoint is damaged: remove them, or choose another directory, to start again`,
    );
  const progress = checkpoint && restore(checkpoint, expected, fresh);
  const epochsBegun = progress === undefined ? 0 : progress.state.epoch + (progress.state.batch > 0 ? 1 : 0);
  if (epochsBegun > settings.epochs) {
    throw new Error(
      `--epochs ${settings.epochs}: the run in ${directory} is in epoch ${epochsBegun} already`,
    );
  }
  if (resume) {
    report(
      checkpoint === undefined || progress === undefined
        ? `no checkpoint in ${directory}: starting at the beginning`
        : `resuming from ${checkpoint.path}: ${describePlace(progress, settings)}`,
    );
  }
  const save = ({ state, lossSum, history }: Progress): string => {
    const { params, optimizer, key, epoch, batch } = state;
    const position = { epoch, batch, lossSum, history, key: [...key.data] };
    const metadata = { program: PROGRAM, ...expected, progress: JSON.stringify(position) };
    return saveCheckpoint(directory, epoch * batches + batch, { params, optimizer }, { metadata, keep });
  };
  // A place that cannot be written to is an error before the training.
  if (progress === undefined) save({ state: fresh, lossSum: 0, history: [] });
  return { progress, save };
};
