/** When a function is traced, and when a compiled form is used again. */
import { describe, expect, test } from 'vitest';
import { type Tensor, jit, tensor } from '../../src/index.ts';

describe('a compiled function works', () => {
  test('with new shapes and forms', () => {
    const f = jit((v: Tensor | { a: Tensor }) => ('a' in v ? v.a : v).add(1) as Tensor);
    expect([
      f(tensor(1)).item(),
      f(tensor([1, 2])).toArray(),
      f({ a: tensor(5) }).item(),
      f(tensor(3)).item(),
    ]).toEqual([2, [2, 3], 6, 4]);
  });
  test('runs f only while tracing', () => {
    let runs = 0;
    const f = jit((v: Tensor) => (runs++, v.add(1)));
    for (let i = 0; i < 5; i++) f(tensor(i));
    expect(runs).toBe(1);
  });
});
