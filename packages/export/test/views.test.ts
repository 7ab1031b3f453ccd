/** Views as slices, reversals and transpositions: against reading element by element. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sizeOf, stridesOf } from '@mini/autograd/check';
import { type StridedView, type ViewPlan, axesToSplit, fix, planView } from '../src/views.ts';

/** The positions of the elements of a view, in row-major order. */
const positionsOf = ({ offset, sizes, strides }: StridedView): number[] =>
  sizes.reduce<number[]>(
    (positions, size, axis) =>
      positions.flatMap((position) => Array.from({ length: size }, (_, i) => position + i * strides[axis])),
    [offset],
  );

/** The positions that a plan reads, by its definition. */
const positionsOfPlan = ({ shape, ranges, reversed, axes }: ViewPlan, view: StridedView): number[] => {
  const lengths = stridesOf(shape);
  return positionsOf({
    offset: ranges.reduce(
      (sum, { start, end }, axis) => sum + lengths[axis] * (reversed.includes(axis) ? end - 1 : start),
      0,
    ),
    sizes: view.sizes,
    strides: axes.map((axis) =>
      axis < 0 ? 0 : lengths[axis] * ranges[axis].step * (reversed.includes(axis) ? -1 : 1),
    ),
  });
};

describe('planView', () => {
  test.each<[string, number[], StridedView, boolean]>([
    ['the whole array', [2, 3], { offset: 0, sizes: [2, 3], strides: [3, 1] }, true],
    ['a transposed one', [2, 3], { offset: 0, sizes: [3, 2], strides: [1, 3] }, true],
    ['a slice with a step', [5, 7], { offset: 9, sizes: [2, 3], strides: [14, 2] }, true],
    ['a reversed axis', [2, 3], { offset: 2, sizes: [2, 3], strides: [3, -1] }, true],
    ['another shape', [6, 2], { offset: 0, sizes: [2, 3, 2], strides: [6, 2, 1] }, true],
    ['joined axes', [4, 3], { offset: 0, sizes: [12], strides: [1] }, true],
    ['a repeated row', [3], { offset: 0, sizes: [4, 3], strides: [0, 1] }, true],
    ['a diagonal', [3, 3], { offset: 0, sizes: [3], strides: [4] }, false],
    ['overlapping windows', [5], { offset: 0, sizes: [3, 3], strides: [1, 1] }, false],
  ])('of %s', (_name, shape, view, isPlanned) => {
    const plan = planView(shape, view);
    expect(plan !== undefined).toBe(isPlanned);
    if (plan !== undefined) expect(positionsOfPlan(plan, view)).toEqual(positionsOf(view));
  });

  test('of any view reads the elements of the view, or there is none', () => {
    const axis = fc.record({
      size: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: -12, max: 12 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        fc.array(axis, { maxLength: 3 }),
        fc.nat(200),
        (shape, axes, start) => {
          const view = {
            offset: start % sizeOf(shape),
            sizes: axes.map(({ size }) => size),
            strides: axes.map(({ stride }) => stride),
          };
          const positions = positionsOf(view);
          fc.pre(positions.every((position) => position >= 0 && position < sizeOf(shape)));
          const plan = planView(shape, view);
          if (plan !== undefined) expect(positionsOfPlan(plan, view)).toEqual(positions);
          // All parts are regular, too.
          const parts = (axesToSplit(shape, view) ?? []).reduce<StridedView[]>(
            (all, axis) =>
              all.flatMap((part) => Array.from({ length: part.sizes[axis] }, (_, i) => fix(part, axis, i))),
            [view],
          );
          if (axesToSplit(shape, view) !== undefined)
            for (const part of parts) expect(planView(shape, part)).toBeDefined();
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('axesToSplit', () => {
  test('takes windows apart by their places, not by their number', () => {
    const windows = { offset: 0, sizes: [98, 3], strides: [1, 1] };
    expect(axesToSplit([100], windows)).toEqual([1]);
    const images = { offset: 0, sizes: [2, 8, 8, 3, 3, 4], strides: [400, 40, 4, 40, 4, 1] };
    expect(axesToSplit([2, 10, 10, 4], images)).toEqual([3, 4]);
  });
  test('gives up if there would be too many parts', () => {
    expect(axesToSplit([200], { offset: 0, sizes: [100, 101], strides: [1, 1] })).toBeUndefined();
  });
});
