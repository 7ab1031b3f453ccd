/** Results of earlier runs, as files. */
import { readFileSync } from 'node:fs';
import { parseRecord, type RunRecord } from './record.ts';

/** The results of an earlier run. */
export const readRecord = (option: string, path: string): RunRecord => {
  try {
    return parseRecord(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${option} ${path}: ${(error as Error).message}`, { cause: error });
  }
};
