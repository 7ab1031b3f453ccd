/** Writes files atomically: a file is complete when it appears under its name. */
import { mkdirSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const tryStat = (path: string): Stats | undefined => {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
};

export const isDirectory = (path: string): boolean => tryStat(path)?.isDirectory() === true;
export const isFile = (path: string): boolean => tryStat(path)?.isFile() === true;

/**
 * Makes a directory and its parents.
 *
 * One by one: `mkdirSync` with `recursive` never returns below a directory that refuses new entries
 * with ENOENT, such as /proc (in all versions of Node up to 26). `atomic-files.ts` of @mini/nn has
 * the same function: it cannot import from here, because this package is private.
 */
export const makeDirectory = (path: string): void => {
  if (isDirectory(path)) return;
  if (tryStat(path) !== undefined) throw new Error(`ENOTDIR: ${path} is not a directory`);
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process can have made it in the meantime.
    if (!isDirectory(path)) throw error;
  }
};

const partialPath = (path: string): string => `${path}.${process.pid}.part`;

/**
 * Makes the folders of files that are written later, and checks that they can be written.
 *
 * A wrong path is then an error before hours of training. `option` starts the error message.
 */
export const prepareFiles = (option: string, ...paths: readonly string[]): void => {
  try {
    for (const path of paths) {
      if (path === '') throw new Error('expected a path, got an empty text');
      makeDirectory(dirname(path));
      if (isDirectory(path)) throw new Error(`${path} is a directory`);
      writeFileSync(partialPath(path), '');
      rmSync(partialPath(path));
    }
  } catch (error) {
    // Users know nothing of the other name under which a file is written first.
    const message = (error as Error).message.replaceAll(`.${process.pid}.part`, '');
    throw new Error(`${option}: ${message}`, { cause: error });
  }
};

/**
 * Writes a file in an existing folder, under another name first.
 *
 * Throws an Error with the system's reason if it cannot be written.
 */
export const writeFileAtomically = (path: string, content: string | Uint8Array): void => {
  const partial = partialPath(path);
  try {
    writeFileSync(partial, content);
    renameSync(partial, path);
  } catch (error) {
    try {
      rmSync(partial, { force: true });
    } catch {
      // There is no such file.
    }
    throw new Error(`${path}: cannot be written: ${(error as Error).message}`, { cause: error });
  }
};
