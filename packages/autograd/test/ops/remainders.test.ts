/** Remainders where quotients are huge, and where operands are zero or infinite. */
import { describe, expect, test } from 'vitest';
import { floorDivide, fmod, mod, tensor } from '../../src/index.ts';

const parts = (a: number, b: number): string[] =>
  [mod(a, b), fmod(a, b), floorDivide(a, b)].map((x) =>
    Object.is(x.data[0], -0) ? '-0' : String(x.data[0]),
  );

describe('remainders', () => {
  test.each([
    [5, 3, ['2', '2', '1']],
    [-5, 3, ['1', '-2', '-2']],
    [5, -3, ['-1', '2', '-2']],
    [-5, -3, ['-2', '-2', '1']],
    [6, -3, ['-0', '0', '-2']],
    [-0, 3, ['0', '-0', '-0']],
    [1, Infinity, ['1', '1', '0']],
    [-1, Infinity, ['Infinity', '-1', '-1']],
    [1, 0, ['NaN', 'NaN', 'Infinity']],
    [0, 0, ['NaN', 'NaN', 'NaN']],
    [Infinity, 3, ['NaN', 'NaN', 'NaN']],
    [NaN, 3, ['NaN', 'NaN', 'NaN']],
  ])('of %d and %d are those of NumPy', (a, b, expected) => {
    expect(parts(a, b)).toEqual(expected);
  });
  test('are exact for the largest quotient', () => {
    const [a, b] = [Math.fround(3.4e38), Math.fround(1.1e-44)];
    expect(fmod(a, b).item()).toBe(Math.fround(a % b));
    expect(floorDivide(a, 7).item()).toBe(Math.fround(Math.floor(a / 7)));
  });
  test('do not round a quotient up to the next integer', () => {
    // 0.9 / 0.1 is a little less than 9 in float32.
    const [a, b] = [Math.fround(0.9), Math.fround(0.1)];
    expect(floorDivide(tensor(a), b).item()).toBe(Math.floor(a / b));
  });
});
