/** Kernels agree with plain loops, for sizes with every kind of first and last vector. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Tensor, add, concatenate, max, mul, pad, sum, tensor, transpose } from '../../src/index.ts';

describe('long tensors', () => {
  test('are worked on in pieces without a seam', () => {
    const n = 200_003;
    const x = tensor(Float32Array.from({ length: n }, (_, i) => i % 1000));
    const y = add(mul(x, x), 1);
    expect(y.data.every((value, i) => value === (i % 1000) ** 2 + 1)).toBe(true);
  });
  test('broadcast in pieces', () => {
    const row = tensor(Float32Array.from({ length: 300 }, (_, i) => i));
    const column = tensor(Array.from({ length: 1000 }, (_, i) => [i]));
    const table = add(mul(column, 1000), row);
    expect(table.data.every((value, i) => value === Math.floor(i / 300) * 1000 + (i % 300))).toBe(true);
  });
  test('transpose in pieces', () => {
    const x = tensor(
      Float32Array.from({ length: 700 * 300 }, (_, i) => i),
      [700, 300],
    );
    const y = transpose(x);
    expect(y.data.every((value, i) => value === (i % 700) * 300 + Math.floor(i / 700))).toBe(true);
  });
  test('reduce along each axis in blocks', () => {
    const x = tensor(
      Float32Array.from({ length: 2000 * 1100 }, (_, i) => i % 7),
      [2000, 1100],
    );
    const expected = (axis: 0 | 1): number[] => {
      const totals = new Array<number>(axis === 0 ? 1100 : 2000).fill(0);
      x.data.forEach((value, i) => (totals[axis === 0 ? i % 1100 : Math.floor(i / 1100)] += value));
      return totals;
    };
    expect([...sum(x, { axis: 0 }).data]).toEqual(expected(0));
    expect([...sum(x, { axis: 1 }).data]).toEqual(expected(1));
    expect(max(x).item()).toBe(6);
  });
  test('reduce over outer and inner axes at once in blocks', () => {
    const x = tensor(
      Float32Array.from({ length: 30 * 40 * 2000 }, (_, i) => i % 11),
      [30, 40, 2000],
    );
    const totals = new Array<number>(40).fill(0);
    x.data.forEach((value, i) => (totals[Math.floor(i / 2000) % 40] += value));
    expect([...sum(x, { axis: [0, 2] }).data]).toEqual(totals);
  });
});

describe('sums', () => {
  test('of every small shape along every set of axes are right', () => {
    const shape = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 });
    fc.assert(
      fc.property(shape, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), (sizes, chosen) => {
        const axis = sizes.flatMap((_, a) => (chosen[a] ? [a] : []));
        const count = sizes.reduce((a, b) => a * b, 1);
        const x = tensor(
          Float32Array.from({ length: count }, (_, i) => i + 1),
          sizes,
        );
        const totals = new Map<string, number>();
        x.data.forEach((value, i) => {
          let rest = i;
          const place = sizes.map((_, a) => {
            const inner = sizes.slice(a + 1).reduce((p, q) => p * q, 1);
            const index = Math.floor(rest / inner);
            rest %= inner;
            return index;
          });
          const key = place.filter((_, a) => !axis.includes(a)).join();
          totals.set(key, (totals.get(key) ?? 0) + value);
        });
        const found = sum(x, { axis });
        expect(found.shape).toEqual(sizes.filter((_, a) => !axis.includes(a)));
        if (count > 0) expect([...found.data]).toEqual([...totals.values()]);
        else expect(found.data.every((value) => value === 0)).toBe(true);
      }),
    );
  });
});

describe('moving elements', () => {
  test('any permutation of axes puts every element in its place', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sizes, fc.infiniteStream(fc.nat()), (shape, ranks) => {
        const axes = shape
          .map((_, a) => [ranks.next().value as number, a])
          .sort((p, q) => p[0] - q[0])
          .map(([, a]) => a);
        const count = shape.reduce((a, b) => a * b, 1);
        const x = tensor(
          Float32Array.from({ length: count }, (_, i) => i),
          shape,
        );
        const back = transpose(
          transpose(x, axes),
          axes.map((_, a) => axes.indexOf(a)),
        );
        expect(back.toArray()).toEqual(x.toArray());
        const at = (t: Tensor, place: readonly number[]): number => {
          let offset = 0;
          t.shape.forEach((size, a) => (offset = offset * size + place[a]));
          return t.data[offset];
        };
        const last = shape.map((size) => size - 1);
        expect(
          at(
            transpose(x, axes),
            axes.map((a) => last[a]),
          ),
        ).toBe(at(x, last));
      }),
    );
  });
  test('concatenation and padding fill every place', () => {
    const a = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(concatenate([a, tensor([[5], [6]]), a], { axis: 1 }).toArray()).toEqual([
      [1, 2, 5, 1, 2],
      [3, 4, 6, 3, 4],
    ]);
    expect(
      pad(
        a,
        [
          [1, 0],
          [0, 2],
        ],
        9,
      ).toArray(),
    ).toEqual([
      [9, 9, 9, 9],
      [1, 2, 9, 9],
      [3, 4, 9, 9],
    ]);
  });
});
