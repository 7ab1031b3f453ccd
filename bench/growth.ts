/** How much memory may grow while networks are trained for a long time, and whether it does. */
import { setTimeout } from 'node:timers/promises';
import { Violation } from './episode.ts';
import { type Usage, usage } from './usage.ts';

const MEGABYTE = 2 ** 20;

/** How much more than after the warm-up may be in use, in bytes, and why that much. */
const GROWTH: Readonly<Record<Exclude<keyof Usage, 'kernelMemory'>, number>> = {
  // The engine goes on to specialise and to optimise code for a while. Objects that stayed for each step or episode would be more than this within minutes.
  heap: 3 * MEGABYTE,
  // A few parameters' worth: nothing but what the program itself remembers should stay.
  arrays: MEGABYTE / 4,
  // Modules of kernels that are kept, for ops in access patterns that had not occurred.
  external: MEGABYTE / 2,
  // Arenas are given back whole, and what eager ops use was there from the start.
  kernelMemoryUsed: 0,
  // Pages that the allocator does not give back, and code of modules before the engine frees it.
  resident: 64 * MEGABYTE,
};
/**
 * The kernels' memory never shrinks, so it follows the most that was needed at once, until garbage is collected after an era: arenas of less than 1 MB for each
 * of its networks, and 2 MB for eager ops, in a memory that grows by quarters.
 */
const KERNEL_MEMORY = 32 * MEGABYTE;

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
/** All figures in one line. */
export const describe = (now: Usage): string =>
  kinds.map((kind) => `${names[kind]} ${megabytes(now[kind])}`).join(', ');

/** Which memory has grown too much, in words. */
const growthOf = (base: Usage, now: Usage): string | undefined => {
  for (const kind of kinds) {
    const limit = kind === 'kernelMemory' ? KERNEL_MEMORY : base[kind] + GROWTH[kind];
    if (now[kind] > limit) {
      return `memory grows: ${names[kind]} ${megabytes(now[kind])}, after the warm-up ${megabytes(base[kind])}, at most ${megabytes(limit)} allowed`;
    }
  }
  return undefined;
};

/**
 * In milliseconds: how long to wait, again and again, for memory that seems to stay. On a busy machine about one measurement in a hundred finds a compiled function
 * that is gone the next time: the engine holds things for a moment, presumably functions that it is optimising in the background. What has leaked stays for good.
 */
const PATIENCE = [50, 200, 800, 3200];

/** Memory in use, and how often it had to be waited for; throws a Violation if it is more than `base` allows. */
export const checkedUsage = async (base: Usage): Promise<{ now: Usage; waits: number }> => {
  for (let waits = 0; ; waits++) {
    const now = await usage();
    const growth = growthOf(base, now);
    if (growth === undefined) return { now, waits };
    if (waits === PATIENCE.length) throw new Violation(growth);
    await setTimeout(PATIENCE[waits]);
  }
};

/** Memory in use, to compare with later: waits, too, so as not to allow too much. */
export const baseUsage = async (): Promise<Usage> => {
  await setTimeout(PATIENCE[2]);
  return usage();
};
