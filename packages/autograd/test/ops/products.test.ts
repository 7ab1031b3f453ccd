import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, tensor } from '../../src/index.ts';

describe('prod', () => {
  const product = (values: readonly number[]): number => m.prod(tensor([...values])).item();
  test('is right in any order whose first products float32 holds', () => {
    const alternating = Array.from({ length: 1000 }, (_, i) => 2 ** (i % 2 === 0 ? 100 : -100));
    expect(product(alternating)).toBe(1);
    expect(product(alternating.toReversed())).toBe(1);
    expect(product([2 ** -100, 2 ** -40, 2 ** 40, 2 ** 100])).toBe(1);
    expect(product([2 ** 100, 2 ** 27, 2 ** -127, 3])).toBe(3);
    expect(product([2 ** 120, ...new Array<number>(30).fill(2 ** 120), 0])).toBe(0);
    expect(product([Infinity, 0])).toBe(NaN);
    expect(product([...new Array<number>(40).fill(2 ** 126), ...new Array<number>(40).fill(2 ** -123)])).toBe(
      Infinity,
    );
    expect(product([2 ** 100, 2 ** 100])).toBe(Infinity);
    // No element is infinite, so the infinity in between is an overflow. Each row is on its own.
    const overflow = [...new Array<number>(9).fill(1e38), 0];
    const infinite = [Infinity, ...new Array<number>(9).fill(1)];
    const rows = tensor([overflow, infinite, [-1, 0, 1, 1, 1, 1, 1, 1, 1, 1]]);
    expect(m.prod(rows, { axis: 1 }).toArray()).toEqual([0, Infinity, -0]);
    expect(m.prod(m.transpose(rows), { axis: 0 }).toArray()).toEqual([0, Infinity, -0]);
    expect(
      m
        .vmap((row: Tensor) => m.prod(row))(rows)
        .toArray(),
    ).toEqual([0, Infinity, -0]);
    const slopes = m.grad((v: Tensor) => m.sum(m.prod(v, { axis: 1 })))(rows);
    expect(m.slice(slopes, 0).toArray()).toEqual([...new Array<number>(9).fill(0), Infinity]);
    const x = tensor([alternating, alternating]);
    expect(m.prod(x, { axis: 0 }).toArray()).toEqual(alternating.map((value) => Math.fround(value * value)));
    expect(
      m
        .jit((v: Tensor) => m.prod(v, { axis: 1, keepdims: true }))(x)
        .toArray(),
    ).toEqual([[1], [1]]);
  });
  test('has the same bits along every axis, at once and compiled', () => {
    const x = m.random.uniform(m.random.key(0), [7, 30, 18], { minval: -2, maxval: 2 });
    for (const axis of [0, 1, 2, [0, 1], [0, 2], [1, 2], [0, 1, 2]]) {
      const axes = [axis].flat();
      const rest = [0, 1, 2].filter((a) => !axes.includes(a));
      const rows = m.transpose(x, [...rest, ...axes]).data;
      const result = m.prod(x, { axis });
      const count = rows.length / result.size;
      const exact = Float32Array.from(result.data, (_, i) =>
        rows.subarray(i * count, (i + 1) * count).reduce((a, b) => a * b, 1),
      );
      expect(result.data).toEqual(exact);
      expect(m.jit((v: Tensor) => m.prod(v, { axis }))(x).data).toEqual(exact);
      const negated = m.jit((v: Tensor) => m.prod(m.neg(v), { axis }))(m.neg(x));
      expect(negated.data).toEqual(exact);
    }
  });
  test('has the products of the other elements as derivatives', () => {
    const slope = (values: readonly number[]): unknown =>
      m
        .grad((v: Tensor) => m.prod(v))(tensor([...values]))
        .toArray();
    expect(slope([2, 0, 5])).toEqual([0, 10, 0]);
    expect(slope([0, 3, 0])).toEqual([0, 0, 0]);
    expect(slope([2 ** 100, 2 ** -100, 2 ** 100, 2 ** -100])).toEqual([
      2 ** -100,
      2 ** 100,
      2 ** -100,
      2 ** 100,
    ]);
    expect(slope([0, ...new Array<number>(20).fill(2 ** 100)])).toEqual([
      Infinity,
      ...new Array<number>(20).fill(0),
    ]);
    expect(
      m
        .grad((v: Tensor) => m.prod(v))(tensor([]))
        .toArray(),
    ).toEqual([]);
  });
  test('has derivatives of every order', () => {
    const x = tensor([2, 3, 5, 0]);
    expect(
      m
        .hessian((v: Tensor) => m.prod(v))(x)
        .toArray(),
    ).toEqual([
      [0, 0, 0, 15],
      [0, 0, 0, 10],
      [0, 0, 0, 6],
      [15, 10, 6, 0],
    ]);
    // The third derivatives, summed over the last axis: Σₖ of the product of all but i, j and k.
    const third = m.hessian((v: Tensor) => m.sum(m.grad((w: Tensor) => m.prod(w))(v)));
    expect(third(tensor([2, 3, 5, 7])).toArray()).toEqual([
      [0, 12, 10, 8],
      [12, 0, 9, 7],
      [10, 9, 0, 5],
      [8, 7, 5, 0],
    ]);
  });
});
