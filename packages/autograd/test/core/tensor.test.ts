import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { add, arange, mul, reshape, slice, tensor, zeros } from '../../src/index.ts';

describe('a tensor', () => {
  test('comes from numbers, nested arrays, typed arrays and tensors', () => {
    expect(tensor(3).toArray()).toBe(3);
    expect(
      tensor([
        [1, 2],
        [3, 4],
      ]).shape,
    ).toEqual([2, 2]);
    expect(tensor(Uint8Array.of(1, 2, 3, 4), [2, 2]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor([true, false]).toArray()).toEqual([1, 0]);
    expect(tensor([Float64Array.of(1, 2), [3, 4]]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
  });
  test('does not change with the data it was made from', () => {
    const data = Float32Array.of(1, 2);
    const x = tensor(data);
    data[0] = 9;
    expect(x.toArray()).toEqual([1, 2]);
  });
  test('prints its shape and rounded values', () => {
    expect(
      String(
        tensor([
          [1, 0.123456],
          [1e-7, NaN],
        ]),
      ),
    ).toBe('Tensor [2, 2] [[1, 0.1235],\n [1.000e-7, NaN]]');
    expect(inspect(tensor(2.5))).toBe('Tensor 2.5');
    expect(String(arange(20))).toBe('Tensor [20] [0, 1, 2, …, 17, 18, 19]');
    expect(`${zeros([0])}`).toBe('Tensor [0] []');
  });
  test('has the operators of Python as methods', () => {
    const x = tensor([4, 9]);
    expect(x.add(1).sub(2).mul(3).div(2).neg().toArray()).toEqual([-4.5, -12]);
    expect([x.pow(2).toArray(), x.matmul(x).item()]).toEqual([[16, 81], 97]);
  });
  test('shares storage with its reshapes and leading slices', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(reshape(x, [4]).data.buffer).toBe(x.data.buffer);
    expect(slice(x, [1, 2]).data.buffer).toBe(x.data.buffer);
    expect(slice(x, 1).toArray()).toEqual([3, 4]);
  });
});

test('numbers alone are operands, too', () => {
  expect(add(1, 2).item()).toBe(3);
  expect(mul(add(1, 2), 3).add(1).item()).toBe(10);
});
