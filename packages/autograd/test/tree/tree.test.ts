/** The order of leaves, and of the keys of what is built from them. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Tensor, grad, jit, sum, tensor, tree } from '../../src/index.ts';

const leaf = tensor;
const numbers = (value: unknown): number[] => tree.leaves(value).map((x) => x.item());

describe('leaves', () => {
  const written = { w: leaf(1), b: leaf(2), a: { z: leaf(3), y: [leaf(4), leaf(5)] } };
  const otherwise = { a: { y: [leaf(4), leaf(5)], z: leaf(3) }, b: leaf(2), w: leaf(1) };
  test('are in the order of the sorted keys, as in JAX', () => {
    expect(numbers(written)).toEqual([4, 5, 3, 2, 1]);
    expect(numbers(otherwise)).toEqual([4, 5, 3, 2, 1]);
    expect(tree.structure(written).paths).toEqual(['a.y[0]', 'a.y[1]', 'a.z', 'b', 'w']);
    expect(tree.reduce((text, x) => `${text}${x.item()}`, written, '')).toBe('45321');
  });
  test('are sorted by code units, also where keys look like numbers', () => {
    const keys = ['10', '9', 'B', 'a', 'Z', '_', 'é', '\u{1f600}', '\uffee'];
    const sorted = ['10', '9', 'B', 'Z', '_', 'a', 'é', '\u{1f600}', '\uffee'];
    const values = Object.fromEntries(keys.map((key) => [key, leaf(sorted.indexOf(key))]));
    expect(numbers(values)).toEqual(sorted.map((_, i) => i));
  });
  test('of one tree go into the form of another with the same keys', () => {
    const [leaves] = tree.flatten(otherwise);
    const mixed = tree.unflatten(tree.structure(written), leaves);
    expect(mixed.w.item()).toBe(1);
    expect(mixed.a.y.map((x) => x.item())).toEqual([4, 5]);
    expect(isDeepStrictEqual(tree.structure(written), tree.structure(otherwise))).toBe(true);
    expect(isDeepStrictEqual(tree.structure(written), tree.structure({ ...written, c: null }))).toBe(false);
  });
  test('of trees whose keys differ do not', () => {
    expect(() =>
      tree.map((a, b) => a.add(b), { a: leaf(1), b: leaf(2) }, { a: leaf(1), c: leaf(2) } as never),
    ).toThrow('tree.map: trees differ: expected b in all trees, got one without it');
  });
});

describe('what is built keeps the order in which keys were written', () => {
  const params = { second: leaf(2), first: leaf(1), third: { y: leaf(4), x: leaf(3) } };
  type Params = typeof params;
  const keysOf = (value: object): string[] => Object.keys(value);
  const orders: Readonly<Record<string, () => Params>> = {
    'tree.map': () => tree.map((x) => x, params),
    'tree.unflatten': () => tree.unflatten(tree.structure(params), tree.leaves(params)),
    grad: () => grad((p: Params) => sum(p.third.x.add(p.first)))(params),
    jit: () => jit((p: Params) => tree.map((x) => x.mul(2), p))(params),
  };
  test.each(Object.entries(orders))('by %s', (_name, make) => {
    expect(keysOf(make())).toEqual(['second', 'first', 'third']);
    expect(keysOf(make().third)).toEqual(['y', 'x']);
  });
  test('so that compiled functions see the order that eager ones see', () => {
    const first = (p: Readonly<Record<string, Tensor>>): Tensor => Object.values(p)[0];
    const compiled = jit((p: Readonly<Record<string, Tensor>>) => first(p).mul(1));
    expect(compiled({ a: leaf(1), b: leaf(2) }).item()).toBe(1);
    expect(compiled({ b: leaf(2), a: leaf(1) }).item()).toBe(2);
  });
  test('with each value at its key', () => {
    const doubled = tree.map((x: Tensor) => x.mul(2), params);
    expect([doubled.first.item(), doubled.second.item(), doubled.third.y.item()]).toEqual([2, 4, 8]);
    const odd = JSON.parse('{"b": 1, "__proto__": 2, "a": 3}') as Record<string, unknown>;
    for (const key of Object.keys(odd)) Object.defineProperty(odd, key, { value: leaf(Number(odd[key])) });
    expect(keysOf(tree.map((x) => x, odd))).toEqual(['b', '__proto__', 'a']);
  });
});
