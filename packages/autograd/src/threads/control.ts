/**
 * The words of shared memory through which the threads agree on who does what.
 *
 * Parts are numbered without end, modulo 2³². The main thread offers the parts below `limit`. Every
 * thread claims the part `next` by increasing it, and increases `done` after it. The main thread
 * offers more only when all are done, so a thread that comes late finds nothing to claim.
 */
import { allocate, memory } from '../runtime/memory.ts';

/** Where each word is. Words that different threads change lie in cache lines of their own. */
export const WORDS = {
  next: 0,
  limit: 16,
  /** The address of the list of parts, and the number of its first part. */
  list: 17,
  first: 18,
  /** The size of the memory, in pages of 64 kB: workers see it grow only after a while. */
  pages: 19,
  done: 32,
  /** Whether the main thread sleeps until parts are done. */
  isWaiting: 48,
  /** Changes when sleeping workers are to wake. */
  wake: 64,
  sleepers: 80,
  /** The number of workers that have started. */
  started: 81,
  /** The number of parts that workers ran, for tests. */
  byWorkers: 82,
  /** Not 0 after a part failed in a worker. */
  failed: 83,
  /** Not 0 when the workers are to end. */
  stop: 96,
} as const;

const BYTES = 512;

export type Word = keyof typeof WORDS;

/** Allocates the words, all 0. Returns their address. */
export const allocateControl = (): number => {
  const address = allocate(BYTES);
  memory.f32.fill(0, address >> 2, (address + BYTES) >> 2);
  return address;
};
