/**
 * Deep equality of tensors and keys, as the test tools of users see it: by shape and elements,
 * wherever these lie.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect as jestExpect } from 'expect';
import { describe, expect, test } from 'vitest';
import { type Tensor, arange, grad, jit, mul, random, reshape, slice, sum, tensor } from '../../src/index.ts';

const isEqualIn = (matcher: (a: unknown, b: unknown) => void) => (a: unknown, b: unknown) => {
  try {
    matcher(a, b);
    return true;
  } catch {
    return false;
  }
};

const TOOLS: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  'node:assert': isDeepStrictEqual,
  'toEqual of Vitest': isEqualIn((a, b) => expect(a).toEqual(b)),
  'toStrictEqual of Vitest': isEqualIn((a, b) => expect(a).toStrictEqual(b)),
  'toEqual of Jest': isEqualIn((a, b) => jestExpect(a).toEqual(b)),
  'toStrictEqual of Jest': isEqualIn((a, b) => jestExpect(a).toStrictEqual(b)),
};

/**
 * The same elements, made in all the ways in which tensors are made. More than a compiled function
 * copies out at once.
 */
const SIZE = 300;
const double = (x: Tensor): Tensor => mul(x, 2);
const waysTo = (values: Float32Array): Readonly<Record<string, () => Tensor>> => {
  const halves = tensor(values.map((value) => value / 2));
  return {
    'from an array': () => tensor(values),
    'by an eager op': () => double(halves),
    'by a compiled function': () => jit(double)(halves),
    'read before': () => {
      const x = jit(double)(halves);
      x.toArray();
      return x;
    },
    'as a view of a larger tensor': () => slice(tensor(Float32Array.of(7, ...values, 7)), [1, 1 + SIZE]),
    reshaped: () => reshape(reshape(tensor(values), [SIZE / 2, 2]), [SIZE]),
    'as a gradient': () => grad((x: Tensor) => sum(mul(x, tensor(values))))(halves),
    'donated and returned': () => jit((x: Tensor) => x, { donate: 0 })(tensor(values)),
  };
};

const values = Float32Array.from({ length: SIZE }, (_, i) => Math.fround(Math.sin(i)));
const others = values.with(SIZE - 1, 0.25);

describe.for(Object.entries(TOOLS))('%s', ([, isEqual]) => {
  const [equal, different] = [Object.entries(waysTo(values)), Object.entries(waysTo(others))];
  test.for(equal)('sees the elements of a tensor %s', ([, make]) => {
    for (const [, makeOther] of equal) {
      expect(isEqual(make(), makeOther())).toBe(true);
      expect(isEqual({ layers: [make()] }, { layers: [makeOther()] })).toBe(true);
    }
    for (const [, makeOther] of different) {
      expect(isEqual(make(), makeOther())).toBe(false);
      expect(isEqual([{ w: make() }], [{ w: makeOther() }])).toBe(false);
    }
  });
  test('sees shapes', () => {
    expect(isEqual(tensor([1, 2]), tensor([[1, 2]]))).toBe(false);
    expect(isEqual(tensor([1]), tensor(1))).toBe(false);
    expect(isEqual(tensor([], [0, 2]), tensor([], [2, 0]))).toBe(false);
  });
  test('sees the elements inside of a derivative', () => {
    const found: boolean[] = [];
    grad((x: Tensor) => {
      found.push(isEqual(mul(x, 2), tensor([2, 4])), isEqual(mul(x, 2), tensor([2, 5])));
      return sum(x);
    })(tensor([1, 2]));
    expect(found).toEqual([true, false]);
  });
  test('sees the words of keys', () => {
    // As float32 numbers, words of all ones are NaN.
    const words = [0xffffffff, 0xfffffffe];
    const key = random.keyFromData(words);
    expect(isEqual(key, random.keyFromData(words))).toBe(true);
    expect(isEqual({ key }, { key: random.keyFromData(words.toReversed()) })).toBe(false);
    expect(isEqual(random.split(random.key(1)), random.split(random.key(1)))).toBe(true);
    expect(isEqual(random.split(random.key(1)), random.split(random.key(2)))).toBe(false);
    const fold = jit((k: random.Key) => random.foldIn(k, 3));
    expect(isEqual(fold(random.key(1)), random.foldIn(random.key(1), 3))).toBe(true);
    expect(isEqual(fold(random.key(1)), random.foldIn(random.key(1), 4))).toBe(false);
  });
  test('tells tensors from other things', () => {
    expect(isEqual(tensor([1, 2]), [1, 2])).toBe(false);
    expect(isEqual(tensor([1, 2]), random.key(1))).toBe(false);
  });
  test('finds no elements in a compiled result that was donated', () => {
    const x = jit(double)(arange(SIZE));
    jit(double, { donate: 0 })(x);
    expect(isEqualOrThrows(isEqual, x)).toBe(false);
  });
});

/**
 * Whether x equals what it was; false as well if its elements cannot be read because it was
 * donated.
 */
const isEqualOrThrows = (isEqual: (a: unknown, b: unknown) => boolean, x: Tensor): boolean => {
  try {
    return isEqual(x, double(arange(SIZE)));
  } catch (error) {
    if (!(error as Error).message.includes('donated')) throw error;
    return false;
  }
};
