/**
 * `pnpm soak`: trains networks of ever new forms for a long time and checks that memory stays flat, that compiled functions give the bits that eager ops give,
 * and that what was computed once is computed again.
 */
import { setImmediate } from 'node:timers/promises';
import { Command } from 'commander';
import { finite, integer, programArguments, run } from '../packages/examples/src/cli.ts';
import { newEra, runEpisode, Violation } from './episode.ts';
import { type Usage, usage } from './usage.ts';

/** Episodes between two measurements of memory; a long-lived compiled function lives for so long. */
const ERA = 20;
/** The results of so many first episodes are remembered, to be found again when their seeds are run again. */
const REMEMBERED = 50;
/** The part of the time after which memory is compared with what it was then. */
const WARM_UP = 0.2;
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
const describe = (now: Usage): string =>
  kinds.map((kind) => `${names[kind]} ${megabytes(now[kind])}`).join(', ');

const checkMemory = (base: Usage, now: Usage): void => {
  for (const kind of kinds) {
    const limit = kind === 'kernelMemory' ? KERNEL_MEMORY : base[kind] + GROWTH[kind];
    if (now[kind] > limit) {
      throw new Violation(
        `memory grows: ${names[kind]} ${megabytes(now[kind])}, after the warm-up ${megabytes(base[kind])}, at most ${megabytes(limit)} allowed`,
      );
    }
  }
};

interface Settings {
  readonly minutes: number;
  readonly seed: number;
}

const parse = (): Settings =>
  new Command('soak')
    .description(
      'Trains small networks of ever new forms, eager and compiled side by side, and checks bits and memory all the time.',
    )
    .option('--minutes <number>', 'how long', finite(0, { exclusive: true }), 30)
    .option('--seed <integer>', 'seed of the first episode; the others follow it', integer(0, 2 ** 31), 0)
    .allowExcessArguments(false)
    .showHelpAfterError('(see --help)')
    .parse(programArguments(), { from: 'user' })
    .opts<Settings>();

const soak = async ({ minutes, seed }: Settings): Promise<void> => {
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 60_000;
  const digests: number[] = [];
  let [episodes, steps, repeats, eras] = [0, 0, 0, 0];
  let base: Usage | undefined;
  let now = await usage();
  let nextReport = 0;
  const interruption = new AbortController();
  const { signal } = interruption;
  process.once('SIGINT', () => interruption.abort());

  const episode = (place: number, era: ReturnType<typeof newEra>): number => {
    try {
      const result = runEpisode(seed + place, era);
      steps += result.steps;
      return result.digest;
    } catch (error) {
      if (error instanceof Error) error.message += ` (the episode starts with --seed ${seed + place})`;
      throw error;
    }
  };
  const runEra = async (): Promise<void> => {
    const era = newEra();
    for (let i = 0; i < ERA; i++) {
      const digest = episode(episodes, era);
      if (digests.length < REMEMBERED) digests.push(digest);
      episodes++;
      // Lets the signal of Ctrl-C in, and finalizers.
      await setImmediate();
      if (signal.aborted) return;
    }
    const place = eras % digests.length;
    if (episode(place, era) !== digests[place])
      throw new Violation(`the episode of seed ${seed + place} gives other bits than before`);
    repeats++;
    eras++;
  };
  const summary = (): string =>
    `${elapsed().toFixed(2)} min: ${episodes} episodes, ${steps} steps, ${repeats} repeated; ${describe(now)}`;

  let checks = 0;
  while (!signal.aborted && (elapsed() < minutes || checks === 0)) {
    await runEra();
    if (signal.aborted) break;
    now = await usage();
    if (base !== undefined) {
      checkMemory(base, now);
      checks++;
    } else if (elapsed() >= WARM_UP * minutes) base = now;
    if (elapsed() >= nextReport) {
      console.log(summary());
      nextReport = elapsed() + Math.max(minutes / 60, 1 / 12);
    }
  }
  console.log(`${signal.aborted ? 'interrupted' : 'done'} after ${summary()}`);
  if (base === undefined) console.log('too short for a comparison of memory');
  else console.log(`memory was as after the warm-up at ${checks} checks; then: ${describe(base)}`);
};

await run(() => soak(parse()));
