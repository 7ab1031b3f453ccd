/** What ops remember about shapes and attributes. */
import { describe, expect, test } from 'vitest';
import type { LoopPrimitive } from '../../src/core/primitive.ts';
import { lower } from '../../src/core/lowering.ts';
import { asOp } from '../../src/base/errors.ts';
import { type Tensor, reshape, sum, takeAlongAxis, tensor, topK } from '../../src/index.ts';

const primitiveOf = (): { primitive: LoopPrimitive<unknown>; calls: () => number } => {
  let count = 0;
  const primitive: LoopPrimitive<unknown> = {
    name: 'test',
    shape: ([shape]) => {
      count++;
      return shape;
    },
    loops: () => [],
  };
  return { primitive, calls: () => count };
};

describe('lower', () => {
  test.each([
    ['numbers', 1, 2],
    ['0 and -0', 0, -0],
    ['lengths of arrays', [1], [1, 1]],
    ['an array and an object', [1], { 0: 1 }],
    ['an absent property', { a: 1 }, { a: 1, b: 2 }],
    ['an absent property, the other way round', { a: 1, b: 2 }, { a: 1 }],
    ['undefined and null', undefined, null],
    ['nested numbers', { a: [[1, 2]] }, { a: [[1, 3]] }],
    ['NaN and a number', NaN, 0],
  ])('distinguishes %s', (_name, one, other) => {
    const { primitive } = primitiveOf();
    const first = lower(primitive, [[2, 3]], one);
    expect(lower(primitive, [[2, 3]], structuredClone(one))).toBe(first);
    expect(lower(primitive, [[2, 3]], other)).not.toBe(first);
    expect(lower(primitive, [[3, 2]], one)).not.toBe(first);
    expect(lower(primitive, [[2, 3], []], one)).not.toBe(first);
  });
  test('remembers an op for the shapes of a network that takes turns', () => {
    const { primitive, calls } = primitiveOf();
    const sizes = [1, 10, 32, 64, 200];
    const pairs = sizes.flatMap((m) => sizes.map((n) => [m, n]));
    const shapes = pairs.slice(0, 12).map(([m, n]) => [
      [m, n],
      [n, m],
    ]);
    for (let round = 0; round < 5; round++) for (const both of shapes) lower(primitive, both, undefined);
    expect(calls()).toBe(shapes.length);
  });
  test('does not remember attributes that are not plain data', () => {
    const { primitive, calls } = primitiveOf();
    for (const attrs of [{ f: () => 1 }, { at: new Map() }, { [Symbol('s')]: 1 }])
      for (let i = 0; i < 2; i++) lower(primitive, [[2]], attrs);
    expect(calls()).toBe(6);
  });
  test('is not affected by a caller that changes its arrays', () => {
    const { primitive } = primitiveOf();
    const axes = [0];
    const first = lower(primitive, [[2]], { axes });
    axes[0] = 1;
    expect(lower(primitive, [[2]], { axes })).not.toBe(first);
    expect(lower(primitive, [[2]], { axes: [0] })).toBe(first);
  });
  test('keeps apart the ops of one tensor', () => {
    const x = tensor([1, 2, 3, 4, 5, 6], [2, 3]);
    for (let i = 0; i < 3; i++) {
      expect(sum(x, { axis: 0 }).toArray()).toEqual([5, 7, 9]);
      expect(sum(x, { axis: 1 }).toArray()).toEqual([6, 15]);
      expect(sum(reshape(x, [3, 2]), { axis: 1 }).toArray()).toEqual([3, 7, 11]);
    }
  });
});

// `topK` gathers its values with `takeAlongAxis`: with the same shapes, it is the same computation.
test('an error names the function that was called, not the one called before', () => {
  const x = tensor([5, 9, 7, 3, 1]);
  const outOfRange = tensor([5, 0]);
  const gather = (): Tensor => takeAlongAxis(x, outOfRange, { axis: 0 });
  topK(x, 2);
  expect(gather).toThrow('takeAlongAxis: index out of range');
  expect(() => asOp('outer', gather)).toThrow('outer: index out of range');
  expect(gather).toThrow('takeAlongAxis: index out of range');
});
