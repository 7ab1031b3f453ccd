/** Running products and differences. */
import { describe, expect, test } from 'vitest';
import { checkGrads, cumprod, diff, grad, jit, mul, sum, type Tensor, tensor } from '../../src/index.ts';

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
