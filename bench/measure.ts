/** Timing on a shared, noisy machine: contenders take turns, and medians are compared. */

export interface Contender {
  readonly name: string;
  /** Does the work once. */
  run(): void;
  /** A number that tells what the last run computed. */
  result(): number;
}

export interface Timing {
  readonly name: string;
  /** Median time of one run in milliseconds. */
  readonly median: number;
  /** Half the distance between the quartiles, relative to the median. */
  readonly spread: number;
}

const ROUND_MILLISECONDS = 40;

/** How often `run` fits into a round. */
const calibrate = (run: () => void): number => {
  let runs = 1;
  for (;;) {
    const started = performance.now();
    for (let i = 0; i < runs; i++) run();
    const elapsed = performance.now() - started;
    if (elapsed > ROUND_MILLISECONDS / 4)
      return Math.max(1, Math.round((runs * ROUND_MILLISECONDS) / elapsed));
    runs *= elapsed < 1 ? 10 : 2;
  }
};

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.round(q * (sorted.length - 1))];

/** Times contenders in turns, `rounds` times each. */
export const measure = (
  contenders: readonly Pick<Contender, 'name' | 'run'>[],
  rounds: number = 15,
): Timing[] => {
  const counts = contenders.map(({ run }) => calibrate(run));
  const times = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    contenders.forEach(({ run }, c) => {
      const started = performance.now();
      for (let i = 0; i < counts[c]; i++) run();
      times[c].push((performance.now() - started) / counts[c]);
    });
  }
  return contenders.map(({ name }, c) => {
    const sorted = times[c].sort((a, b) => a - b);
    const median = quantile(sorted, 0.5);
    return { name, median, spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 / median };
  });
};
