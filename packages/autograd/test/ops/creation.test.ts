import { describe, expect, test } from 'vitest';
import { arange, eye, linspace } from '../../src/index.ts';

describe('creation', () => {
  test('arange and linspace follow NumPy', () => {
    expect(arange(3).toArray()).toEqual([0, 1, 2]);
    expect(arange(5, 0, -2).toArray()).toEqual([5, 3, 1]);
    expect(arange(3, 3).toArray()).toEqual([]);
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(linspace(2, 3, 1).toArray()).toEqual([2]);
    expect(eye(2, 3).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
  });
});
