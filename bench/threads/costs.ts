/** What several threads cost: to wake workers, and to wait for each other between two phases. */
import { jit, mean, random, sub, type Tensor } from '@mini/autograd';
import { useThreads } from '@mini/autograd/threads';
import { setLeastPart } from '../../packages/autograd/src/compiler/phases.ts';
import { threading } from '../../packages/autograd/src/runtime/threading.ts';
import { pool } from '../../packages/autograd/src/threads/pool.ts';
import { summarize } from '../statistics.ts';
import { countPhases } from './phases.ts';
import { type Workload, mnistStep } from './workloads.ts';

const medianOf = (samples: readonly number[]): number => summarize(samples).median;

const timeOf = (work: Workload): number => {
  const started = performance.now();
  work.run();
  return performance.now() - started;
};

const PAUSES = 60;
/** Workers sleep after a millisecond without work. */
const PAUSE = 5;
const clock = new Int32Array(new SharedArrayBuffer(4));

/** Returns by how many milliseconds a run takes longer after a pause. */
const lossAfterPause = (work: Workload): number => {
  const [before, after]: [number[], number[]] = [[], []];
  for (let i = 0; i < PAUSES; i++) {
    Atomics.wait(clock, 0, 0, PAUSE);
    after.push(timeOf(work));
    work.run();
    before.push(timeOf(work));
  }
  return medianOf(after) - medianOf(before);
};

/**
 * Returns the milliseconds that it costs to run on workers that sleep.
 *
 * That is the time which a training step loses after a pause, less what it loses on one thread,
 * where the pause has cost it nothing but a slower processor.
 */
export const costOfWaking = (): number => {
  const { runner } = threading;
  const work = mnistStep();
  for (let i = 0; i < 100; i++) work.run();
  const together = lossAfterPause(work);
  threading.runner = undefined;
  const alone = lossAfterPause(work);
  threading.runner = runner;
  return together - alone;
};

/** How many sums and maps follow each other. Each needs the one before it, so it is a phase. */
const CHAIN = 50;

/**
 * Returns the milliseconds that a phase on `count` threads costs, however little it computes.
 *
 * Loops over small matrices are cut into parts, although that is not worth it. The cost is the
 * time of a chain of them, less the time on one thread, for each phase.
 */
export const costOfPhase = (count: number, rounds: number): number => {
  const settings = { ...pool.settings };
  setLeastPart(1);
  pool.settings = { ...settings, leastTime: 0, leastTimeToWake: 0 };
  useThreads(count);
  const { runner } = threading;
  const x = random.normal(random.key(0), [32, 32]);
  const f = jit((a: Tensor) => {
    let y = a;
    for (let i = 0; i < CHAIN / 2; i++) y = sub(y, mean(y, { axis: 1, keepdims: true }));
    return y;
  });
  const work = { name: 'chain', run: () => void f(x) };
  const phases = countPhases(work, count);
  const times: [number[], number[]] = [[], []];
  for (let round = -200; round < 20 * rounds; round++) {
    for (const isTogether of [false, true]) {
      threading.runner = isTogether ? runner : undefined;
      work.run();
      const time = timeOf(work);
      if (round >= 0) times[Number(isTogether)].push(time);
    }
  }
  setLeastPart();
  pool.settings = settings;
  const [alone, together] = times.map(medianOf);
  return (together - alone) / phases;
};
