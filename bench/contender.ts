/** A contender runs one workload and can be timed, in this process or in another one. */
import type { Tensor } from '@mini/autograd';

export interface Contender {
  readonly name: string;
  /**
   * Whether it does only a part of the work.
   *
   * A part shows its share of the total time. It is not compared with other contenders or checked.
   */
  readonly isPart?: boolean;
  /** Does the work `runs` times and returns the total time in milliseconds. */
  time(runs: number): Promise<number>;
  /** Returns a number that depends on the result of the last run. */
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

/**
 * Makes a contender from a local one.
 *
 * Reads the clock before and after all runs, not for each run.
 */
export const makeContender = ({ run, result, ...rest }: LocalContender): Contender => ({
  ...rest,
  time(runs) {
    const started = performance.now();
    for (let i = 0; i < runs; i++) run();
    return Promise.resolve(performance.now() - started);
  },
  result: () => Promise.resolve(result()),
});

/** A contender that calls `f`, which reads its result. Parts have results of their own. */
export const calling = (name: string, f: () => Tensor, isPart = false): LocalContender => {
  let out: Tensor | undefined;
  return {
    name,
    isPart,
    run: () => {
      out = f();
      void out.data;
    },
    result: () => out?.data[0] ?? NaN,
  };
};
