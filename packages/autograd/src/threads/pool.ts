/** The workers: how many there are, their start and their end. */
import { MATMUL_SCRATCH } from '../kernels/matmul.ts';
import { allocate, release, shareMemory } from '../runtime/memory.ts';
import { threading } from '../runtime/threading.ts';
import { WORDS, allocateControl } from './control.ts';
import { DEFAULT_SETTINGS, Runner, type RunnerSettings } from './runner.ts';
import { type RunningWorker, startWorker } from './workers.ts';

/** How many threads compute. */
export interface Threads {
  readonly count: number;
  /** Why there is only one, although more were asked for. */
  readonly reason?: string;
}

/** How long a worker waits for work before it sleeps, in milliseconds. */
const SPIN = 1;

/** What is running, for `threads()` and for tests. */
export const pool: {
  threads: Threads;
  /** Settings of the next start. */
  settings: RunnerSettings;
  /** Returns the number of parts that workers have run. */
  partsByWorkers: () => number;
} = { threads: { count: 1 }, settings: DEFAULT_SETTINGS, partsByWorkers: () => 0 };

let endWorkers = (_areLate?: boolean): void => {};

/**
 * Ends the workers. One thread computes from now on. If the workers are late, they are stopped in
 * the middle of what they do.
 */
export const stop = (reason?: string, areLate: boolean = false): void => {
  threading.runner = undefined;
  endWorkers(areLate);
  endWorkers = () => {};
  pool.partsByWorkers = () => 0;
  pool.threads = reason === undefined ? { count: 1 } : { count: 1, reason };
};

/** Starts the workers of `count` threads. Returns the address of the words that all share. */
const startWorkers = (count: number): number => {
  const memory = shareMemory();
  const control = allocateControl();
  const word = (name: keyof typeof WORDS): [Int32Array, number] => [
    new Int32Array(memory.buffer),
    (control >> 2) + WORDS[name],
  ];
  const workers: { readonly worker: RunningWorker; readonly scratch: number }[] = [];
  const end = (areLate: boolean = false): void => {
    let running = workers.length;
    for (const { worker, scratch } of workers) {
      worker.end(() => {
        release(scratch);
        if (--running === 0) release(control);
      });
      if (areLate) worker.terminate();
    }
    Atomics.store(...word('stop'), 1);
    Atomics.add(...word('wake'), 1);
    Atomics.notify(...word('wake'));
  };
  endWorkers = end;
  /** Workers can fail later, when others have replaced them. */
  const fail = (reason: string): void => {
    if (endWorkers === end) stop(reason);
  };
  for (let i = 1; i < count; i++) {
    const scratch = allocate(MATMUL_SCRATCH);
    const data = { memory, control, words: WORDS, scratch, spin: SPIN };
    workers.push({ worker: startWorker(data, fail), scratch });
  }
  pool.partsByWorkers = () => Atomics.load(...word('byWorkers'));
  return control;
};

/**
 * Computes with `count` threads from now on. The workers start when a program is long enough for
 * them. If they cannot start, one thread computes.
 */
export const start = (count: number): void => {
  const begin = (): number | undefined => {
    try {
      return startWorkers(count);
    } catch (error) {
      stop((error as Error).message);
      return undefined;
    }
  };
  threading.runner = new Runner(count, begin, pool.settings, (reason) => {
    console.warn(`useThreads: ${reason}; from now on, one thread computes`);
    stop(reason, true);
  });
  pool.threads = { count };
};
