/** A worker that dies with a part of a computation: the main thread must not wait for ever. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { foriLoop, jit, matmul, mul, random, sin, type Tensor } from '../../src/index.ts';
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

test('a part that is never done is done again, and one thread goes on', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  // Several phases, each of which needs the one before it.
  const f = jit((v: Tensor) => matmul(sin(matmul(v, v)), v));
  const expected = f(x).data;
  useThreads(2);
  loseOnePart();
  expect(f(x).data).toEqual(expected);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(threads()).toEqual({ count: 1, reason: expect.stringContaining('has not finished') });
  expect(f(x).data).toEqual(expected);
  useThreads(2);
  expect(threads()).toEqual({ count: 2 });
  expect(f(x).data).toEqual(expected);
});

test('a part of an eager op that is never done is done again', () => {
  vi.spyOn(console, 'warn').mockReturnValue();
  const large = random.normal(random.key(1), [400, 400]);
  const expected = matmul(large, large).data;
  useThreads(2);
  loseOnePart();
  expect(matmul(large, large).data).toEqual(expected);
  expect(threads()).toEqual({ count: 1, reason: expect.stringContaining('has not finished') });
});

test('a part that is never done and changes its operands is an error', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  const f = jit((v: Tensor) => sin(mul(v, 2)), { donate: [0] });
  const make = (): Tensor => random.normal(random.key(2), [512, 512]);
  const expected = f(make()).data;
  const donated = make();
  useThreads(2);
  loseOnePart();
  expect(() => f(donated)).toThrow(
    'useThreads: a worker has not finished its part of a computation for 0.05 s, which cannot be repeated: it changes its operands; from now on, one thread computes',
  );
  expect(warn).toHaveBeenCalledTimes(1);
  expect(threads().count).toBe(1);
  expect(f(make()).data).toEqual(expected);
});

test('what a late worker writes is in a memory that nothing uses any more', () => {
  vi.spyOn(console, 'warn').mockReturnValue();
  const f = jit((v: Tensor) => matmul(sin(matmul(v, v)), v));
  const constant = jit((v: Tensor) => v.mul(large));
  const large = random.normal(random.key(1), [128, 128]);
  const [expected, other] = [f(x).data, constant(x).data];
  // This result is still in the memory of the kernels.
  const kept = constant(x);
  useThreads(2);
  let late: ArrayBufferLike | undefined;
  loseOnePart(({ buffer }) => (late = buffer));
  const result = f(x);
  expect(threads().count).toBe(1);
  const floats = new Float32Array(late as ArrayBufferLike);
  expect(floats.includes(x.data[0])).toBe(true);
  floats.fill(NaN);
  expect(result.data).toEqual(expected);
  expect(kept.data).toEqual(other);
  for (const run of [() => {}, () => useThreads(2), () => useThreads(1)]) {
    run();
    expect(f(x).data).toEqual(expected);
    expect(constant(x).data).toEqual(other);
    expect(matmul(x, x).data).toEqual(jit((v: Tensor) => matmul(v, v))(x).data);
  }
});

test('without memory to go on, a late worker is an error, and one thread computes', () => {
  vi.spyOn(console, 'warn').mockReturnValue();
  const f = jit((v: Tensor) => matmul(v, v));
  const expected = f(x).data;
  useThreads(2);
  loseOnePart(() => {
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(function () {
      throw new RangeError('could not allocate memory');
    });
  });
  expect(() => f(x)).toThrow(
    /^useThreads: a worker has not finished .*, and there is no memory to go on without it: could not /,
  );
  expect(threads()).toEqual({ count: 1, reason: expect.stringContaining('has not finished') });
  vi.restoreAllMocks();
  expect(f(x).data).toEqual(expected);
});

test('a late part of a loop is an error, after which all works', () => {
  vi.spyOn(console, 'warn').mockReturnValue();
  const body = (v: Tensor): Tensor => sin(matmul(v, v)).mul(0.1);
  const f = jit((v: Tensor) => foriLoop(0, 3, (_, carry: Tensor) => body(carry), v));
  const expected = f(x).data;
  useThreads(2);
  // Workers do not start inside of a loop.
  jit((v: Tensor) => matmul(v, v))(x);
  loseOnePart();
  expect(() => f(x)).toThrow(/^useThreads: a worker has not finished its part .* it is a part of a loop; /);
  expect(threads().count).toBe(1);
  expect(f(x).data).toEqual(expected);
  useThreads(2);
  expect(f(x).data).toEqual(expected);
});

test('a part that failed in a worker is done again, and one thread goes on', () => {
  vi.spyOn(console, 'warn').mockReturnValue();
  const f = jit((v: Tensor) => matmul(v, v));
  const expected = f(x).data;
  useThreads(2);
  loseOnePart((words, next) => {
    Atomics.store(words, next + WORDS.failed, 1);
    Atomics.add(words, next + WORDS.done, 1);
  });
  expect(f(x).data).toEqual(expected);
  expect(threads()).toEqual({ count: 1, reason: expect.stringContaining('failed in a worker') });
});
