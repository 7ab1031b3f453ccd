/** Reads results of earlier runs from files. */
import { readFileSync } from 'node:fs';
import { parseRecord, type RunRecord } from './record.ts';

/** Reads the results of an earlier run. `option` starts the error message. */
export const readRecord = (option: string, path: string): RunRecord => {
  try {
    return parseRecord(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${option} ${path}: ${(error as Error).message}`, { cause: error });
  }
};
