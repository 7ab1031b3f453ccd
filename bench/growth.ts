/** Checks that memory stays within limits during a long training run. */
import { setTimeout } from 'node:timers/promises';
import { Violation } from './episode.ts';
import { measureUsage, type Usage } from './usage.ts';

const MEGABYTE = 2 ** 20;

/** The largest growth after the warm-up, in bytes. */
const MAX_GROWTH: Readonly<Record<Exclude<keyof Usage, 'kernelMemory'>, number>> = {
  // The engine specialises and optimises code for a while. A leak of one object a step or episode
  // exceeds this limit within minutes.
  heap: 3 * MEGABYTE,
  // A few parameters: only what this program keeps itself.
  arrays: MEGABYTE / 4,
  // Modules of kernels that the cache keeps, for ops with new access patterns.
  external: MEGABYTE / 2,
  // Arenas are freed as a whole. Eager ops allocated their memory before the warm-up.
  kernelMemoryUsed: 0,
  // Pages that the allocator keeps, and code of modules that the engine has not freed yet.
  resident: 64 * MEGABYTE,
};
/**
 * The largest size of the kernels' memory, in bytes.
 *
 * It never shrinks, so it stays at its peak. Until the garbage of an era is collected, each of its
 * networks holds an arena of less than 1 MB, and eager ops hold 2 MB. The memory grows by a quarter
 * at a time.
 */
const MAX_KERNEL_MEMORY = 32 * MEGABYTE;

const names: Readonly<Record<keyof Usage, string>> = {
  heap: 'heap',
  arrays: 'arrays',
  external: 'external',
  kernelMemory: 'kernel memory',
  kernelMemoryUsed: 'in use',
  resident: 'resident',
};
const kinds = Object.keys(names) as (keyof Usage)[];
const megabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(2)} MB`;
/** Formats all figures in one line. */
export const formatUsage = (now: Usage): string =>
  kinds.map((kind) => `${names[kind]} ${megabytes(now[kind])}`).join(', ');

/** A table of the memory in use now, and after the warm-up. */
export const usageTable = (base: Usage, now: Usage): string[] => {
  const row = (name: string, first: string, second: string): string =>
    `  ${name.padEnd(20)}${first.padStart(14)}${second.padStart(14)}`;
  return [
    row('memory', 'warmed up', 'at the end'),
    ...kinds.map((kind) => row(names[kind], megabytes(base[kind]), megabytes(now[kind]))),
  ];
};

/** Describes the first kind of memory that exceeds its limit; undefined if none does. */
const describeGrowth = (base: Usage, now: Usage, kernels: number): string | undefined => {
  for (const kind of kinds) {
    const kept = kind === 'kernelMemoryUsed' ? kernels : 0;
    const limit = kind === 'kernelMemory' ? MAX_KERNEL_MEMORY : base[kind] + MAX_GROWTH[kind] + kept;
    if (now[kind] > limit) {
      return `memory grows: ${names[kind]}: expected at most ${megabytes(limit)}, got ${megabytes(now[kind])} (${megabytes(base[kind])} after the warm-up)`;
    }
  }
  return undefined;
};

/**
 * Waiting times between measurements of memory that seems to grow, in milliseconds.
 *
 * On a busy machine, about one measurement in a hundred finds a compiled function that is gone at
 * the next one. The engine seems to hold functions while it optimises them in the background. A
 * real leak stays.
 */
const RETRY_DELAYS = [50, 200, 800, 3200];

/**
 * Measures memory and counts the retries.
 *
 * `kernels` is how many bytes of kernels may be kept in memory, where workers find them.
 *
 * Throws a Violation if memory stays above the limits for `base`.
 */
export const checkUsage = async (base: Usage, kernels: number): Promise<{ now: Usage; waits: number }> => {
  for (let waits = 0; ; waits++) {
    const now = await measureUsage();
    const growth = describeGrowth(base, now, kernels);
    if (growth === undefined) return { now, waits };
    if (waits === RETRY_DELAYS.length) throw new Violation(growth);
    await setTimeout(RETRY_DELAYS[waits]);
  }
};

/** Measures the baseline. Waits first, because a high baseline would allow too much. */
export const measureBaseline = async (): Promise<Usage> => {
  await setTimeout(RETRY_DELAYS[2]);
  return measureUsage();
};
