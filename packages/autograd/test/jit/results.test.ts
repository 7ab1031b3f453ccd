/** Results of compiled functions: valid after later calls, and as arguments. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, jit, mul, slice, sum, tensor } from '../../src/index.ts';

describe('results', () => {
  const f = jit((x: Tensor) => [x.mul(2), x.add(1)]);
  const big = (value: number): Tensor => m.full([1000], value);
  test('stay right after later calls', () => {
    const [first] = f(big(1));
    const [second] = f(big(2));
    const [third] = f(big(3));
    expect([first, second, third].map((x) => x.data[999])).toEqual([2, 4, 6]);
    expect(first.data).toHaveLength(1000);
  });
  test('are arguments of later calls', () => {
    let x = big(1);
    for (let i = 0; i < 5; i++) [x] = f(x);
    expect(x.data[0]).toBe(32);
    expect(sum(x).item()).toBe(32_000);
  });
  test('may be arguments, constants and parts of other results', () => {
    const c = tensor([7, 8]);
    const g = jit((x: Tensor) => ({
      same: x,
      constant: c,
      part: slice(mul(x, 2), 1),
      none: null,
      twice: [x, x],
    }));
    const x = m.ones([3, 300]);
    const out = g(x);
    expect([
      out.same.data[0],
      out.constant.toArray(),
      out.part.data[299],
      out.none,
      out.twice.length,
    ]).toEqual([1, [7, 8], 2, null, 2]);
  });
});
