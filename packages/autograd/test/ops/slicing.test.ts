import { describe, expect, test } from 'vitest';
import { arange, arraySplit, slice, split } from '../../src/index.ts';

describe('splitting', () => {
  test('into unequal parts puts the larger ones first', () => {
    expect(arraySplit(arange(7), 3).map((part) => part.toArray())).toEqual([
      [0, 1, 2],
      [3, 4],
      [5, 6],
    ]);
  });
  test('at places allows empty parts', () => {
    expect(split(arange(4), [1, 1, 9]).map((part) => part.toArray())).toEqual([[0], [], [1, 2, 3], []]);
  });
});

test('slice follows Python', () => {
  const x = arange(10);
  expect(slice(x, [2, -1, 3]).toArray()).toEqual([2, 5, 8]);
  expect(slice(x, [null, null, -3]).toArray()).toEqual([9, 6, 3, 0]);
  expect(slice(x, [7, 2, -2]).toArray()).toEqual([7, 5, 3]);
  expect(slice(x, [20, 30]).toArray()).toEqual([]);
  expect(slice(x, -1).item()).toBe(9);
});
