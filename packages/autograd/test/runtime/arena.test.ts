/**
 * Memory of compiled functions while code runs without returning to the event loop, where no
 * finalizer runs.
 */
import { describe, expect, test } from 'vitest';
import { type Tensor, jit, mul, ones, sum } from '../../src/index.ts';
import { allocatedBytes, memory } from '../../src/runtime/memory.ts';

const MB = 2 ** 20;
const used = (): number => process.memoryUsage().arrayBuffers + memory.f32.byteLength;

/** The most memory that `count` calls of `f` take at a time, in bytes. */
const peakOf = (count: number, f: (i: number) => void): number => {
  const before = used();
  let peak = 0;
  for (let i = 0; i < count; i++) {
    f(i);
    peak = Math.max(peak, used() - before);
  }
  return peak;
};

// Without a limit, these take more than 1 GB. In a process of their own they take 10 to 130 MB;
// after many other tests, the engine collects arrays less often.
const MOST = 400 * MB;

describe('memory stays below 400 MB', () => {
  test('when one function is compiled for very many shapes', () => {
    const f = jit((x: Tensor) => sum(mul(x, 2)));
    expect(peakOf(700, (i) => f(ones([300_000 + i])).item())).toBeLessThan(MOST);
  });
  test('when very many functions are compiled and dropped', () => {
    const compileAndDrop = (): void => {
      jit((x: Tensor) => sum(mul(x, 2)))(ones([300_000])).item();
    };
    expect(peakOf(500, compileAndDrop)).toBeLessThan(MOST);
  });
  test('when the results of functions that are dropped are large', () => {
    let last: Tensor | undefined;
    const peak = peakOf(350, () => {
      last = jit((x: Tensor) => mul(x, 2))(ones([300_000]));
    });
    expect(peak).toBeLessThan(MOST);
    expect(last?.data.every((value) => value === 2)).toBe(true);
  });
});

test('functions that take turns are compiled again a few times at most, however large they are', () => {
  let compilations = 0;
  const functions = [1, 2, 3, 4, 5].map((factor) =>
    jit((x: Tensor) => {
      compilations++;
      return mul(x, factor);
    }),
  );
  const x = ones([3_000_000]);
  for (let round = 0; round < 10; round++) {
    const results = functions.map((f) => f(x));
    // What a function left in its memory outlives that memory.
    expect(results.map(({ data }) => data[2_999_999])).toEqual([1, 2, 3, 4, 5]);
  }
  expect(compilations).toBeLessThan(3 * functions.length);
  expect(allocatedBytes()).toBeGreaterThan(5 * 24_000_000);
});
