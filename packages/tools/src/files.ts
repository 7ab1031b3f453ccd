/** Files that appear under their names only when they are whole. */
import { mkdirSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
};

export const isDirectory = (path: string): boolean => statOf(path)?.isDirectory() === true;
export const isFile = (path: string): boolean => statOf(path)?.isFile() === true;

/**
 * Makes a directory and its parents.
 *
 * One by one: `mkdirSync` with `recursive` never returns below a directory that refuses new entries
 * with ENOENT, such as /proc (in all versions of Node up to 26). @mini/nn/checkpoints has the same
 * function: it cannot import from here, because this package is private.
 */
export const makeDirectory = (path: string): void => {
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

const partialOf = (path: string): string => `${path}.${process.pid}.part`;

/** Makes the folder of files to be written later, and tries to write there: a place that cannot be written to is an error before hours of training. `option` asked for them. */
export const prepareFiles = (option: string, ...paths: readonly string[]): void => {
  try {
    for (const path of paths) {
      if (path === '') throw new Error('not a path');
      makeDirectory(dirname(path));
      if (isDirectory(path)) throw new Error(`${path} is a directory`);
      writeFileSync(partialOf(path), '');
      rmSync(partialOf(path));
    }
  } catch (error) {
    throw new Error(`${option}: ${(error as Error).message}`, { cause: error });
  }
};

/** Writes a file, in a folder that exists. Throws an Error with the system's reason if it cannot be written. */
export const writeWhole = (path: string, content: string | Uint8Array): void => {
  const partial = partialOf(path);
  try {
    writeFileSync(partial, content);
    renameSync(partial, path);
  } catch (error) {
    try {
      rmSync(partial, { force: true });
    } catch {
      // There is none.
    }
    throw new Error(`${path}: cannot be written: ${(error as Error).message}`, { cause: error });
  }
};
