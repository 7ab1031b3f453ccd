import { describe, expect, test } from 'vitest';
import { arange, eye, linspace, tensor } from '../../src/index.ts';

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
  test('tensor copies, unless it is told to share', () => {
    const elements = Float32Array.of(1, 2, 3, 4);
    expect(tensor(elements).data).not.toBe(elements);
    expect(tensor(elements, [2, 2], { copy: true }).data).not.toBe(elements);
    const shared = tensor(elements, [2, 2], { copy: false });
    expect(shared.data).toBe(elements);
    expect(shared.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
  test('tensor shares nothing that would have to be converted', () => {
    expect(() => tensor([1, 2], [2], { copy: false })).toThrow(
      'tensor: invalid data: expected a Float32Array for copy: false, got [1, 2]',
    );
    expect(() => tensor(Uint8Array.of(1), undefined, { copy: false })).toThrow('expected a Float32Array');
    expect(() => tensor(Float32Array.of(1), [2], { copy: false })).toThrow('expected 2 elements');
    // @ts-expect-error: a misspelt option
    expect(() => tensor([1], [1], { cpoy: false })).toThrow('tensor: unknown option: expected copy');
  });
});
