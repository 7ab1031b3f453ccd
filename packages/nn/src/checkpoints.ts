/**
 * Checkpoints: the state of a training run as files in a directory, for Node. Each is a safetensors file `step-000000120-0123456789abcdef.safetensors` whose name
 * holds the step and the start of its content's SHA-256, so that a damaged one is known for what it is.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { asOp, checkInteger, checkOptions, describe } from '@mini/autograd/check';
import { loadSafetensors, saveSafetensors } from './safetensors.ts';

export interface SaveCheckpointOptions {
  /** Texts by name to keep beside the state. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** How many checkpoints stay in the directory: those of the highest steps. Default 3. */
  readonly keep?: number;
}

export interface Checkpoint {
  readonly path: string;
  readonly step: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** The state, as a tree of the template's form. Throws a RangeError with all differences if it has another one. */
  restore<S>(template: S): S;
}

/** What a directory holds. */
export interface FoundCheckpoint {
  /** The undamaged one of the highest step. */
  readonly checkpoint: Checkpoint | undefined;
  /** Later ones that could not be used. */
  readonly damaged: readonly { readonly path: string; readonly reason: string }[];
}

const NAME = /^step-(\d{9,16})-([0-9a-f]{16})\.safetensors$/;
const PARTIAL = /^step-.*\.(\d+)\.part$/;

const checkPath = (op: string, directory: unknown): void => {
  if (typeof directory !== 'string' || directory === '')
    throw new TypeError(`${op}: directory must be a path: ${describe(directory)}`);
};

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

const failed = (op: string, path: string, error: unknown): Error =>
  new Error(`${op}: ${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Makes a directory and those around it. One by one: where nothing can be made in a directory that exists, as in /proc, Node would try for ever. */
const makeDirectory = (path: string): void => {
  if (isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!isDirectory(path)) throw error;
  }
};

/** Makes the name of a file that was just renamed survive a power failure, where the system can. */
const syncDirectory = (directory: string): void => {
  try {
    const handle = openSync(directory, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Windows opens no directories.
  }
};

/** Writes a file so that a reader, at any moment and after any crash, sees the old content or the new one. */
const writeAtomically = (directory: string, name: string, bytes: Uint8Array): void => {
  const partial = join(directory, `${name}.${process.pid}.part`);
  try {
    const handle = openSync(partial, 'w');
    try {
      writeFileSync(handle, bytes);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(partial, join(directory, name));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  syncDirectory(directory);
};

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

/** The checkpoints in a directory, the highest step first. */
const list = (directory: string): Entry[] =>
  readdirSync(directory, { withFileTypes: true })
    .flatMap((entry) => {
      const { name } = entry;
      const [, step, hash] = NAME.exec(name) ?? [];
      return step === undefined || !entry.isFile()
        ? []
        : [{ path: join(directory, name), step: Number(step), hash }];
    })
    .sort((a, b) => b.step - a.step);

/** Removes what is too many, and what killed processes left half written. */
const tidy = (directory: string, saved: string, step: number, keep: number): void => {
  const others = list(directory).filter(({ path }) => path !== saved);
  // What was saved takes the place of an earlier one of the same step.
  const sameStep = others.filter((entry) => entry.step === step);
  const later = others.filter((entry) => entry.step > step);
  const earlier = others.filter((entry) => entry.step < step);
  const tooMany = [...later, undefined, ...earlier].slice(keep).filter((entry) => entry !== undefined);
  for (const { path } of [...sameStep, ...tooMany]) rmSync(path, { force: true });
  for (const name of readdirSync(directory)) {
    const pid = PARTIAL.exec(name)?.[1];
    if (pid !== undefined && Number(pid) !== process.pid && !isRunning(Number(pid)))
      rmSync(join(directory, name), { force: true });
  }
};

/**
 * Saves the state of a training run, a tree of tensors, as the checkpoint of a step, in a directory that is made if it does not exist; gives the file's path. It appears
 * there whole or not at all, whatever happens meanwhile. Older ones than the last `keep` are removed afterwards.
 *
 * Throws a TypeError or RangeError for arguments that do not fit, and an Error with the system's reason if it cannot be written: nothing has changed then.
 *
 * @example
 * const params = { w: zeros([3]) };
 * const optimizer = adam().init(params);
 * saveCheckpoint('run', 120, { params, optimizer }, { metadata: { epoch: '2' } });
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
  const bytes = asOp(op, () => saveSafetensors(state, metadata));
  const name = `step-${String(step).padStart(9, '0')}-${hashOf(bytes)}.safetensors`;
  const path = join(directory, name);
  try {
    makeDirectory(directory);
    writeAtomically(directory, name, bytes);
  } catch (error) {
    throw failed(op, path, error);
  }
  try {
    tidy(directory, path, step, keep);
  } catch {
    // It is saved all the same.
  }
  return path;
}

const read = ({ path, step, hash }: Entry): Checkpoint => {
  const bytes = readFileSync(path);
  const found = hashOf(bytes);
  if (found !== hash) throw new Error(`damaged: its content has the hash ${found}`);
  const { metadata } = loadSafetensors(bytes);
  return {
    path,
    step,
    metadata,
    restore: (template) => asOp('restore', () => loadSafetensors(bytes, template).params),
  };
};

/**
 * The last checkpoint in a directory that is not damaged, and those after it that are. A directory that does not exist holds none. Changes nothing. Throws an Error
 * with the system's reason if the directory cannot be read.
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
    entries = list(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { checkpoint: undefined, damaged };
    throw failed('latestCheckpoint', directory, error);
  }
  for (const entry of entries) {
    try {
      return { checkpoint: read(entry), damaged };
    } catch (error) {
      damaged.push({ path: entry.path, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { checkpoint: undefined, damaged };
}
