/** Reductions: the largest and the least element, their indices, and large operands. */
import { describe, expect, test } from 'vitest';
import {
  argmax,
  argmin,
  jit,
  max,
  mean,
  min,
  moveaxis,
  neg,
  random,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor,
  vmap,
} from '../../src/index.ts';

/** NaN with and without a sign, and one that signals. */
const NANS = [...new Float32Array(Uint32Array.of(0x7fc00001, 0xffc00001, 0xff800001).buffer)];
const FINITE = [0, -0, 1, -1, 1e-40, -1e-40, 3e38, -3e38];
const ALL = [...FINITE, Infinity, -Infinity, ...NANS];

/** All pairs, and the pairs in every lane of a longer row of equal elements. */
const ROWS: readonly (readonly number[])[] = ALL.flatMap((a) =>
  ALL.flatMap((b) => [[a, b], ...Array.from({ length: 7 }, (_, i) => new Array(7).fill(a).with(i, b))]),
);

describe.each([
  ['max', max, Math.max],
  ['min', min, Math.min],
] as const)('%s', (_name, op, exact) => {
  test('is that of JavaScript for every pair, in every lane', () => {
    for (const row of ROWS) {
      const expected = exact(...row.map(Math.fround));
      expect(op(tensor(row)).item(), `of ${row}`).toBe(expected);
      const columns = tensor(
        row.flatMap((value) => new Array<number>(21).fill(value)),
        [row.length, 21],
      );
      expect([...op(columns, { axis: 0 }).data], `of columns ${row}`).toEqual(new Array(21).fill(expected));
    }
  });
});

describe.each([
  ['argmax', argmax, (a: number, b: number) => a <= b],
  ['argmin', argmin, (a: number, b: number) => a >= b],
] as const)('%s', (_name, op, isNoBetter) => {
  const indexOf = (row: readonly number[]): number =>
    row.reduce((best, value, i) => (Number.isNaN(row[best]) || isNoBetter(value, row[best]) ? best : i), 0);
  test('is the first of equal ones, or the first NaN, for every pair, in every lane', () => {
    for (const row of ROWS) {
      expect(op(tensor(row)).item(), `of ${row}`).toBe(indexOf(row));
      const columns = tensor(
        row.flatMap((value) => new Array<number>(21).fill(value)),
        [row.length, 21],
      );
      expect([...op(columns, { axis: 0 }).data]).toEqual(new Array(21).fill(indexOf(row)));
    }
  });
  test('is the same along every axis, at once, compiled, merged with maps, and in batches', () => {
    const x = random.randint(random.key(0), [6, 21, 19], -3, 3);
    for (const axis of [0, 1, 2]) {
      const lines = moveaxis(x, axis, -1);
      const size = x.shape[axis];
      const expected = Float32Array.from({ length: x.size / size }, (_, i) =>
        indexOf([...lines.data.subarray(i * size, (i + 1) * size)]),
      );
      const f = (v: Tensor): Tensor => op(v, { axis });
      expect(f(x).data).toEqual(expected);
      expect(jit(f)(x).data).toEqual(expected);
      expect(jit((v: Tensor) => f(neg(v)))(neg(x)).data).toEqual(expected);
      if (axis > 0) expect(vmap((v: Tensor) => op(v, { axis: axis - 1 }))(x).data).toEqual(expected);
    }
  });
});

describe.each([
  ['sum', sum],
  ['mean', mean],
  ['max', max],
  ['min', min],
] as const)('%s of many elements', (_name, op) => {
  test.each([65_536, 65_537, 131_075, 200_002])('has the bits of the compiled one for %i', (size) => {
    const x = random.normal(random.key(size), [size]);
    const even = slice(x, [0, size - (size % 2)]);
    for (const input of [x, reshape(even, [2, -1]), slice(x, [1])])
      expect(op(input)).toEqual(jit((v: Tensor) => op(v))(input));
  });
});
