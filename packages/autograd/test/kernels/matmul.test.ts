/** Matrix products agree with plain loops, for all sizes of edges. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matmul, ones, random, slice, sum } from '../../src/index.ts';
import { MATMUL_SCRATCH, matmulCalls } from '../../src/kernels/matmul.ts';
import { call } from '../../src/runtime/link.ts';
import { allocate, memory, release } from '../../src/runtime/memory.ts';

describe('matrix products', () => {
  const size = fc.integer({ min: 1, max: 40 });
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
  test('agree for rows beyond one piece', () => {
    const tall = random.normal(random.key(1), [5000, 1000]);
    const v = ones([1000, 2]);
    const expected = sum(tall, { axis: 1 }).data;
    matmul(tall, v).data.forEach((value, i) => expect(Math.abs(value - expected[i >> 1])).toBeLessThan(1e-3));
  });
});
