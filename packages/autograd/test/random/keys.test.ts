import { describe, expect, expectTypeOf, test } from 'vitest';
import { random } from '../../src/index.ts';

const hex = (words: ArrayLike<number>): string[] =>
  Array.from(words, (word) => word.toString(16).padStart(8, '0'));

/** Threefry in plain JavaScript, with any counter, against which the kernels are checked. */
const threefry = ([k0, k1]: readonly number[], [c0, c1]: readonly number[]): number[] => {
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  const rotations = [
    [13, 15, 26, 6],
    [17, 29, 16, 24],
  ];
  let [x0, x1] = [(c0 + k0) | 0, (c1 + k1) | 0];
  for (let i = 0; i < 5; i++) {
    for (const r of rotations[i % 2]) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    }
    x0 = (x0 + keys[(i + 1) % 3]) | 0;
    x1 = (x1 + keys[(i + 2) % 3] + i + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
};

test('split returns as many keys as it is asked for, for the type checker, too', () => {
  const key = random.key(0);
  const count: number = 3;
  expectTypeOf(random.split(key)).toEqualTypeOf<[random.Key, random.Key]>();
  expectTypeOf(random.split(key, 3)).toEqualTypeOf<[random.Key, random.Key, random.Key]>();
  expectTypeOf(random.split(key, count)).toEqualTypeOf<random.Key[]>();
  expectTypeOf(random.split(key, 5000)).toEqualTypeOf<random.Key[]>();
  expectTypeOf(random.split(key, 0)).toEqualTypeOf<[]>();
  expect(random.split(key, count)).toHaveLength(3);
});

describe('Threefry', () => {
  test('gives the known answers of Random123', () => {
    expect(hex(threefry([0, 0], [0, 0]))).toEqual(['6b200159', '99ba4efe']);
    expect(hex(threefry([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3]))).toEqual([
      'c4923a9c',
      '483df7a0',
    ]);
    expect(hex(random.split(random.keyFromData([0, 0]), 1)[0].data)).toEqual(['6b200159', '99ba4efe']);
  });
  test('encrypts the same in the kernels', () => {
    const words = [0xdeadbeef, 0x12345678];
    const key = random.keyFromData(words);
    random.split(key, 20).forEach((child, i) => expect([...child.data]).toEqual(threefry(words, [0, i])));
    random.bits(key, [20]).forEach((bits, i) => {
      const [a, b] = threefry(words, [0, i]);
      expect(bits).toBe((a ^ b) >>> 0);
    });
    expect([...random.foldIn(key, 0xffffffff).data]).toEqual(threefry(words, [0, 0xffffffff]));
  });
});

describe('keys', () => {
  test('of a seed hold its lower 32 bits', () => {
    expect([...random.key(42).data]).toEqual([0, 42]);
    expect([...random.key(-1).data]).toEqual([0, 4294967295]);
    expect([...random.key(2 ** 32 + 7).data]).toEqual([0, 7]);
  });
  test('split as in JAX', () => {
    expect(random.split(random.key(42)).map((key) => [...key.data])).toEqual([
      [1832780943, 270669613],
      [64467757, 2916123636],
    ]);
  });
  test('of a larger split begin with those of a smaller one, and are those of foldIn', () => {
    const key = random.key(7);
    const many = random.split(key, 10).map(String);
    expect(random.split(key, 3).map(String)).toEqual(many.slice(0, 3));
    expect(Array.from({ length: 10 }, (_, i) => String(random.foldIn(key, i)))).toEqual(many);
  });
  test('survive a round trip through their data', () => {
    const key = random.split(random.key(3))[1];
    expect(String(random.keyFromData(key.data))).toBe(String(key));
  });
});
