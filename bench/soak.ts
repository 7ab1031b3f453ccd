/**
 * `pnpm soak`: trains random networks for a long time.
 *
 * It checks that memory does not grow, that compiled functions return the same bits as eager ops,
 * and that a repeated run returns the same bits. In the end it checks memory in code that does not
 * return to the event loop.
 */
import { setImmediate } from 'node:timers/promises';
import { useThreads } from '@mini/autograd/threads';
import { finite, integer, parseOptions, run } from '@mini/tools/cli';
import { Command } from 'commander';
import { setLeastPart } from '../packages/autograd/src/compiler/phases.ts';
import { pool } from '../packages/autograd/src/threads/pool.ts';
import { type Era, newEra, runEpisode, Violation } from './episode.ts';
import { checkUsage, formatUsage, measureBaseline, usageTable } from './growth.ts';
import { runStretch } from './stretch.ts';
import { measureUsage, type Usage } from './usage.ts';

/** Episodes between two measurements of memory. A long-lived compiled function lasts that long. */
const EPISODES_PER_ERA = 20;
/** How many results of first episodes are kept, to compare with repeated runs. */
const KEPT_RESULTS = 50;
/** The fraction of the time after which the baseline of memory is measured. */
const WARM_UP = 0.2;
/** The most bytes of kernels that are kept for workers: those of a thousand rules. */
const KERNELS = 2 * 2 ** 20;

interface Settings {
  readonly minutes: number;
  readonly seed: number;
  readonly threads: number;
}

const command = (): Command =>
  new Command('soak')
    .description(
      'Trains small random networks, eager and compiled side by side, and checks that both have the same bits and that memory does not grow.',
    )
    .option('--minutes <number>', 'duration', finite(0.001, 1e5), 30)
    .option(
      '--seed <integer>',
      'seed of the first episode; each later episode uses the next integer',
      integer(0, 2 ** 31),
      0,
    )
    .option(
      '--threads <integer>',
      'number of threads; with several, even short programs use them',
      integer(1, 64),
      1,
    );

/** Runs episodes with consecutive seeds, and counts them. */
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

  #run(index: number, era: Era): number {
    const seed = this.#firstSeed + index;
    try {
      const { digest, steps } = runEpisode(seed, era);
      this.steps += steps;
      return digest;
    } catch (error) {
      if (error instanceof Error) error.message += ` (reproduce with --seed ${seed})`;
      throw error;
    }
  }

  /** Runs the episodes of an era and repeats an early one. Returns early if interrupted. */
  async runEra(signal: AbortSignal): Promise<void> {
    const era = newEra();
    const digests = this.#digests;
    for (let i = 0; i < EPISODES_PER_ERA; i++) {
      const digest = this.#run(this.episodes, era);
      if (digests.length < KEPT_RESULTS) digests.push(digest);
      this.episodes++;
      // Lets the event loop handle Ctrl-C and run finalizers.
      await setImmediate();
      if (signal.aborted) return;
    }
    const index = this.#eras % digests.length;
    if (this.#run(index, era) !== digests[index])
      throw new Violation(
        `the episode with seed ${this.#firstSeed + index} returned other bits when repeated`,
      );
    this.repeats++;
    this.#eras++;
  }

  toString(): string {
    return `${this.episodes} episodes, ${this.steps} steps, ${this.repeats} repeated`;
  }
}

const soak = async ({ minutes, seed, threads }: Settings): Promise<void> => {
  pool.settings = { ...pool.settings, leastTime: 0, leastTimeToWake: 0, isAdaptive: false };
  setLeastPart(100);
  useThreads(threads);
  const interruption = new AbortController();
  const { signal } = interruption;
  process.once('SIGINT', () => interruption.abort());
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 60_000;
  const episodes = new Episodes(seed);
  let base: Usage | undefined;
  let now = await measureUsage();
  let [checks, waited, nextReport] = [0, 0, 0];
  const summary = (): string => `${elapsed().toFixed(2)} min: ${episodes}; ${formatUsage(now)}`;

  while (elapsed() < minutes || checks === 0) {
    await episodes.runEra(signal);
    if (signal.aborted) break;
    if (base === undefined) {
      now = await measureUsage();
      if (elapsed() >= WARM_UP * minutes) base = now = await measureBaseline();
    } else {
      const checked = await checkUsage(base, threads === 1 ? 0 : KERNELS);
      now = checked.now;
      checks++;
      if (checked.waits > 0) waited++;
    }
    if (elapsed() >= nextReport) {
      console.log(summary());
      nextReport = elapsed() + Math.max(minutes / 60, 1 / 12);
    }
  }
  const lines = [
    `${signal.aborted ? 'interrupted' : 'done'} after ${elapsed().toFixed(1)} min`,
    `  trained: ${episodes}, all with the same bits`,
    ...(base === undefined
      ? ['  too short to compare memory']
      : [
          `  memory did not grow: ${checks} checks, ${waited} of them after a wait`,
          ...usageTable(base, now),
        ]),
  ];
  console.log(lines.join('\n'));
  // This is last, because the kernels' memory does not shrink.
  if (!signal.aborted) console.log(runStretch());
};

await run(() => soak(parseOptions<Settings>(command())));
