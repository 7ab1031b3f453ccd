/** Real workers that die at random moments, and programs that throw in the middle. */
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { exp, jit, matmul, mean, mul, random, take, type Tensor, tensor } from '../../src/index.ts';
import { threads, useThreads } from '../../src/threads/index.ts';
import { pool } from '../../src/threads/pool.ts';
import { DEFAULT_SETTINGS } from '../../src/threads/runner.ts';

/** How many workers die; `pnpm fuzz` sets more. */
const KILLS = Number(process.env['MINI_KILLS'] ?? 10);
const COUNT = 3;

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The workers that the library has started. */
const workers: Worker[] = [];

beforeEach(() => {
  workers.length = 0;
  const getModule = process.getBuiltinModule.bind(process);
  class Watched extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      workers.push(this);
    }
  }
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) =>
    name === 'node:worker_threads'
      ? { ...getModule('node:worker_threads'), Worker: Watched }
      : getModule(name)) as typeof process.getBuiltinModule);
  vi.spyOn(console, 'warn').mockReturnValue();
  pool.settings = { leastTime: 0, leastTimeToWake: 0, isAdaptive: false, patience: 100 };
});
afterEach(() => {
  vi.restoreAllMocks();
  useThreads(1);
  pool.settings = DEFAULT_SETTINGS;
});

test('workers that are terminated at random moments cause neither wrong results nor a hang', async () => {
  const f = jit((x: Tensor) => mean(exp(mul(matmul(matmul(x, x), x), 1e-4)), { axis: 1 }));
  const x = random.normal(random.key(0), [160, 160]);
  const expected = f(x).data.slice();
  let [runs, errors, partsByWorkers] = [0, 0, 0];
  for (let kill = 0; kill < KILLS; kill++) {
    useThreads(COUNT);
    // The first run starts the workers.
    f(x);
    for (let turn = 0; turn < 200 && pool.partsByWorkers() === 0; turn++) {
      await sleep(1);
      expect(f(x).data).toEqual(expected);
    }
    partsByWorkers += pool.partsByWorkers();
    const victim = workers[workers.length - 1 - (kill % (COUNT - 1))];
    // Its end comes while this thread computes, without telling it.
    const end = victim.terminate();
    for (let run = 0; run < 30; run++) {
      runs++;
      let found: Float32Array | undefined;
      const started = performance.now();
      try {
        found = f(x).data;
      } catch (error) {
        errors++;
        expect(String(error)).toMatch(/useThreads: a worker has not finished its part of a computation/);
        expect(threads().count).toBe(1);
      }
      if (found !== undefined) expect(found).toEqual(expected);
      expect(performance.now() - started).toBeLessThan(5000);
    }
    await end;
    expect(f(x).data).toEqual(expected);
  }
  expect(partsByWorkers).toBeGreaterThan(KILLS);
  if (KILLS > 50) console.log(`${KILLS} workers terminated, ${runs} runs, ${errors} lost parts`);
});

test('a program that throws between two phases leaves threads that work', async () => {
  const f = jit((x: Tensor, i: Tensor) => matmul(take(matmul(x, x), i), x));
  const x = random.normal(random.key(1), [160, 160]);
  const [good, bad] = [tensor([3, 5, 7]), tensor([3, 5, 700])];
  const expected = f(x, good).data.slice();
  useThreads(COUNT);
  f(x, good);
  for (let turn = 0; turn < 200 && pool.partsByWorkers() === 0; turn++) {
    await sleep(1);
    f(x, good);
  }
  for (let run = 0; run < 50; run++) {
    expect(() => f(x, bad)).toThrow(/index out of range/);
    expect(f(x, good).data).toEqual(expected);
  }
  expect(threads()).toEqual({ count: COUNT });
  expect(pool.partsByWorkers()).toBeGreaterThan(0);
});
