/**
 * `pnpm bench:threads`: the time on several threads beside the time on one.
 *
 * Both take turns in one process. What reads results to the end of a run is included.
 */
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { jit, matmul, mul, random, sin, sum, type Tensor } from '@mini/autograd';
import { threads, useThreads } from '@mini/autograd/threads';
import { integer, parseOptions, run } from '@mini/tools/cli';
import { Command } from 'commander';
import { threading } from '../packages/autograd/src/runtime/threading.ts';
import { pool } from '../packages/autograd/src/threads/pool.ts';
import { currentLibrary } from './current.ts';
import { ourCnn, ourCosine, ourMnist } from './ours.ts';
import { cnnProblem, cosineProblem, mnistProblem } from './problems.ts';

interface Work {
  readonly name: string;
  run(): void;
}

// Large results are copied, which one thread does. Sums of rows leave little to copy.
const square = (n: number): Work => {
  const x = random.normal(random.key(n), [n, n]);
  const f = jit((a: Tensor) => sum(matmul(a, a), { axis: 1 }));
  return { name: `matmul [${n}, ${n}]`, run: () => void f(x) };
};

const million = (name: string, f: (x: Tensor) => Tensor): Work => {
  const x = random.normal(random.key(0), [1000, 1000]);
  const compiled = jit(f);
  return { name: `${name} of 10⁶ elements`, run: () => void compiled(x) };
};

const makeWork = (): Work[] => [
  { ...ourMnist(currentLibrary, 'jit', mnistProblem()), name: 'MNIST 784-256-10, batch 64, one step' },
  { ...ourCnn(currentLibrary, 'jit', cnnProblem()), name: 'CNN, batch 32, one step' },
  ...[256, 512, 1024].map(square),
  million('sums of rows', (x) => sum(x, { axis: 1 })),
  million('sums of columns', (x) => sum(x, { axis: 0 })),
  million('sums of rows of sin(x)·x', (x) => sum(mul(sin(x), x), { axis: 1 })),
  ...[10, 200].map((hidden) => ({
    ...ourCosine(currentLibrary, 'jit', cosineProblem(hidden)),
    name: `cosine net, ${hidden} hidden, one update`,
  })),
];

const medianOf = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1];

/** Returns the milliseconds that a run takes, of so many. */
const timeOf = (work: Work, runs: number): number => {
  const started = performance.now();
  for (let i = 0; i < runs; i++) work.run();
  return (performance.now() - started) / runs;
};

/** At least so long is measured at once, in milliseconds. */
const LEAST = 20;

const main = async (): Promise<void> => {
  const command = new Command('bench:threads')
    .description('Compares compiled functions on several threads with the same on one, in turns.')
    .option('--threads <integer>', 'number of threads', integer(2, 64), Math.max(2, availableParallelism()))
    .option('--rounds <integer>', 'number of measurements of each', integer(1, 1000), 15);
  const { threads: count, rounds } = parseOptions<{ threads: number; rounds: number }>(command);
  // Without the choice of the faster way, which would hide the slower one.
  pool.settings = { ...pool.settings, isAdaptive: false };
  useThreads(count);
  const { runner } = threading;
  const work = makeWork();
  for (let i = 0; i < 100; i++) work[0].run();
  await setTimeout(500);
  const { count: found, reason } = threads();
  console.log(
    `${availableParallelism()} processors, ${found} threads${reason === undefined ? '' : `: ${reason}`}`,
  );
  for (const one of work) {
    const times: [number[], number[]] = [[], []];
    let runs = 1;
    let parts = 0;
    for (let round = -2; round < rounds; round++) {
      for (const isTogether of [false, true]) {
        threading.runner = isTogether ? runner : undefined;
        one.run();
        const before = pool.partsByWorkers();
        const time = timeOf(one, runs);
        if (isTogether) parts = (pool.partsByWorkers() - before) / runs;
        if (round < 0) runs = Math.max(1, Math.ceil(LEAST / time));
        else times[Number(isTogether)].push(time);
      }
    }
    const [alone, together] = times.map(medianOf);
    const format = (milliseconds: number): string => `${(1000 * milliseconds).toFixed(0).padStart(7)} µs`;
    console.log(
      `${one.name.padEnd(40)}${format(alone)}${format(together)}  ${(together / alone).toFixed(2)}×  ${parts.toFixed(1)} parts by workers`,
    );
  }
};

await run(main);
