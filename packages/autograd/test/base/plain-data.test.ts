/** Keys of plain data: equal for equal data, different for different data. */
import { fc, test } from '@fast-check/vitest';
import { isDeepStrictEqual } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect } from 'vitest';
import { dataKey, identityOf } from '../../src/base/plain-data.ts';

describe('the keys of different data differ', () => {
  const f = (): number => 1;
  const buffer = new Float32Array(2);
  const different: readonly unknown[] = [
    0,
    -0,
    1,
    NaN,
    Infinity,
    -Infinity,
    '',
    '0',
    '-0',
    'NaN',
    'null',
    'undefined',
    '[]',
    '{}',
    '#0',
    '"',
    null,
    undefined,
    true,
    false,
    'true',
    [],
    [[]],
    [undefined],
    [null],
    [0],
    [-0],
    [1, 2],
    [[1], 2],
    [[1, 2]],
    ['1,2'],
    ['1', '2'],
    {},
    [{}],
    { a: undefined },
    { a: null },
    { a: 1 },
    { a: -0 },
    { a: 0 },
    { a: [1] },
    { a: { a: 1 } },
    { 'a:1,"b"': 1 },
    { 'a:1,b': 1 },
    { a: 1, b: 1 },
    { 0: 1 },
    [1],
    f,
    (): number => 1,
    [f],
    buffer,
    buffer.subarray(0),
    new Float32Array(2),
    new Map(),
    new Date(0),
  ];
  test('each from every other', () => {
    const keys = new Map<string, unknown>();
    for (const value of different) {
      const key = dataKey(value);
      expect(keys.has(key), `${key} of two values`).toBe(false);
      keys.set(key, value);
    }
    // Keys do not change.
    expect(different.map(dataKey)).toEqual([...keys.keys()]);
  });
});

describe('the keys of equal data are equal', () => {
  test('for objects with another order of keys, at any depth', () => {
    expect(dataKey({ a: 1, b: { c: 2, d: [3] } })).toBe(dataKey({ b: { d: [3], c: 2 }, a: 1 }));
  });
  test('for objects of another realm, and without a prototype', () => {
    expect(dataKey(runInNewContext('({ a: [1, -0] })'))).toBe(dataKey({ a: [1, -0] }));
    expect(dataKey(Object.assign(Object.create(null), { a: 1 }))).toBe(dataKey({ a: 1 }));
  });
  test('for all NaNs', () => {
    expect(dataKey(0 / 0)).toBe(dataKey(-NaN));
  });
});

test('objects and functions have one number each', () => {
  const objects = [{}, {}, (): void => {}, []];
  const found = objects.map(identityOf);
  expect(new Set(found).size).toBe(4);
  expect(objects.map(identityOf)).toEqual(found);
});

const data = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(0, -0, 1, NaN, Infinity, '', '0', 'a', ',', '"', null, undefined, true, false),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'a:1', ','), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

test.prop([data, data], { numRuns: 500 })('any data are equal exactly if their keys are', (left, right) => {
  // Deep equality compares numbers as by Object.is.
  expect(dataKey(left) === dataKey(right)).toBe(isDeepStrictEqual(left, right));
  expect(dataKey(structuredClone(left))).toBe(dataKey(left));
});
