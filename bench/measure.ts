/** Timing on a shared, noisy machine: contenders take turns. */
import { setImmediate } from 'node:timers/promises';
import type { Contender } from './contender.ts';

export interface Measurement {
  readonly name: string;
  readonly isPart: boolean;
  /** The mean time of one run in each round, in milliseconds. */
  readonly samples: readonly number[];
}

const ROUND_MILLISECONDS = 40;

/** More runs than before by less than this factor: the engine has optimised what it will. */
const SETTLED = 1.25;

/**
 * How often the work fits into a round: many short runs are timed together, as clocks are coarse. Repeats until the work does not get faster any more, so that what is
 * timed later is not how it warms up.
 */
const calibrate = async (contender: Contender): Promise<number> => {
  let runs = 1;
  for (;;) {
    const elapsed = await contender.time(runs);
    if (elapsed < ROUND_MILLISECONDS / 4) {
      runs *= elapsed < 1 ? 10 : 2;
      continue;
    }
    const fitting = Math.max(1, Math.round((runs * ROUND_MILLISECONDS) / elapsed));
    if (fitting < SETTLED * runs) return fitting;
    runs = fitting;
  }
};

/**
 * Times contenders in turns, `rounds` times each, so that what else the machine does meets all of them alike. Each round starts with another contender: otherwise
 * the same one would always find the caches, and the garbage, that the same other one leaves.
 */
export const measure = async (
  contenders: readonly Contender[],
  rounds: number,
  isInterrupted: () => boolean,
): Promise<Measurement[]> => {
  const samples = contenders.map((): number[] => []);
  const counts: number[] = [];
  for (const contender of contenders) counts.push(await calibrate(contender));
  for (let round = 0; round < rounds && !isInterrupted(); round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const place = (round + turn) % contenders.length;
      samples[place].push((await contenders[place].time(counts[place])) / counts[place]);
    }
    // Lets the signal of Ctrl-C in.
    await setImmediate();
  }
  return contenders.map(({ name, isPart = false }, c) => ({ name, isPart, samples: samples[c] }));
};
