/** Runs in a page or in a worker: compares one thread with two, and reports what it found. */
import { jit, matmul, random, sin, type Tensor } from '@mini/autograd';
import { type Threads, threads, useThreads } from '@mini/autograd/threads';
import { pool } from '../../../autograd/src/threads/pool.ts';

export interface Found {
  readonly threads: Threads;
  readonly isSame: boolean;
  /** Whether a worker ran a part of a program. */
  readonly hasWorked: boolean;
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const find = async (): Promise<Found> => {
  const f = jit((x: Tensor) => sin(matmul(x, x)));
  const x = random.normal(random.key(0), [256, 256]);
  const expected = f(x).data;
  // On a busy machine, one thread may be faster.
  pool.settings = { ...pool.settings, isAdaptive: false };
  useThreads(2);
  let isSame = true;
  for (let i = 0; i < 2000; i++) {
    const found = f(x).data;
    isSame &&= found.every((value, at) => value === expected[at]);
    if (pool.partsByWorkers() > 20 || (i > 50 && threads().count === 1)) break;
    await sleep(5);
  }
  return { threads: threads(), isSame, hasWorked: pool.partsByWorkers() > 20 };
};

const report = (found: unknown): void => {
  if ('document' in globalThis) document.title = JSON.stringify(found);
  else postMessage(found);
};
try {
  report(await find());
} catch (error) {
  report(String(error));
}
