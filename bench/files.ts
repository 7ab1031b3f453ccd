/** Files that the options name: what is wrong with them is said before anything is measured. */
import { accessSync, constants, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseRecord, type RunRecord } from './record.ts';

/** Makes the directory of a file that will be written; throws if that cannot be. */
export const prepareFile = (option: string, path: string): void => {
  try {
    if (path === '') throw new Error('it has no name');
    mkdirSync(dirname(path), { recursive: true });
    accessSync(dirname(path), constants.W_OK);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
      throw new Error('it is a directory');
  } catch (error) {
    throw new Error(`${option} ${path}: ${(error as Error).message}`, { cause: error });
  }
};

/** The results of an earlier run. */
export const readRecord = (option: string, path: string): RunRecord => {
  try {
    return parseRecord(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${option} ${path}: ${(error as Error).message}`, { cause: error });
  }
};
