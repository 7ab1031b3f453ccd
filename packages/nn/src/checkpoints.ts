/**
 * Checkpoints: the state of a training run as files in a directory, for Node.
 *
 * Each checkpoint is a safetensors file such as `step-000000120-0123456789abcdef.safetensors`. The
 * name contains the step and the start of the SHA-256 of the content. A file whose content does not
 * match its name is damaged.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '@mini/autograd';
import { asOp, checkBoolean, checkInteger, checkOptions, describe, typeError } from '@mini/autograd/check';
import { makeDirectory, writeAtomically } from './atomic-files.ts';
import { readTrained, type Trained } from './fit/saved.ts';
import type { CheckpointStore } from './fit/types.ts';
import type { Module, ShapeOf } from './layers/module.ts';
import type { Need, Network, NoState } from './layers/network.ts';
import { loadSafetensors, saveSafetensors } from './safetensors.ts';
import { flattenTree } from './trees.ts';

export interface SaveCheckpointOptions {
  /** Strings by name, stored in the same file as the state. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The number of checkpoints to keep in the directory: those of the highest steps. Default 3. */
  readonly keep?: number;
}

export interface Checkpoint {
  /** Where the file is. */
  readonly path: string;
  /** The step that it was saved at. */
  readonly step: number;
  /** What was saved as metadata. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Returns the state as a tree of the same structure as the template.
   *
   * Throws a RangeError that lists all differences if the structures differ.
   */
  restore<S>(template: S): S;
}

/** The checkpoints found in a directory. */
export interface FoundCheckpoint {
  /** The checkpoint of the highest step that is not damaged; undefined if there is none. */
  readonly checkpoint: Checkpoint | undefined;
  /** Later checkpoints that could not be read, with the reasons. */
  readonly damaged: readonly { readonly path: string; readonly reason: string }[];
}

/** The name of a checkpoint: its step and the hash of its content. */
const NAME = /^step-(\d{9,16})-([0-9a-f]{16})\.safetensors$/;
/** The name of a file that a process, named by its id, has not finished writing. */
const PARTIAL = /^step-.*\.(\d+)\.part$/;

const checkPath = (op: string, directory: unknown): void => {
  // Bundlers for browsers leave nothing of the modules of Node.
  if (typeof mkdirSync !== 'function')
    throw new Error(
      `${op}: files cannot be used here: in a page, store the bytes of saveSafetensors, or pass fit a store of your own`,
    );
  if (typeof directory !== 'string' || directory === '')
    throw typeError(op, `directory is not a path: expected a string, got ${describe(directory)}`);
};

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

const withPath = (op: string, path: string, error: unknown): Error =>
  new Error(`${op}: ${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

interface Entry {
  readonly path: string;
  readonly step: number;
  readonly hash: string;
}

/** Lists the checkpoints in a directory, the highest step first. */
const listEntries = (directory: string): Entry[] =>
  readdirSync(directory, { withFileTypes: true })
    .flatMap((entry) => {
      const { name } = entry;
      const [, step, hash] = NAME.exec(name) ?? [];
      return step === undefined || !entry.isFile()
        ? []
        : [{ path: join(directory, name), step: Number(step), hash }];
    })
    .sort((a, b) => b.step - a.step);

/** Removes checkpoints in excess of `keep`, and unfinished files of processes that were killed. */
const prune = (directory: string, saved: string, step: number, keep: number): void => {
  const others = listEntries(directory).filter(({ path }) => path !== saved);
  // The new checkpoint replaces an earlier one of the same step.
  const sameStep = others.filter((entry) => entry.step === step);
  const later = others.filter((entry) => entry.step > step);
  const earlier = others.filter((entry) => entry.step < step);
  const excess = [...later, undefined, ...earlier].slice(keep).filter((entry) => entry !== undefined);
  for (const { path } of [...sameStep, ...excess]) rmSync(path, { force: true });
  for (const name of readdirSync(directory)) {
    const pid = PARTIAL.exec(name)?.[1];
    if (pid !== undefined && Number(pid) !== process.pid && !isRunning(Number(pid)))
      rmSync(join(directory, name), { force: true });
  }
};

/**
 * Saves the state of a training run, a tree of tensors, and returns the path of the file.
 *
 * Creates the directory if it does not exist. The file appears in it whole or not at all, even if
 * the process crashes. Afterwards removes checkpoints that are older than the last `keep`. Random
 * keys are saved as texts: write `{ metadata: { key: JSON.stringify(key) } }`, and make the key
 * again by `random.keyFromData(JSON.parse(metadata.key))`.
 *
 * Throws a TypeError or RangeError for invalid arguments, and an Error with the reason of the
 * operating system if the file cannot be written. The checkpoints are unchanged after an error.
 *
 * @example
 * const params = { w: zeros([3]) };
 * const state = adam().init(params);
 * saveCheckpoint('run', 120, { params, state }, { metadata: { epoch: '2' } });
 */
export function saveCheckpoint(
  directory: string,
  step: number,
  state: unknown,
  options: SaveCheckpointOptions = {},
): string {
  const op = 'saveCheckpoint';
  checkPath(op, directory);
  const { metadata = {}, keep = 3 } = checkOptions(op, options, ['metadata', 'keep']);
  checkInteger(op, 'step', step, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(op, 'keep', keep, 1, Number.MAX_SAFE_INTEGER);
  // Checked here, so that the error names the state.
  flattenTree(op, 'state', state);
  const bytes = asOp(op, () => saveSafetensors(state, metadata));
  const name = `step-${String(step).padStart(9, '0')}-${hashOf(bytes)}.safetensors`;
  const path = join(directory, name);
  try {
    makeDirectory(directory);
    writeAtomically(directory, name, bytes);
  } catch (error) {
    throw withPath(op, path, error);
  }
  try {
    prune(directory, path, step, keep);
  } catch {
    // The checkpoint is saved even if old files cannot be removed.
  }
  return path;
}

const readCheckpoint = ({ path, step, hash }: Entry): Checkpoint => {
  const bytes = readFileSync(path);
  const found = hashOf(bytes);
  if (found !== hash) throw new Error(`damaged: its content has the hash ${found}, expected ${hash}`);
  const { metadata } = loadSafetensors(bytes);
  return {
    path,
    step,
    metadata,
    restore: (template) => asOp('restore', () => loadSafetensors(bytes, template).params),
  };
};

/**
 * Returns the last checkpoint in a directory that is not damaged, and the damaged ones after it.
 *
 * Returns no checkpoint if the directory does not exist. Does not change any file. Throws an Error
 * with the reason of the operating system if the directory cannot be read.
 *
 * @example
 * saveCheckpoint('older run', 7, { w: tensor([1, 2]) });
 * const { checkpoint } = latestCheckpoint('older run');
 * const state = checkpoint?.restore({ w: zeros([2]) });
 * console.log(checkpoint?.step, state?.w.toArray()); // → 7 [ 1, 2 ]
 */
export function latestCheckpoint(directory: string): FoundCheckpoint {
  checkPath('latestCheckpoint', directory);
  const damaged: { path: string; reason: string }[] = [];
  let entries: Entry[];
  try {
    entries = listEntries(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { checkpoint: undefined, damaged };
    throw withPath('latestCheckpoint', directory, error);
  }
  for (const entry of entries) {
    try {
      return { checkpoint: readCheckpoint(entry), damaged };
    } catch (error) {
      damaged.push({ path: entry.path, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { checkpoint: undefined, damaged };
}

/**
 * Returns the network in the last checkpoint of `fit`, to use it in a program that does not train.
 *
 * `directory` is the folder passed to `checkpointFolder`. `inputShape` is [n, …], the shape of the
 * inputs, for any n; for a network of several inputs, it is a tree of shapes. With early stopping,
 * the parameters are those after the best epoch so far.
 *
 * Throws an Error if the folder has no undamaged checkpoint of `fit`, or if the checkpoint is of
 * another network.
 *
 * @example
 * const data = { x: tensor([[0], [1]]), y: tensor([[1], [3]]) };
 * const options = { loss: meanSquaredError, optimizer: adam(), epochs: 2, progress: false };
 * const net = Dense(1);
 * const { params } = await fit(net, data, { ...options, checkpoints: checkpointFolder('kept') });
 * const trained = loadTrained('kept', net, [1, 1]);
 * console.log(equal(trained.params.kernel, params.kernel).item()); // → 1
 */
export function loadTrained<P, S = NoState, X = Tensor>(
  directory: string,
  net: Module<P, X> | Network<P, S, Need, X>,
  inputShape: ShapeOf<NoInfer<X>>,
): Trained<P, S> {
  const op = 'loadTrained';
  const { checkpoint, damaged } = asOp(op, () => latestCheckpoint(directory));
  if (checkpoint === undefined)
    throw new Error(
      damaged.length === 0
        ? `${op}: no checkpoint in ${directory}: expected a folder in which fit saved some, got none`
        : `${op}: every checkpoint in ${directory} is damaged: ${damaged[0].reason}`,
    );
  const { path } = checkpoint;
  return readTrained(op, path, readFileSync(path), net, inputShape);
}

/** Options of `checkpointFolder`. */
export interface CheckpointFolderOptions {
  /** Whether to continue from the last checkpoint; else the folder must not contain any. */
  readonly resume?: boolean;
  /** The number of checkpoints to keep. Default 3. */
  readonly keep?: number;
}

/**
 * Returns a folder as the place where `fit` saves its progress.
 *
 * Throws an Error if the folder contains checkpoints and `resume` is not true, or if all of them
 * are damaged.
 *
 * @example
 * const data = { x: tensor([[0], [1]]), y: tensor([[1], [3]]) };
 * const descent = adam({ learningRate: 0.1 });
 * const options = { loss: meanSquaredError, optimizer: descent, progress: false };
 * await fit(Dense(1), data, { ...options, epochs: 2, checkpoints: checkpointFolder('line') });
 * const checkpoints = checkpointFolder('line', { resume: true });
 * const { history } = await fit(Dense(1), data, { ...options, epochs: 5, checkpoints });
 * console.log(history.length); // → 5
 */
export function checkpointFolder(directory: string, options: CheckpointFolderOptions = {}): CheckpointStore {
  const { resume = false, keep = 3 } = checkOptions('checkpointFolder', options, ['resume', 'keep']);
  checkPath('checkpointFolder', directory);
  checkBoolean('checkpointFolder', 'resume', resume);
  checkInteger('checkpointFolder', 'keep', keep, 1, Number.MAX_SAFE_INTEGER);
  const { checkpoint, damaged } = asOp('checkpointFolder', () => latestCheckpoint(directory));
  if (!resume && (checkpoint !== undefined || damaged.length > 0))
    throw new Error(
      `checkpointFolder: ${directory} contains checkpoints: expected none; write { resume: true } to continue, or choose another folder`,
    );
  if (checkpoint === undefined && damaged.length > 0)
    throw new Error(`checkpointFolder: every checkpoint in ${directory} is damaged: ${damaged[0].reason}`);
  return {
    latest: () => checkpoint,
    save: (step, tree, metadata) => void saveCheckpoint(directory, step, tree, { metadata, keep }),
  };
}
