/** Saving training runs as checkpoints, and resuming them. */
import { createHash } from 'node:crypto';
import { random } from '@mini/autograd';
import { type Checkpoint, latestCheckpoint, saveCheckpoint } from '@mini/nn/checkpoints';
import type { TrainingSettings, TrainingState } from './classify.ts';
import type { PreparedData } from './data/prepare.ts';
import type { EpochResult } from './figures.ts';

/** How far a run is. */
export interface Progress {
  readonly state: TrainingState;
  /** The sum of the losses of this epoch's batches so far. */
  readonly lossSum: number;
  /** The results of the epochs so far. */
  readonly history: readonly EpochResult[];
}

/** What must stay the same, by name. A value is undefined if the setting is not used. */
type Identity = Readonly<Record<string, string | undefined>>;

/** Returns the settings that are not always used. Checkpoints of earlier versions lack them. */
const identifyOptions = (settings: TrainingSettings): Identity => {
  const { model, batchNorm, dropout, shift, schedule, epochs } = settings;
  return {
    model: model === 'mlp' ? undefined : model,
    'batch-norm': batchNorm ? 'true' : undefined,
    dropout: dropout === 0 ? undefined : String(dropout),
    shift: shift === 0 ? undefined : String(shift),
    // The learning rate of each step depends on the number of steps.
    schedule: schedule === 'constant' ? undefined : `${schedule} over ${epochs} epochs`,
  };
};

/** Returns what must stay the same when a run is resumed; the number of epochs can change. */
const identify = (settings: TrainingSettings, { train, mean, std }: PreparedData): Identity => ({
  seed: String(settings.seed),
  hidden: settings.hidden.join(),
  'learning-rate': String(settings.learningRate),
  'batch-size': String(settings.batchSize),
  loss: settings.loss,
  optimizer: settings.optimizer,
  ...identifyOptions(settings),
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

/** Reads the progress of the run from a checkpoint's metadata: all of it but the tensors. */
const readPosition = (
  metadata: Readonly<Record<string, string>>,
): Omit<Progress, 'state'> & Pick<TrainingState, 'epoch' | 'batch' | 'key'> => {
  const { epoch, batch, lossSum, history, key } = JSON.parse(metadata['progress'] ?? 'null') as Readonly<
    Record<string, unknown>
  >;
  if (!isCount(epoch) || !isCount(batch) || typeof lossSum !== 'number')
    throw new Error('its metadata lack the position');
  if (!Array.isArray(history) || !history.every(isEpochResult))
    throw new Error('its metadata lack the history');
  return { epoch, batch, lossSum, history, key: random.keyFromData(key as readonly number[]) };
};

/** Returns the state of the network, if it has one. */
const netState = ({ state }: TrainingState): Partial<Pick<TrainingState, 'state'>> =>
  Object.keys(state).length === 0 ? {} : { state };

const restore = (
  { path, metadata, restore: restoreTree }: Checkpoint,
  expected: Identity,
  fresh: TrainingState,
): Progress => {
  if (metadata['program'] !== PROGRAM) throw new Error(`${path}: not a checkpoint of this program`);
  const differences = Object.entries(expected)
    .filter(([name, value]) => metadata[name] !== value)
    .map(([name, value]) => `\n  ${name}: ${metadata[name] ?? 'nothing'} there, ${value ?? 'nothing'} now`);
  if (differences.length > 0) throw new Error(`${path}: a checkpoint of another run:${differences.join('')}`);
  let found;
  try {
    found = readPosition(metadata);
  } catch (error) {
    throw new Error(`${path}: not a checkpoint of this program: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const { lossSum, history, ...position } = found;
  const tensors = restoreTree({ params: fresh.params, optimizer: fresh.optimizer, ...netState(fresh) });
  return { state: { state: {}, ...tensors, ...position }, lossSum, history };
};

const describeProgress = ({ state, history }: Progress, { epochs }: TrainingSettings): string =>
  history.length === epochs
    ? `all ${epochs} epochs are done`
    : `epoch ${state.epoch + 1}, batch ${state.batch + 1}`;

export interface RunOptions {
  readonly directory: string;
  /** The number of checkpoints to keep. */
  readonly keep: number;
  /** Whether to continue from a checkpoint; if false, the directory must not contain any. */
  readonly resume: boolean;
}

export interface Run {
  /** The progress to resume from; undefined at the beginning. */
  readonly progress: Progress | undefined;
  /** Saves a checkpoint and returns its path. */
  save(progress: Progress): string;
}

/** Checks that the run can start, or resume, from what its directory contains. */
const checkFound = (
  { directory, resume }: RunOptions,
  checkpoint: Checkpoint | undefined,
  damagedCount: number,
): void => {
  if (!resume && (checkpoint !== undefined || damagedCount > 0)) {
    throw new Error(
      `${directory} contains checkpoints of an earlier run: add --resume to continue from the last one, or choose another directory`,
    );
  }
  if (checkpoint === undefined && damagedCount > 0) {
    throw new Error(
      `${directory}: every checkpoint is damaged: remove them or choose another directory, and start again`,
    );
  }
};

/** Checks that the run has not started more epochs than the settings have. */
const checkEpochs = (directory: string, { state }: Progress, { epochs }: TrainingSettings): void => {
  const started = state.epoch + (state.batch > 0 ? 1 : 0);
  if (started <= epochs) return;
  throw new Error(`--epochs ${epochs}: the run in ${directory} has already started epoch ${started}`);
};

/**
 * Opens the directory of a run's checkpoints.
 *
 * `fresh` is the state before the first batch; `report` receives messages for the user. Throws an
 * Error, and changes no file, if the checkpoints are of another run or program, or if there are
 * any although `resume` is false.
 */
export const openRun = (
  options: RunOptions,
  settings: TrainingSettings,
  data: PreparedData,
  fresh: TrainingState,
  batches: number,
  report: (message: string) => void,
): Run => {
  const { directory, keep, resume } = options;
  const expected = identify(settings, data);
  const { checkpoint, damaged } = latestCheckpoint(directory);
  for (const { path, reason } of damaged) report(`not used: ${path}: ${reason}`);
  checkFound(options, checkpoint, damaged.length);
  const save = ({ state, lossSum, history }: Progress): string => {
    const { params, optimizer, key, epoch, batch } = state;
    const tensors = { params, optimizer, ...netState(state) };
    const position = { epoch, batch, lossSum, history, key: [...key.data] };
    const used = Object.entries(expected).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const metadata = { program: PROGRAM, ...Object.fromEntries(used), progress: JSON.stringify(position) };
    return saveCheckpoint(directory, epoch * batches + batch, tensors, { metadata, keep });
  };
  if (checkpoint === undefined) {
    if (resume) report(`no checkpoint in ${directory}: starting at the beginning`);
    // Fails now, not after an epoch, if the directory is not writable.
    save({ state: fresh, lossSum: 0, history: [] });
    return { progress: undefined, save };
  }
  const progress = restore(checkpoint, expected, fresh);
  checkEpochs(directory, progress, settings);
  report(`resuming from ${checkpoint.path}: ${describeProgress(progress, settings)}`);
  return { progress, save };
};
