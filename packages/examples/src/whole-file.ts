/** Files that appear under their names only when they are whole. */
import { accessSync, constants, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export const isDirectory = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

/** Makes the folder of files to be written later, so that a place that cannot be written to is an error before hours of training. `option` asked for them. */
export const prepareFiles = (option: string, ...paths: readonly string[]): void => {
  try {
    for (const path of paths) {
      if (path === '') throw new Error('not a path');
      mkdirSync(dirname(path), { recursive: true });
      accessSync(dirname(path), constants.W_OK);
      if (isDirectory(path)) throw new Error(`${path} is a directory`);
    }
  } catch (error) {
    throw new Error(`${option}: ${(error as Error).message}`, { cause: error });
  }
};

/** Writes a file, in a folder that exists. */
export const writeWhole = (path: string, content: string | Uint8Array): void => {
  const partial = `${path}.${process.pid}.part`;
  try {
    writeFileSync(partial, content);
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
};
