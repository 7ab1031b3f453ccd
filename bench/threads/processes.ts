/** Two processes at once, which compete for the processor. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { useThreads } from '@mini/autograd/threads';
import { summarize } from '../statistics.ts';
import { mnistStep } from './workloads.ts';

/** How long a process runs, in milliseconds, and how long before it measures. */
const DURATION = 3000;
const WARM_UP = 1000;

/** The program of each process: prints the milliseconds that a training step takes. */
export const runProcess = (count: number): void => {
  useThreads(count);
  const work = mnistStep();
  const started = performance.now();
  const times: number[] = [];
  for (let before = started; before < started + DURATION;) {
    work.run();
    const now = performance.now();
    if (before > started + WARM_UP) times.push(now - before);
    before = now;
  }
  // The mean, since a process that waits for the other one has a few long steps.
  console.log(times.reduce((total, time) => total + time, 0) / times.length);
};

/** Returns the milliseconds that a step takes in each of two processes of `count` threads. */
const timesOfTwo = (count: number): Promise<number[]> =>
  Promise.all(
    [0, 1].map(async () => {
      const args = [...process.execArgv, process.argv[1], '--process', String(count)];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      return Number(stdout);
    }),
  );

/** Returns the milliseconds of a step in two processes of one thread, and of `count` threads. */
export const measureTwoProcesses = async (count: number): Promise<[alone: number, together: number]> => {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < 3; round++) {
    times[0].push(...(await timesOfTwo(1)));
    times[1].push(...(await timesOfTwo(count)));
  }
  const [alone, together] = times.map((samples) => summarize(samples).median);
  return [alone, together];
};
