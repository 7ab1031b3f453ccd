import { expect, test } from 'vitest';
import { makeRadixSorter } from '../../src/core/radix-sort.ts';

const sorted = (keys: Uint32Array): { keys: Uint32Array; order: Int32Array } => {
  const sorter = makeRadixSorter(keys.length);
  sorter.keys.set(keys);
  keys.forEach((_, i) => (sorter.values[i] = i));
  sorter.sort();
  return { keys: new Uint32Array(sorter.keys), order: sorter.values };
};

const expected = (keys: Uint32Array): { keys: Uint32Array; order: Int32Array } => {
  const order = Int32Array.from(keys.keys()).sort((i, j) => keys[i] - keys[j] || i - j);
  return { keys: keys.slice().sort(), order };
};

test.each([0, 1, 2, 3, 47, 48, 49, 50, 1000, 1001])(
  'sorts %i keys as unsigned integers, and keeps the order of equal ones',
  (size) => {
    const keys = Uint32Array.from({ length: size }, (_, i) => Math.imul(i % 700, 0x9e3779b1));
    expect(sorted(keys)).toEqual(expected(keys));
  },
);

// One to three digits differ, so there are one to three passes.
test.each([0, 0xff, 0xff00, 0xff000000, 0xff00ff, 0xffffff00])('sorts keys that differ in %i', (mask) => {
  const keys = Uint32Array.from({ length: 300 }, (_, i) => (Math.imul(i, 0x9e3779b1) & mask) | (~mask & 7));
  expect(sorted(keys)).toEqual(expected(keys));
});

test('sorts again in the same memory', () => {
  const sorter = makeRadixSorter(60);
  for (const factor of [1, -1, 0x9e3779b1]) {
    const keys = Uint32Array.from({ length: 60 }, (_, i) => Math.imul(i + 1, factor));
    sorter.keys.set(keys);
    sorter.sort();
    expect(new Uint32Array(sorter.keys)).toEqual(keys.slice().sort());
  }
});
