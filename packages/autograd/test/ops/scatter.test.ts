/** Scattering and dynamic slices: repeated and negative indices, errors, and derivatives. */
import { describe, expect, test } from 'vitest';
import {
  arange,
  dynamicSlice,
  dynamicUpdateSlice,
  grad,
  jit,
  mul,
  ones,
  reshape,
  scatterAdd,
  scatterSet,
  segmentSum,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';

const OUT_OF_RANGE =
  'index out of range: expected an integer from -3 to 2 for an axis of size 3, got 3 at position 1';

describe('scatterAdd', () => {
  test('adds all updates of an index, in double precision', () => {
    const updates = tensor([1e8, 1, -1e8]);
    expect(scatterAdd(zeros([2]), [1, 1, 1], updates).toArray()).toEqual([0, 1]);
  });
  test('keeps the bits of elements that it does not touch', () => {
    expect(Object.is(scatterAdd(tensor([-0, 1]), [1], 2).data[0], -0)).toBe(true);
  });
  test.each([scatterAdd, scatterSet])('%o throws for indices out of range, also when compiled', (f) => {
    expect(() => f(zeros([3]), [0, 3], 1)).toThrow(`${f.name}: ${OUT_OF_RANGE}`);
    const compiled = jit((x: Tensor, i: Tensor) => f(x, i, 1));
    expect(() => compiled(zeros([3]), tensor([0, 3]))).toThrow(OUT_OF_RANGE);
    expect(compiled(zeros([3]), tensor([0, -1])).toArray()).toEqual([1, 0, 1]);
    expect(() => f(zeros([3]), [0.5], 1)).toThrow('index is not an integer');
  });
  test.each([scatterAdd, scatterSet])('%o throws for updates of another shape', (f) => {
    expect(() => f(zeros([3, 2]), [0, 1], ones([3]))).toThrow(
      `${f.name}: updates do not fit: expected a shape that broadcasts to [2, 2], got [3]`,
    );
  });
});

describe('scatterSet', () => {
  test('lets the last of equal indices win, whether counted from the start or the end', () => {
    expect(scatterSet(zeros([3]), [2, 0, -1], tensor([1, 2, 3])).toArray()).toEqual([2, 0, 3]);
  });
  test('has a derivative only for what is in the result', () => {
    const [dx, du] = grad(
      (x: Tensor, u: Tensor) => sum(mul(scatterSet(x, [2, 0, -1], u), tensor([1, 10, 100]))),
      { argnums: [0, 1] },
    )(zeros([3]), ones([3]));
    expect(dx.toArray()).toEqual([0, 10, 0]);
    expect(du.toArray()).toEqual([0, 1, 100]);
  });
});

describe('segmentSum', () => {
  test('throws for numbers that are no segment', () => {
    expect(() => segmentSum(ones([2]), [0, -1], 3)).toThrow(
      'segmentSum: index out of range: expected an integer from 0 to 2 for an axis of size 3, got -1',
    );
    expect(() => segmentSum(ones([2]), [0, 1, 2], 3)).toThrow('segmentSum: segments do not fit');
  });
  test('sums no rows to zeros', () => {
    expect(segmentSum(zeros([0, 2]), [], 2).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

describe('dynamic slices', () => {
  const x = reshape(arange(12), [3, 4]);
  test('begin where tensors say, in one compiled program', () => {
    const compiled = jit((start: Tensor) => dynamicSlice(x, [start, 1], [1, 2]));
    expect(compiled(tensor(0)).toArray()).toEqual([[1, 2]]);
    expect(compiled(tensor(2)).toArray()).toEqual([[9, 10]]);
    expect(() => compiled(tensor(3))).toThrow(
      'start out of range: expected an integer from 0 to 2 for a block of 1 of the 3 elements along axis 0, got 3',
    );
    expect(() => dynamicSlice(x, [0, -1], [1, 2])).toThrow(
      'expected an integer from -4 to -2 for a block of 2',
    );
  });
  test('write a block, and count from the end', () => {
    expect(dynamicUpdateSlice(x, tensor([[-1], [-2]]), [-2, -1]).toArray()).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, -1],
      [8, 9, 10, -2],
    ]);
  });
  test('take scalars and blocks without elements', () => {
    expect(dynamicSlice(tensor(5), [], []).item()).toBe(5);
    expect(dynamicSlice(x, [0, 4], [3, 0]).shape).toEqual([3, 0]);
    expect(dynamicUpdateSlice(x, zeros([0, 4]), [3, 0])).toEqual(x);
  });
  test('that do not fit are errors', () => {
    expect(() => dynamicSlice(x, [0], [1, 1])).toThrow('dynamicSlice: wrong number of starts');
    expect(() => dynamicSlice(x, [0, 0], [4, 1])).toThrow(
      'dynamicSlice: sizes do not fit: expected at most [3, 4], got [4, 1]',
    );
    expect(() => dynamicUpdateSlice(x, ones([1, 5]), [0, 0])).toThrow(
      'dynamicUpdateSlice: update does not fit',
    );
  });
});
