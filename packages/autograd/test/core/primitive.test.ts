/** Primitives: what they are lowered to, and ops of many operands. */
import { describe, expect, test } from 'vitest';
import { type Tensor, jit, tensor } from '../../src/index.ts';
import { bind } from '../../src/core/bind.ts';
import {
  type ElementwisePrimitive,
  type LoopPrimitive,
  type ViewPrimitive,
  define,
  loopsOf,
} from '../../src/core/primitive.ts';
import { identity } from '../../src/kernels/algebra.ts';
import { allocate, memory, release } from '../../src/runtime/memory.ts';

/** ((x0 - x1)·x2 - x3)·x4 …, rounded to float32 after each operation. */
const alternating = (count: number): ElementwisePrimitive => ({
  name: 'alternating',
  // Rules are also run without operands, to count their operations.
  scalar: (s, ...operands) =>
    Array.from({ length: count }, (_, i) => operands[i]).reduce((x, y, i) =>
      i % 2 === 1 ? s.sub(x, y) : s.mul(x, y),
    ),
});
const expectedOf = (operands: readonly Float32Array[], size: number): number[] =>
  Array.from({ length: size }, (_, element) =>
    operands
      .map((values) => values[values.length === 1 ? 0 : element])
      .reduce((x, y, i) => Math.fround(i % 2 === 1 ? x - y : x * y)),
  );

const valuesOf = (size: number, seed: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.7 + seed) * 1.7);

test('an op of many operands writes to no memory but its own', () => {
  // Allocates the slots of scratch memory, after which this memory follows.
  tensor([1]).neg();
  const size = 2 ** 20;
  const address = allocate(4 * size);
  const guard = (): Float32Array => memory.f32.subarray(address >> 2, (address >> 2) + size);
  guard().fill(7);
  for (const count of [4, 5, 6, 9])
    for (const size of [1, 65_536]) {
      const operands = Array.from({ length: count }, (_, i) => tensor(valuesOf(size, i)));
      bind(alternating(count), operands, undefined);
    }
  expect(guard().every((value) => value === 7)).toBe(true);
  release(address);
});

describe.for([4, 5, 6, 9])('an elementwise op of %i operands', (count) => {
  const primitive = alternating(count);
  const apply = (...operands: readonly Tensor[]): Tensor => bind(primitive, operands, undefined);

  // 70,000 elements are more than a slot of scratch memory holds.
  describe.for([1, 3, 1000, 70_000])('of %i elements', (size) => {
    const full = Array.from({ length: count }, (_, i) => valuesOf(size, i));
    const mixed = full.map((values, i) => (i % 3 === 1 ? values.slice(0, 1) : values));
    const computations: Readonly<Record<string, typeof apply>> = { eagerly: apply, compiled: jit(apply) };
    test.for(Object.entries(computations))('is that of plain loops, %s', ([, compute]) => {
      for (const operands of [full, mixed]) {
        const tensors = operands.map((values) => tensor(values));
        const expected = expectedOf(operands, size);
        // The second call reads what the first one left.
        for (let call = 0; call < 2; call++) expect([...compute(...tensors).data]).toEqual(expected);
      }
    });
  });
  test.for(Object.entries({ eagerly: apply, compiled: jit(apply) }))('broadcasts, %s', ([, compute]) => {
    const [rows, columns] = [7, 300];
    const operands = Array.from({ length: count }, (_, i) => {
      const shape = [[rows, columns], [columns], [rows, 1], []][i % 4];
      return tensor(
        valuesOf(
          shape.reduce((a, b) => a * b, 1),
          i,
        ),
        shape,
      );
    });
    const spread = operands.map((x, i) =>
      Float32Array.from({ length: rows * columns }, (_, element) => {
        const [row, column] = [Math.floor(element / columns), element % columns];
        return x.data[[element, column, row, 0][i % 4]];
      }),
    );
    const out = compute(...operands);
    expect(out.shape).toEqual([rows, columns]);
    expect([...out.data]).toEqual(expectedOf(spread, rows * columns));
  });
});

describe('primitives are lowered', () => {
  const range: ViewPrimitive<{ readonly start: number }> = {
    name: 'range',
    shape: () => [2],
    view: (_shape, { start }) => start,
  };
  const double: LoopPrimitive<{ readonly isView: boolean }> = {
    name: 'double',
    shape: ([shape]) => [2, ...shape],
    loops: ([shape]) => [
      {
        kind: 'map',
        rule: identity,
        sizes: [2, ...shape],
        operands: [{ input: 0, offset: 0, strides: [0, 1] }],
        out: { offset: 0, strides: [shape[0], 1] },
      },
    ],
    view: (_shape, { isView }) => (isView ? 0 : undefined),
  };

  const ternary = alternating(3);
  test('elementwise ones to a map over the shape to which operands broadcast', () => {
    const shapes = [[3, 1], [4], []];
    const lowered = define(ternary, shapes, undefined);
    expect(lowered).toEqual({ kind: 'map', shape: [3, 4], rule: ternary.scalar });
    if (lowered.kind !== 'map') throw new Error('expected a map');
    expect(loopsOf(lowered, shapes)).toEqual([
      {
        kind: 'map',
        rule: ternary.scalar,
        sizes: [3, 4],
        operands: [
          { input: 0, offset: 0, strides: [1, 0] },
          { input: 1, offset: 0, strides: [0, 1] },
          { input: 2, offset: 0, strides: [0, 0] },
        ],
        out: { offset: 0, strides: [4, 1] },
      },
    ]);
  });
  test('those with a view to its offset', () => {
    expect(define(range, [[5]], { start: 3 })).toEqual({ kind: 'view', shape: [2], offset: 3 });
    expect(define(double, [[5]], { isView: true })).toEqual({ kind: 'view', shape: [2, 5], offset: 0 });
  });
  test('others to their loops', () => {
    const lowered = define(double, [[5]], { isView: false });
    if (lowered.kind !== 'loops') throw new Error('expected loops');
    expect(lowered.shape).toEqual([2, 5]);
    expect(loopsOf(lowered, [[5]])).toEqual(double.loops([[5]], { isView: false }, [2, 5]));
  });
  test('with errors for operands that do not fit, and for results that are too large', () => {
    expect(() => define(ternary, [[3], [4]], undefined)).toThrow(
      'alternating: shapes do not broadcast: expected sizes that are equal or 1, got [3] and [4]',
    );
    const huge: LoopPrimitive<undefined> = { name: 'huge', shape: () => [70_000, 70_000], loops: () => [] };
    expect(() => define(huge, [], undefined)).toThrow('huge: too many elements');
  });
});
