/** What does the work of a workload and can be timed: here, or in another process. */

export interface Contender {
  readonly name: string;
  /** Whether it does only a part of the work, to show how much that part is. It is neither compared with the others nor checked against them. */
  readonly isPart?: boolean;
  /** Does the work `runs` times and gives the milliseconds that this took, all runs together. */
  time(runs: number): Promise<number>;
  /** A number that tells what the last run computed. */
  result(): Promise<number>;
}

/** A contender in this process. */
export interface LocalContender {
  readonly name: string;
  readonly isPart?: boolean;
  /** Does the work once. */
  run(): void;
  result(): number;
}

/** Times a contender of this process from outside: the clock is read around all runs, not around each. */
export const local = ({ run, result, ...rest }: LocalContender): Contender => ({
  ...rest,
  time(runs) {
    const started = performance.now();
    for (let i = 0; i < runs; i++) run();
    return Promise.resolve(performance.now() - started);
  },
  result: () => Promise.resolve(result()),
});
