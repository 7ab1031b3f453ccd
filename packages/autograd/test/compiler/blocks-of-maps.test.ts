/** Maps that read along two axes are computed in blocks, with the results of plain loops. */
import { expect, test } from 'vitest';
import { add, jit, mul, reshape, slice, tensor, transpose, type Tensor } from '../../src/index.ts';

/** A tensor of distinct numbers. */
const numbers = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (i * 7919) % 65_521),
    shape,
  );

/** Transposes a matrix with plain loops. */
const transposed = (x: Tensor): number[] => {
  const [rows, columns] = x.shape;
  return Array.from(
    { length: rows * columns },
    (_, i) => x.data[(i % rows) * columns + Math.floor(i / rows)],
  );
};

test.each([
  [128, 128],
  [200, 130],
  [17, 1000],
  [1000, 17],
  [16, 1024],
  [1031, 67],
])('a transpose of [%i, %i]', (rows, columns) => {
  const x = numbers(rows, columns);
  expect([...transpose(x).data]).toEqual(transposed(x));
  expect(jit((a: Tensor) => transpose(a))(x)).toEqual(transpose(x));
});

test('a map of a matrix and a transposed one, and a transpose of three axes', () => {
  const [x, y] = [numbers(150, 140), numbers(140, 150)];
  const sums = transposed(y).map((value, i) => Math.fround(value + x.data[i]));
  expect([...jit((a: Tensor, b: Tensor) => add(a, transpose(b)))(x, y).data]).toEqual(sums);
  const cube = numbers(5, 70, 90);
  const turned = transpose(cube, [2, 0, 1]);
  for (const i of [0, 4]) {
    const part = slice(turned, null, i);
    expect([...part.data]).toEqual(transposed(slice(cube, i)));
  }
});

test('a map over a slice of a transpose', () => {
  const x = numbers(300, 200);
  const part = jit((a: Tensor) => mul(2, slice(transpose(a), [1, 150], [3, 290])))(x);
  const all = reshape(tensor(transposed(x)), [200, 300]);
  expect(part).toEqual(mul(2, slice(all, [1, 150], [3, 290])));
});
