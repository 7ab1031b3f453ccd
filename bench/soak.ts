/**
 * `pnpm soak`: trains networks of ever new forms for a long time and checks that memory stays flat,
 * that compiled functions return the bits that eager ops return, and that what was computed once is
 * computed again. In the end it checks memory while code does not return to the event loop.
 */
import { setImmediate } from 'node:timers/promises';
import { finite, integer, parseOptions, run } from '@mini/tools/cli';
import { Command } from 'commander';
import { type Era, newEra, runEpisode, Violation } from './episode.ts';
import { baseUsage, checkedUsage, describe } from './growth.ts';
import { runStretch } from './stretch.ts';
import { type Usage, usage } from './usage.ts';

/** Episodes between two measurements of memory; a long-lived compiled function lives for so long. */
const ERA = 20;
/** The results of so many first episodes are remembered, to be found again when their seeds are run again. */
const REMEMBERED = 50;
/** The part of the time after which memory is compared with what it was then. */
const WARM_UP = 0.2;
interface Settings {
  readonly minutes: number;
  readonly seed: number;
}

const command = (): Command =>
  new Command('soak')
    .description(
      'Trains small networks of ever new forms, eager and compiled side by side, and checks bits and memory all the time.',
    )
    .option('--minutes <number>', 'how long', finite(0.001, 1e5), 30)
    .option('--seed <integer>', 'seed of the first episode; the others follow it', integer(0, 2 ** 31), 0);

/** Runs episodes, one seed after another, and counts. */
class Episodes {
  readonly #firstSeed: number;
  readonly #digests: number[] = [];
  #eras = 0;
  episodes = 0;
  steps = 0;
  repeats = 0;

  constructor(firstSeed: number) {
    this.#firstSeed = firstSeed;
  }

  #run(place: number, era: Era): number {
    const seed = this.#firstSeed + place;
    try {
      const { digest, steps } = runEpisode(seed, era);
      this.steps += steps;
      return digest;
    } catch (error) {
      if (error instanceof Error) error.message += ` (the episode starts with --seed ${seed})`;
      throw error;
    }
  }

  /** Runs an era's episodes, and one of the first once more; returns early if interrupted. */
  async runEra(signal: AbortSignal): Promise<void> {
    const era = newEra();
    const digests = this.#digests;
    for (let i = 0; i < ERA; i++) {
      const digest = this.#run(this.episodes, era);
      if (digests.length < REMEMBERED) digests.push(digest);
      this.episodes++;
      // Lets the signal of Ctrl-C in, and finalizers.
      await setImmediate();
      if (signal.aborted) return;
    }
    const place = this.#eras % digests.length;
    if (this.#run(place, era) !== digests[place])
      throw new Violation(`the episode of seed ${this.#firstSeed + place} gives other bits than before`);
    this.repeats++;
    this.#eras++;
  }

  toString(): string {
    return `${this.episodes} episodes, ${this.steps} steps, ${this.repeats} repeated`;
  }
}

const soak = async ({ minutes, seed }: Settings): Promise<void> => {
  const interruption = new AbortController();
  const { signal } = interruption;
  process.once('SIGINT', () => interruption.abort());
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 60_000;
  const episodes = new Episodes(seed);
  let base: Usage | undefined;
  let now = await usage();
  let [checks, waited, nextReport] = [0, 0, 0];
  const summary = (): string => `${elapsed().toFixed(2)} min: ${episodes}; ${describe(now)}`;

  while (elapsed() < minutes || checks === 0) {
    await episodes.runEra(signal);
    if (signal.aborted) break;
    if (base === undefined) {
      now = await usage();
      if (elapsed() >= WARM_UP * minutes) base = now = await baseUsage();
    } else {
      const checked = await checkedUsage(base);
      now = checked.now;
      checks++;
      if (checked.waits > 0) waited++;
    }
    if (elapsed() >= nextReport) {
      console.log(summary());
      nextReport = elapsed() + Math.max(minutes / 60, 1 / 12);
    }
  }
  console.log(`${signal.aborted ? 'interrupted' : 'done'} after ${summary()}`);
  console.log(
    base === undefined
      ? 'too short for a comparison of memory'
      : `memory was as after the warm-up at ${checks} checks, at ${waited} of them not at once; then: ${describe(base)}`,
  );
  // Last, because the kernels' memory does not shrink again.
  if (!signal.aborted) console.log(runStretch());
};

await run(() => soak(parseOptions<Settings>(command())));
