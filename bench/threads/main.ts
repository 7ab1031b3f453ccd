/**
 * `pnpm bench:threads`: the time on several threads beside the time on one.
 *
 * Both take turns in one process. What reads results to the end of a run is included.
 */
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { configure } from '@mini/autograd';
import { threads, useThreads } from '@mini/autograd/threads';
import { integer, parseOptions, run, sizes } from '@mini/tools/cli';
import { Command } from 'commander';
import { threading } from '../../packages/autograd/src/runtime/threading.ts';
import { pool } from '../../packages/autograd/src/threads/pool.ts';
import { summarize } from '../statistics.ts';
import { formatTime } from '../table.ts';
import { costOfPhase, costOfWaking } from './costs.ts';
import { countPhases } from './phases.ts';
import { measureTwoProcesses, runProcess } from './processes.ts';
import { type Workload, makeWorkloads, mnistStep } from './workloads.ts';

/** Returns the milliseconds that a run takes, of so many. */
const timeOf = (work: Workload, runs: number): number => {
  const started = performance.now();
  for (let i = 0; i < runs; i++) work.run();
  return (performance.now() - started) / runs;
};

/** At least so long is measured at once, in milliseconds. */
const LEAST = 20;

interface Comparison {
  readonly alone: number;
  readonly together: number;
  /** The number of parts that workers did, for each run. */
  readonly parts: number;
}

/** Runs on one thread and on all, in turns. */
const compare = (work: Workload, rounds: number): Comparison => {
  const { runner } = threading;
  const times: [number[], number[]] = [[], []];
  let runs = 1;
  let parts = 0;
  for (let round = -2; round < rounds; round++) {
    for (const isTogether of [false, true]) {
      threading.runner = isTogether ? runner : undefined;
      work.run();
      const before = pool.partsByWorkers();
      const time = timeOf(work, runs);
      if (isTogether) parts = (pool.partsByWorkers() - before) / runs;
      if (round < 0) runs = Math.max(1, Math.ceil(LEAST / time));
      else times[Number(isTogether)].push(time);
    }
  }
  const [alone, together] = times.map((samples) => summarize(samples).median);
  return { alone, together, parts };
};

/** Starts the workers, and waits until they run. */
const startThreads = async (count: number): Promise<void> => {
  useThreads(count);
  const work = mnistStep();
  for (let i = 0; i < 100; i++) work.run();
  await setTimeout(500);
  const { count: found, reason } = threads();
  if (found !== count) throw new Error(`bench:threads: expected ${count} threads, got ${found}: ${reason}`);
};

/** The numbers of threads to measure: 2, 4, 8, …, up to what the machine has. */
const defaultCounts = (): number[] => {
  const most = Math.max(2, availableParallelism());
  const counts = [];
  for (let count = 2; count < most; count *= 2) counts.push(count);
  return [...counts, most];
};

/** Prints a row for each workload: times, and for each number of threads the time beside one's. */
const printTable = async (workloads: readonly Workload[], counts: readonly number[], rounds: number) => {
  const rows = new Map(workloads.map(({ name }) => [name, { alone: '', cells: [] as string[] }]));
  for (const count of counts) {
    await startThreads(count);
    for (const work of workloads) {
      const phases = countPhases(work, count);
      const { alone, together, parts } = compare(work, rounds);
      const row = rows.get(work.name);
      if (row === undefined) continue;
      row.alone ||= formatTime(alone);
      row.cells.push(`${(together / alone).toFixed(2)}× (${phases}, ${parts.toFixed(1)})`);
    }
  }
  const line = (name: string, alone: string, cells: readonly string[]): string =>
    name.padEnd(40) + alone.padStart(10) + cells.map((cell) => cell.padStart(20)).join('');
  console.log('Time on several threads, as a multiple of the time on one (phases, parts done by workers)');
  console.log(
    line(
      '',
      '1 thread',
      counts.map((count) => `${count} threads`),
    ),
  );
  for (const [name, { alone, cells }] of rows) console.log(line(name, alone, cells));
};

const main = async (): Promise<void> => {
  const command = new Command('bench:threads')
    .description(
      'Compares compiled functions on several threads with the same functions on one thread. The measurements alternate.',
    )
    .option('--threads <integers>', 'numbers of threads', sizes, defaultCounts())
    .option('--rounds <integer>', 'number of measurements of each workload', integer(1, 1000), 15)
    .option('--fma', 'multiply and add with one rounding in products')
    .option('--only <text>', 'only the workloads whose names contain this', '')
    .option(
      '--process <integer>',
      'measure only the training step, on this number of threads',
      integer(1, 64),
    );
  const options = parseOptions<{
    threads: number[];
    rounds: number;
    fma?: boolean;
    only: string;
    process?: number;
  }>(command);
  const { threads: counts, rounds, only } = options;
  configure({ fma: options.fma ?? false });
  if (options.process !== undefined) {
    runProcess(options.process);
    return;
  }
  console.log(`${availableParallelism()} processors`);
  // Without the choice of the faster way, which would hide the slower one.
  const settings = pool.settings;
  pool.settings = { ...settings, isAdaptive: false };
  const workloads = makeWorkloads().filter(({ name }) => name.includes(only));
  if (workloads.length === 0) throw new Error(`bench:threads: no workload has "${only}" in its name`);
  await printTable(workloads, counts, rounds);
  for (const count of counts) {
    await startThreads(count);
    const waking = formatTime(costOfWaking());
    const phase = formatTime(costOfPhase(count, rounds));
    console.log(`${count} threads: ${waking} to use workers that sleep, ${phase} for each phase`);
  }
  pool.settings = settings;
  useThreads(1);
  for (const count of counts) {
    const [alone, together] = await measureTwoProcesses(count);
    console.log(
      `two processes of ${count} threads: a step takes ${(together / alone).toFixed(2)}× the time in two of 1 thread (${formatTime(alone)})`,
    );
  }
};

await run(main);
