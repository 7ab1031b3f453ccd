/** Sorting: special values, equal elements, and where derivatives flow. */
import { describe, expect, test } from 'vitest';
import { fc } from '@fast-check/vitest';
import { argsort, cummax, grad, jit, mul, sort, sum, type Tensor, tensor, topK } from '../../src/index.ts';

const special = [3, NaN, -0, 0, -Infinity, 1e-45, Infinity, -1e-45, NaN, -0];

describe('argsort', () => {
  test('orders by value, then by index; 0 and -0 are equal, NaN is last', () => {
    expect(argsort(tensor(special)).toArray()).toEqual([4, 7, 2, 3, 9, 5, 0, 6, 1, 8]);
  });
  test('agrees with a stable sort of numbers, for lines of any length', () => {
    const element = fc.oneof(fc.constantFrom(...special), fc.float());
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 300 }), (line) => {
        const expected = [...line.keys()].sort(
          (i, j) =>
            Number(line[i] > line[j]) - Number(line[i] < line[j]) ||
            Number(line[i] !== line[i]) - Number(line[j] !== line[j]),
        );
        expect(argsort(tensor(line)).toArray()).toEqual(expected);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
  test('sorts along any axis, also of no elements', () => {
    const x = tensor([
      [3, 1],
      [2, 5],
      [2, 0],
    ]);
    expect(argsort(x, { axis: 0 }).toArray()).toEqual([
      [1, 2],
      [2, 0],
      [0, 1],
    ]);
    expect(argsort(tensor([], [0, 3]), { axis: 0 }).shape).toEqual([0, 3]);
  });
});

describe('sort', () => {
  test('moves bits: those of -0 as well', () => {
    const sorted = sort(tensor(special)).data;
    expect([...sorted].map((x) => (Object.is(x, -0) ? '-0' : String(x)))).toEqual([
      '-Infinity',
      '-1.401298464324817e-45',
      '-0',
      '0',
      '-0',
      '1.401298464324817e-45',
      '3',
      'Infinity',
      'NaN',
      'NaN',
    ]);
  });
  test('sends each cotangent to the element that came there', () => {
    const gradient = grad((x: Tensor) => sum(mul(sort(x), tensor([1, 2, 3, 4]))));
    expect(gradient(tensor([5, 1, 5, 0])).toArray()).toEqual([3, 2, 4, 1]);
    expect(jit(gradient)(tensor([5, 1, 5, 0])).toArray()).toEqual([3, 2, 4, 1]);
  });
});

describe('topK', () => {
  test('returns the first of equal elements first, and NaN as largest', () => {
    const [values, indices] = topK(tensor([1, 7, NaN, 7, 3]), 4);
    expect(values.toArray()).toEqual([NaN, 7, 7, 3]);
    expect(indices.toArray()).toEqual([2, 1, 3, 4]);
  });
  test.each([1, 2, 31, 32, 33, 99, 100])('selects %i of 100 as sorting all does', (k) => {
    const line = Float32Array.from({ length: 300 }, (_, i) => special[(i * 7919) % 23] ?? Math.sin(i * i));
    const [values, indices] = topK(tensor(line, [3, 100]), k);
    for (const row of [0, 1, 2]) {
      const numbers = [...line.subarray(100 * row, 100 * row + 100)];
      const rank = (x: number): number => (Number.isNaN(x) ? Infinity : x);
      const isAbove = (i: number, j: number): number =>
        Number(Number.isNaN(numbers[j])) - Number(Number.isNaN(numbers[i])) ||
        (rank(numbers[i]) === rank(numbers[j]) ? 0 : rank(numbers[j]) - rank(numbers[i])) ||
        i - j;
      const expected = [...numbers.keys()].sort(isAbove).slice(0, k);
      expect([...indices.data.subarray(k * row, k * row + k)]).toEqual(expected);
      expect([...values.data.subarray(k * row, k * row + k)]).toEqual(expected.map((i) => numbers[i]));
    }
  });
  test('of 0 elements is empty, of too many an error', () => {
    expect(topK(tensor([1, 2]), 0).map(({ shape }) => shape)).toEqual([[0], [0]]);
    expect(() => topK(tensor([1, 2]), 3)).toThrow(
      'topK: too few elements: expected at least k = 3 along the last axis, got shape [2]',
    );
  });
});

describe('cummax', () => {
  test('keeps NaN from where it occurs', () => {
    expect(cummax(tensor([1, 3, 2, NaN, 5])).toArray()).toEqual([1, 3, 3, NaN, NaN]);
  });
  test('sends cotangents to the first of equal elements', () => {
    expect(grad((x: Tensor) => sum(cummax(x)))(tensor([1, 3, 3, 2])).toArray()).toEqual([1, 3, 0, 0]);
  });
});
