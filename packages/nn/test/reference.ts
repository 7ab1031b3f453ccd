/** Values computed by JAX, optax and flax, in ../shared/jax beside the clone. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const fileOf = (name: string): string =>
  fileURLToPath(new URL(`../../../../shared/jax/${name}.json.gz`, import.meta.url));

/** Whether the values are there; tests that need them are skipped otherwise. */
export const hasReference: boolean = existsSync(fileOf('optax'));

/** Returns the rows of a file; none if it is absent. */
export const readRows = <R>(name: string): readonly R[] =>
  hasReference ? (JSON.parse(gunzipSync(readFileSync(fileOf(name))).toString('utf8')) as readonly R[]) : [];

/** Returns the largest |found - expected| / (1 + |expected|). */
export const distance = (found: readonly number[], expected: readonly number[]): number => {
  if (found.length !== expected.length)
    throw new Error(`${found.length} numbers, but ${expected.length} in the reference`);
  return Math.max(0, ...found.map((x, i) => Math.abs(x - expected[i]) / (1 + Math.abs(expected[i]))));
};
