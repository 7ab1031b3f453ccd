import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import * as m from '../../src/index.ts';
import * as functions from '../../src/methods/functions.ts';
import '../../src/methods/methods.ts';

const x = m.tensor([
  [1, -2, 3],
  [4, 5, -6],
]);

describe('a method', () => {
  test.each(Object.keys(functions))('is the function of its name: %s', (name) => {
    expect(functions[name as keyof typeof functions]).toBe(m[name as keyof typeof m]);
    expect(typeof (x as unknown as Record<string, unknown>)[name]).toBe('function');
  });
  test('takes the other arguments of its function', () => {
    expect(x.sum({ axis: 0, keepdims: true })).toEqual(m.sum(x, { axis: 0, keepdims: true }));
    expect(x.reshape([3, 2]).transpose([1, 0])).toEqual(m.transpose(m.reshape(x, [3, 2])));
    expect(x.clip(-1, 1)).toEqual(m.clip(x, -1, 1));
    expect(x.slice(0, [1, 3]).toArray()).toEqual([-2, 3]);
    expect(x.softmax({ axis: 0 })).toEqual(m.softmax(x, { axis: 0 }));
    expect(x.split(2).map(({ shape }) => shape)).toEqual([
      [1, 3],
      [1, 3],
    ]);
  });
  test('chains with the others, in derivatives and compiled functions', () => {
    const f = (v: m.Tensor): m.Tensor => v.exp().add(1).log().mean();
    const g = (v: m.Tensor): m.Tensor => m.mean(m.log(m.add(m.exp(v), 1)));
    expect(m.jit(m.grad(f))(x)).toEqual(m.grad(g)(x));
  });
  test('has the errors of its function', () => {
    expect(() => x.sum({ axis: 2 })).toThrow(/^sum: axis out of range/);
    expect(() => x.reshape([4])).toThrow(/^reshape: /);
  });
  test('is not a property of a tensor: deep equality and copies stay', () => {
    expect(Object.keys(x).sort()).toEqual(['data', 'shape']);
    expect(structuredClone(x)).toEqual({ shape: [2, 3], data: x.data });
  });
  test('has the types of its function', () => {
    expectTypeOf(x.sum).parameters.toEqualTypeOf<[options?: m.ReduceOptions | undefined]>();
    expectTypeOf(x.exp()).toEqualTypeOf<m.Tensor>();
    expectTypeOf(x.split(2)).toEqualTypeOf<m.Tensor[]>();
  });
});

test('T is the transpose', () => {
  expect(x.T.shape).toEqual([3, 2]);
  expect(x.T).toEqual(m.transpose(x));
});

test('bundlers keep the import', () => {
  const path = new URL('../../package.json', import.meta.url);
  const { sideEffects, exports, publishConfig } = JSON.parse(readFileSync(path, 'utf8'));
  expect(sideEffects).toEqual([exports['./methods'], publishConfig.exports['./methods'].default]);
});

test.each([
  ['squeeze', m.ones([1, 3, 1]), 2],
  ['flip', x, 1],
  ['expandDims', x, -1],
] as const)('%s takes its axis alone or as an option', (name, input, axis) => {
  const f = m[name];
  expect(f(input, { axis })).toEqual(f(input, axis));
  expect(f(input, { axis: [axis] })).toEqual(f(input, axis));
  expect(() => f(input, { axes: 0 } as object)).toThrow(`${name}: unknown option: expected axis, got "axes"`);
  expect(() => f(input, { axis: 7 })).toThrow(new RegExp(`^${name}: axis out of range`));
});
