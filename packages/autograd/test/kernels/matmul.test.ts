/** Matrix products agree with plain loops, for all sizes of edges. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Tensor,
  jit,
  matmul,
  ones,
  random,
  reshape,
  slice,
  stack,
  sum,
  transpose,
  vmap,
} from '../../src/index.ts';
import { MATMUL_SCRATCH, matmulCalls } from '../../src/kernels/matmul.ts';
import { call } from '../../src/runtime/link.ts';
import { allocate, memory, release } from '../../src/runtime/memory.ts';

describe('matrix products', () => {
  const size = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 }));
  test('agree with plain loops for all sizes and transpositions', () => {
    fc.assert(
      fc.property(
        size,
        size,
        fc.integer({ min: 1, max: 600 }),
        fc.boolean(),
        fc.boolean(),
        (rows, columns, depth, transposeA, transposeB) => {
          const workspace = allocate(MATMUL_SCRATCH);
          const [a, b, c] = [rows * depth, columns * depth, rows * columns].map((size) => allocate(4 * size));
          const { f32 } = memory;
          for (let i = 0; i < rows * depth; i++) f32[a / 4 + i] = ((i * 7919) % 9) - 4;
          for (let i = 0; i < columns * depth; i++) f32[b / 4 + i] = ((i * 104729) % 11) - 5;
          f32.fill(NaN, c / 4, c / 4 + rows * columns);
          matmulCalls(
            { address: a, stride: 4 * (transposeA ? rows : depth), lengthwise: !transposeA },
            { address: b, stride: 4 * (transposeB ? depth : columns), lengthwise: transposeB },
            { address: c, stride: 4 * columns },
            [rows, columns, depth],
            workspace,
            call,
          );
          for (let i = 0; i < rows; i++) {
            for (let j = 0; j < columns; j++) {
              let expected = 0;
              for (let k = 0; k < depth; k++) {
                expected +=
                  f32[a / 4 + (transposeA ? k * rows + i : i * depth + k)] *
                  f32[b / 4 + (transposeB ? j * depth + k : k * columns + j)];
              }
              if (f32[c / 4 + i * columns + j] !== expected)
                expect([i, j, f32[c / 4 + i * columns + j]]).toEqual([i, j, expected]);
            }
          }
          for (const address of [workspace, a, b, c]) release(address);
        },
      ),
      { numRuns: 60 },
    );
  });
  test('give each element the same bits whatever is beside it', () => {
    const a = random.normal(random.key(1), [70, 600]);
    const b = random.normal(random.key(2), [600, 530]);
    const whole = matmul(a, b);
    const part = matmul(slice(a, [64, 67]), slice(b, null, [500, 515]));
    expect(part.toArray()).toEqual(slice(whole, [64, 67], [500, 515]).toArray());
  });
  test.each([1, 3, 4, 8, 9, 14, 16, 31])('with a vector have the bits of a column: %i rows', (rows) => {
    for (const depth of [2, 3, 4, 7, 256, 261, 600]) {
      const a = random.normal(random.key(1), [rows, depth]);
      const b = random.normal(random.key(2), [depth, 3]);
      const column = slice(b, null, 1);
      const expected = slice(matmul(a, b), null, 1).toArray();
      // A single element is a sum in double precision.
      const isElement = rows === 1;
      const products = {
        vector: matmul(a, column),
        column: slice(matmul(a, reshape(column, [depth, 1])), null, 0),
        transposed: matmul(column, transpose(a)),
        compiled: jit((x: Tensor, y: Tensor) => matmul(transpose(transpose(x)), y))(a, column),
        folded: jit((x: Tensor, y: Tensor) => matmul(transpose(x), y))(transpose(a), column),
      };
      for (const [name, product] of Object.entries(products)) {
        if (isElement) expect(product.data[0]).toBeCloseTo(slice(matmul(a, b), 0, 1).item(), 4);
        else expect([name, depth, product.toArray()]).toEqual([name, depth, expected]);
      }
    }
  });
  test.each([false, true])('of batches with vectors have the bits of each example: transposed %s', (flip) => {
    for (const [count, rows, depth] of [
      [1, 5, 3],
      [2, 1, 300],
      [3, 3, 3],
      [7, 20, 300],
      [5, 9, 1],
    ]) {
      const [a, x] = [
        random.normal(random.key(1), [count, rows, depth]),
        random.normal(random.key(2), [count, depth]),
      ];
      const given = flip ? transpose(a, [0, 2, 1]) : a;
      const product = (own: Tensor, y: Tensor): Tensor => matmul(flip ? transpose(own) : own, y);
      const expected = (shared: boolean): unknown =>
        stack(
          Array.from({ length: count }, (_, i) => product(slice(given, shared ? 0 : i), slice(x, i))),
        ).toArray();
      const each = (own: Tensor, y: Tensor): Tensor => vmap(product)(own, y);
      const sharing = (own: Tensor, y: Tensor): Tensor => vmap((v: Tensor) => product(own, v))(y);
      for (const run of [each, jit(each)]) expect(run(given, x).toArray()).toEqual(expected(false));
      for (const run of [sharing, jit(sharing)])
        expect(run(slice(given, 0), x).toArray()).toEqual(expected(true));
    }
  });
  test('agree for rows beyond one piece', () => {
    const tall = random.normal(random.key(1), [5000, 1000]);
    const v = ones([1000, 2]);
    const expected = sum(tall, { axis: 1 }).data;
    matmul(tall, v).data.forEach((value, i) => expect(Math.abs(value - expected[i >> 1])).toBeLessThan(1e-3));
  });
});
