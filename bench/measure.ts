/** Measures times on a shared, noisy machine: contenders take turns. */
import { setImmediate } from 'node:timers/promises';
import type { Contender } from './contender.ts';

export interface Measurement {
  readonly name: string;
  readonly isPart: boolean;
  /** The mean time of one run, for each round, in milliseconds. */
  readonly samples: readonly number[];
}

const ROUND_MILLISECONDS = 40;

/** If the number of runs grows by less than this factor, the engine has finished optimising. */
const SETTLED_FACTOR = 1.25;

/**
 * Returns how many runs fit into a round.
 *
 * Clocks are coarse, so short runs are timed together. Repeats until the work stops getting faster,
 * so that the samples do not include the warm-up.
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
    if (fitting < SETTLED_FACTOR * runs) return fitting;
    runs = fitting;
  }
};

/**
 * Times contenders in turns, `rounds` times each.
 *
 * Taking turns spreads disturbances over all contenders. Each round starts with another contender;
 * otherwise one of them would always follow the same one and find its caches and garbage.
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
      const index = (round + turn) % contenders.length;
      samples[index].push((await contenders[index].time(counts[index])) / counts[index]);
    }
    // Lets the event loop handle Ctrl-C.
    await setImmediate();
  }
  return contenders.map(({ name, isPart = false }, c) => ({ name, isPart, samples: samples[c] }));
};
