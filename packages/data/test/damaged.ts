/** Damaged files: valid files with random changes, and what must hold for a reader of them. */
import fc from 'fast-check';
import { expect } from 'vitest';

export const RUNS: number = 25 * Number(process.env['HOSTILE_RUNS'] ?? 40);
export const SEED: { readonly seed?: number } = process.env['HOSTILE_RUNS'] === undefined ? { seed: 5 } : {};

type Mutation = (bytes: Uint8Array) => Uint8Array;

export const concatenate = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts));
/** A position in a file as a fraction of its length: more often near the start, for headers. */
const position = fc.integer({ min: 0, max: 999_999 }).map((x) => (x / 1e6) ** 3);
const at = (bytes: Uint8Array, where: number): number => Math.floor(where * bytes.length);
const EXTREMES = ['ff', '7f', '80', '00', '01'].flatMap((byte) =>
  [1, 4, 8].map((n) => Buffer.from(byte.repeat(n), 'hex')),
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  // Changes bytes.
  fc
    .tuple(position, fc.uint8Array({ minLength: 1, maxLength: 8 }))
    .map(([where, values]): Mutation => (bytes) => {
      const changed = bytes.slice();
      values.forEach((value, i) => (changed[at(bytes, where) + i] = value));
      return changed;
    }),
  // Writes extreme numbers.
  fc.tuple(position, fc.constantFrom(...EXTREMES)).map(([where, values]): Mutation => (bytes) => {
    const changed = bytes.slice();
    values.forEach((value, i) => (changed[at(bytes, where) + i] = value));
    return changed;
  }),
  // Replaces a digit, bracket or quote in text.
  fc
    .tuple(position, fc.constantFrom(...'0123456789-.eE[]{}",:\\ n'))
    .map(([where, letter]): Mutation => (bytes) => {
      const changed = bytes.slice();
      if (bytes.length > 0) changed[at(bytes, where) % bytes.length] = letter.charCodeAt(0);
      return changed;
    }),
  fc.tuple(position, fc.uint8Array({ minLength: 1, maxLength: 30 })).map(
    ([where, values]): Mutation =>
      (bytes) =>
        concatenate(bytes.subarray(0, at(bytes, where)), values, bytes.subarray(at(bytes, where))),
  ),
  fc.tuple(position, position).map(
    ([from, length]): Mutation =>
      (bytes) =>
        concatenate(
          bytes.subarray(0, at(bytes, from)),
          bytes.subarray(at(bytes, from) + 1 + at(bytes, length)),
        ),
  ),
  position.map(
    (where): Mutation =>
      (bytes) =>
        bytes.slice(0, at(bytes, where)),
  ),
  // Repeats a part.
  fc.tuple(position, position).map(
    ([from, to]): Mutation =>
      (bytes) =>
        concatenate(bytes.subarray(0, at(bytes, to)), bytes.subarray(at(bytes, from))),
  ),
);

/** Valid files with one to three mutations. */
export const damaged = (files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.constantFrom(...files), fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([file, mutations]) => mutations.reduce((bytes, mutate) => mutate(bytes), file));

/** The maximum time for a small file, in milliseconds. */
const PATIENCE = 5000;

/**
 * Reads damaged files. Expects a valid value, or an error with this message.
 *
 * Less than `validFraction` of the files can be valid.
 */
export const attack = (
  files: readonly Uint8Array[],
  read: (bytes: Uint8Array) => unknown,
  isValid: (value: unknown, bytes: Uint8Array) => boolean,
  message: RegExp,
  validFraction: number = 0.9,
): void => {
  let valid = 0;
  fc.assert(
    fc.property(damaged(files), (bytes) => {
      const copy = bytes.slice();
      const started = performance.now();
      try {
        expect(isValid(read(bytes), bytes)).toBe(true);
        valid++;
      } catch (error) {
        if (!(error instanceof Error) || error.name === 'AssertionError') throw error;
        expect(error.message).toMatch(message);
      }
      expect(performance.now() - started).toBeLessThan(PATIENCE);
      expect(Buffer.compare(bytes, copy)).toBe(0);
    }),
    { numRuns: RUNS, ...SEED },
  );
  // Readers cannot detect every damage, but most of it.
  expect(valid / RUNS).toBeLessThan(validFraction);
};
