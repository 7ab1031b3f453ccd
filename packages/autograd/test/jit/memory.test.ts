/** Results outlive the memory of the function that computed them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, cond, foriLoop, grad, jit, less, matmul, sum, whileLoop } from '../../src/index.ts';
import { allocate, allocatedBytes, release } from '../../src/runtime/memory.ts';

describe('results in memory', () => {
  test('survive the function, and its memory comes back', () => {
    // The scratch memory of kernels is allocated once, at the first use.
    matmul(m.eye(2), m.eye(2));
    const before = allocatedBytes();
    const g = jit((x: Tensor) => x.mul(2), { cacheSize: 2 });
    const results = [300, 400, 500, 600, 700].map((n) => g(m.ones([n])));
    expect(allocatedBytes() - before).toBeLessThan(4 * 2 * (2 * 700 + 100));
    expect(results.map((x) => sum(x).item())).toEqual([600, 800, 1000, 1200, 1400]);
    // Used again after it was dropped.
    expect(sum(g(m.ones([300]))).item()).toBe(600);
  });
  test('survive when memory runs out, and functions are compiled again', () => {
    // Allocates all but 64 MB, which is enough for a few of the functions. The engine collects
    // nothing before the next await.
    const rest = allocate(2 ** 31 - allocatedBytes() - 2 ** 26);
    const x = m.full([2 ** 20], 3);
    const functions = Array.from({ length: 20 }, (_, i) => jit((v: Tensor) => v.mul(i)));
    const results = functions.map((f) => f(x));
    expect(results.map(({ data }) => data[2 ** 20 - 1])).toEqual(functions.map((_, i) => 3 * i));
    expect(functions.map((f, i) => f(results[i]).data[0])).toEqual(functions.map((_, i) => 3 * i * i));
    const before = allocatedBytes();
    expect(() => allocate(2 ** 30)).toThrow(/^out of memory: no room for 1073741824 more bytes/);
    expect(allocatedBytes()).toBeLessThan(before);
    release(rest);
  });
  test('do not run out of memory when loops are compiled and dropped', () => {
    const before = allocatedBytes();
    for (let i = 0; i < 30; i++) {
      const f = jit((x: Tensor) => foriLoop(0, 2, (_, carry: Tensor) => carry.add(i), x));
      expect(f(m.zeros([1024, 1024])).data[7]).toBe(2 * i);
    }
    // Each of them takes 8 MB, and as much for its body: 480 MB in all. The limit depends on the
    // tests before.
    expect(allocatedBytes() - before).toBeLessThan(300 * 2 ** 20);
  });
  test('does not hold constants of functions that were dropped, in one turn of the event loop', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 80; i++) {
      const constant = m.full([1000, 1000], i);
      expect(jit((x: Tensor) => sum(x.mul(constant)))(m.tensor([1])).item()).toBe(i * 1e6);
    }
    collect();
    // All constants together have 320 MB. Functions with 32 MB of memory are kept, or more if the
    // tests before needed it.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200e6);
  });
  test('are the same after the memory of loops and branches was reclaimed', () => {
    const x = m.tensor([1, 2, 3]);
    const functions = [
      jit((v: Tensor) => foriLoop(0, 2, (_, a: Tensor) => foriLoop(0, 3, (_i, b: Tensor) => b.mul(2), a), v)),
      jit((v: Tensor) =>
        whileLoop(
          (a: Tensor) => less(sum(a), 100),
          (a: Tensor) => a.mul(2),
          v,
        ),
      ),
      jit((v: Tensor) =>
        cond(
          less(sum(v), 0),
          (a: Tensor) => a,
          (a: Tensor) => a.mul(3),
          v,
        ),
      ),
      grad(jit((v: Tensor) => sum(foriLoop(0, 3, (_, a: Tensor) => a.mul(v), v)))),
    ];
    const run = (): unknown[] => functions.map((f) => f(x).toArray());
    const before = run();
    expect(() => allocate(2 ** 31)).toThrow('out of memory');
    const least = allocatedBytes();
    expect([run(), run()]).toEqual([before, before]);
    expect(() => allocate(2 ** 31)).toThrow('out of memory');
    expect(allocatedBytes()).toBe(least);
    expect(run()).toEqual(before);
  });
});
