import { expect, test } from 'vitest';
import { radixOrder } from '../../src/base/radix-sort.ts';

test.each([0, 1, 2, 1000])(
  'sorts %i keys as unsigned integers, and keeps the order of equal ones',
  (size) => {
    const keys = Uint32Array.from({ length: size }, (_, i) => Math.imul(i % 700, 0x9e3779b1) >>> 0);
    const expected = Uint32Array.from(keys.keys()).sort((i, j) => keys[i] - keys[j] || i - j);
    expect(radixOrder(keys)).toEqual(expected);
    expect(radixOrder(new Int32Array(keys))).toEqual(expected);
  },
);
test('leaves the keys as they are', () => {
  const keys = Uint32Array.of(3, 2 ** 32 - 1, 0);
  expect(radixOrder(keys)).toEqual(Uint32Array.of(2, 0, 1));
  expect(keys).toEqual(Uint32Array.of(3, 2 ** 32 - 1, 0));
});
