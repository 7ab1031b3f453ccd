/** Running sums, products and maxima, and differences. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { checkGrads, cumprod, diff, grad, jit, mul, sum, type Tensor, tensor } from '../../src/index.ts';

/** The running results of a line of numbers, one element after another in double precision. */
const RUNNING = {
  cumsum: (line: readonly number[]) => line.map((_, i) => line.slice(0, i + 1).reduce((a, b) => a + b, 0)),
  cumprod: (line: readonly number[]) => line.map((_, i) => line.slice(0, i + 1).reduce((a, b) => a * b, 1)),
  cummax: (line: readonly number[]) => line.map((_, i) => Math.max(...line.slice(0, i + 1))),
};

describe.each(['cumsum', 'cumprod', 'cummax'] as const)('%s', (name) => {
  const f = m[name];
  const check = (x: Tensor, axis: number): void => {
    const lines = m.moveaxis(x, axis, -1).data;
    const size = x.shape[axis];
    const exact = Float32Array.from({ length: lines.length / size }, (_, i) => i)
      .reduce<number[]>(
        (all, i) => all.concat(RUNNING[name]([...lines.subarray(i * size, (i + 1) * size)])),
        [],
      )
      .map(Math.fround);
    const along = (v: Tensor): Tensor => m.moveaxis(f(v, { axis }), axis, -1);
    expect([...along(x).data]).toEqual(exact);
    expect([...jit(along)(x).data]).toEqual(exact);
    expect([...jit((v: Tensor) => along(m.neg(v)))(m.neg(x)).data]).toEqual(exact);
    if (axis === 0) return;
    const each = m.vmap((v: Tensor) => f(v, { axis: axis - 1 }))(x);
    expect([...m.moveaxis(each, axis, -1).data]).toEqual(exact);
  };
  test('has the same bits along every axis, at once, compiled, merged with maps, and in batches', () => {
    for (const shape of [[1], [9], [1000], [3, 40], [40, 3], [17, 19], [3, 5, 18], [2, 3, 4, 5]]) {
      const x = m.random.uniform(m.random.key(shape.length), shape, { minval: -1.5, maxval: 1.5 });
      for (const axis of shape.keys()) check(x, axis);
    }
  });
  test('goes on after numbers that are not finite', () => {
    check(tensor([1, Infinity, 2, -Infinity, 3, NaN, 4, 5]), 0);
    check(
      tensor([
        [1, 2],
        [Infinity, 3],
        [NaN, 4],
        [1, -5],
        [2, 6],
      ]),
      0,
    );
  });
  test('has derivatives along every axis', () => {
    const x = m.random.uniform(m.random.key(2), [4, 5], { minval: 0.5, maxval: 2 });
    for (const axis of [0, 1]) checkGrads((v: Tensor) => f(v, { axis }), [x]);
  });
  test('of no elements has none', () => {
    expect(f(tensor([])).shape).toEqual([0]);
    expect(f(m.zeros([3, 0]), { axis: 0 }).shape).toEqual([3, 0]);
  });
});

describe('cumprod', () => {
  test('is right where elements are 0, and so are its derivatives of both orders', () => {
    const x = tensor([2, 0, 3, 0, 5]);
    expect(cumprod(x).toArray()).toEqual([2, 0, 0, 0, 0]);
    const gradient = grad((v: Tensor) => sum(mul(cumprod(v), tensor([1, 2, 3, 4, 5]))));
    expect(gradient(x).toArray()).toEqual([1, 22, 0, 0, 0]);
    expect(jit(gradient)(x)).toEqual(gradient(x));
    checkGrads(cumprod, [x]);
  });
  test('is computed in double precision', () => {
    const tenth = Math.fround(0.1);
    const x = tensor(new Array<number>(20).fill(0.1));
    expect(cumprod(x).data[19]).toBe(Math.fround(tenth ** 20));
  });
});

describe('diff', () => {
  test('of n = 0 is x, of as many as there are elements empty', () => {
    const x = tensor([1, 4, 9]);
    expect(diff(x, { n: 0 })).toEqual(x);
    expect(diff(x, { n: 3 }).shape).toEqual([0]);
    expect(() => diff(x, { n: 4 })).toThrow('diff: too few elements: expected at least n = 4 along axis 0');
  });
});
