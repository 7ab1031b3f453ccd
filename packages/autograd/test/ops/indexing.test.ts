/** Integers and indices that float32 cannot hold. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { tensor } from '../../src/index.ts';

describe('integers that float32 does not hold', () => {
  const long = new Float32Array(2 ** 24 + 3);
  long[2 ** 24 + 1] = 1;
  test('are refused where they would be places', () => {
    for (const f of [m.argmax, m.argmin]) {
      const words = `${f.name}: axis too long for indices: expected at most 16777216, got shape [16777219]`;
      expect(() => f(tensor(long))).toThrow(words);
      expect(() => f(tensor(long, [1, long.length]), { axis: 1 })).toThrow(words.replace('[', '[1, '));
      expect(f(tensor(long, [long.length, 1]), { axis: 1 }).shape).toEqual([long.length]);
    }
    expect(m.argmax(tensor(long.subarray(3))).item()).toBe(2 ** 24 - 2);
  });
  test('are refused by tril and triu, which compare places', () => {
    const x = m.zeros([2, 2 ** 24 + 1]);
    for (const f of [m.tril, m.triu])
      expect(() => f(x)).toThrow(
        `${f.name}: axis too long for indices: expected at most 16777216, got shape [2, 16777217]`,
      );
  });
  test('are refused by arange', () => {
    expect(() => m.arange(2 ** 24 - 2, 2 ** 24 + 2)).toThrow(
      'arange: integer too large: expected integers that float32 can hold, got 16777217',
    );
    expect(() => m.arange(-(2 ** 24), -(2 ** 24) - 2, -1)).toThrow(
      'integers that float32 can hold, got -16777217',
    );
    expect(m.arange(2 ** 24 - 2, 2 ** 24 + 1).toArray()).toEqual([16777214, 16777215, 16777216]);
    expect(m.arange(2 ** 24, 2 ** 24 + 5, 2).toArray()).toEqual([16777216, 16777218, 16777220]);
    expect(() => m.linspace(2 ** 24, 2 ** 24 + 4, 5)).toThrow(
      'linspace: integer too large: expected integers that float32 can hold, got 16777217',
    );
    expect(m.arange(0, 1e8 + 1, 2.5e7).toArray()).toEqual([0, 2.5e7, 5e7, 7.5e7, 1e8]);
  });
});

test('indices are not rounded to integers', () => {
  const x = tensor([1, 2, 3]);
  for (const index of [0.99999999999, [0.99999999999], Float64Array.of(0.99999999999)]) {
    expect(() => m.take(x, index)).toThrow(
      'take: invalid indices: expected numbers that float32 can hold, got 0.99999999999',
    );
    expect(() => m.oneHot(index, 3)).toThrow(
      'oneHot: invalid labels: expected numbers that float32 can hold, got 0.99999999999',
    );
  }
  expect(m.take(x, Float64Array.of(2, 0)).toArray()).toEqual([3, 1]);
});
