/** Files that are complete whenever they can be seen, for Node. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Creates a directory and its missing parents.
 *
 * It creates them one by one, without the `recursive` option: inside a directory that allows no new
 * entries, such as /proc, Node would retry forever.
 */
export const makeDirectory = (path: string): void => {
  if (isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process can have created it in the meantime.
    if (!isDirectory(path)) throw error;
  }
};

/** Flushes a directory, so that a rename in it survives a power failure, where possible. */
const syncDirectory = (directory: string): void => {
  try {
    const handle = openSync(directory, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Windows cannot open directories.
  }
};

/**
 * Writes a file atomically.
 *
 * At any moment, and after any crash, a reader sees either the old content or the new one.
 */
export const writeAtomically = (directory: string, name: string, bytes: Uint8Array): void => {
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
