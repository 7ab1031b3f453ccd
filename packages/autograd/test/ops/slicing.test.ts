import { describe, expect, expectTypeOf, test } from 'vitest';
import { arange, arraySplit, meshgrid, slice, split, type Tensor } from '../../src/index.ts';

describe('splitting', () => {
  test('returns lists of a length that TypeScript knows', () => {
    const count = 3 as number;
    expectTypeOf(split(arange(6), 3)).toEqualTypeOf<[Tensor, Tensor, Tensor]>();
    expectTypeOf(arraySplit(arange(7), 2)).toEqualTypeOf<[Tensor, Tensor]>();
    expectTypeOf(split(arange(6), count)).toEqualTypeOf<Tensor[]>();
    expectTypeOf(split(arange(6), [2, 3])).toEqualTypeOf<Tensor[]>();
    const first = <N extends number>(n: N): Tensor => split(arange(6), n)[0];
    expectTypeOf(first(2)).toEqualTypeOf<Tensor>();
    expectTypeOf(meshgrid([arange(2), 5])).toEqualTypeOf<[Tensor, Tensor]>();
    expectTypeOf(meshgrid([arange(2)] as Tensor[])).toEqualTypeOf<Tensor[]>();
  });
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
