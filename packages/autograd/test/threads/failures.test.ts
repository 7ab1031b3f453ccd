/** A worker that dies with a part of a computation: the main thread must not wait for ever. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { jit, matmul, random, type Tensor } from '../../src/index.ts';
import { WORDS } from '../../src/threads/control.ts';
import { threads, useThreads } from '../../src/threads/index.ts';
import { pool } from '../../src/threads/pool.ts';
import { DEFAULT_SETTINGS } from '../../src/threads/runner.ts';

const x = random.normal(random.key(0), [128, 128]);

beforeEach(() => {
  pool.settings = { ...DEFAULT_SETTINGS, isAdaptive: false, patience: 50 };
});
afterEach(() => {
  vi.restoreAllMocks();
  useThreads(1);
  pool.settings = DEFAULT_SETTINGS;
});

/** Lets nobody do the next part that the main thread claims. Calls `then` at that moment. */
const loseOnePart = (then: (words: Int32Array, next: number) => void = () => {}): void => {
  const exchange = Atomics.compareExchange.bind(Atomics);
  const spy = vi.spyOn(Atomics, 'compareExchange') as unknown as {
    mockImplementation(f: (words: Int32Array, at: number, from: number, to: number) => number): void;
  };
  let isLost = false;
  spy.mockImplementation((words, at, from, to) => {
    const found = exchange(words, at, from, to);
    if (isLost || found !== from) return found;
    isLost = true;
    then(words, at);
    // As if another thread had been faster.
    return from + 1;
  });
};

test('a part that is never done is an error, and one thread goes on', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  const f = jit((v: Tensor) => matmul(v, v));
  const expected = f(x).data;
  useThreads(2);
  loseOnePart();
  expect(() => f(x)).toThrow('useThreads: a worker has not finished its part of a computation for 0.05 s');
  expect(warn).toHaveBeenCalledTimes(1);
  expect(threads()).toEqual({ count: 1, reason: expect.stringContaining('has not finished') });
  expect(f(x).data).toEqual(expected);
  useThreads(2);
  expect(threads()).toEqual({ count: 2 });
  expect(f(x).data).toEqual(expected);
});

test('a part that failed in a worker is an error, and one thread goes on', () => {
  vi.spyOn(console, 'warn').mockReturnValue();
  const f = jit((v: Tensor) => matmul(v, v));
  const expected = f(x).data;
  useThreads(2);
  loseOnePart((words, next) => {
    Atomics.store(words, next + WORDS.failed, 1);
    Atomics.add(words, next + WORDS.done, 1);
  });
  expect(() => f(x)).toThrow('useThreads: a part of a computation failed in a worker');
  expect(threads().count).toBe(1);
  expect(f(x).data).toEqual(expected);
});
