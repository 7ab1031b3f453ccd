/** jit together with derivatives, keys, trees and itself. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, grad, jit, random, sum, tensor, valueAndGrad } from '../../src/index.ts';
import { bits } from './bits.ts';

describe('jit composes', () => {
  const square = (x: Tensor): Tensor => x.mul(x);
  const x = tensor([1, 2, 3]);
  test('with derivatives on either side, to any order', () => {
    const loss = (v: Tensor): Tensor => sum(square(square(v)));
    expect(jit(grad(loss))(x).toArray()).toEqual([4, 32, 108]);
    expect(grad(jit(loss))(x).toArray()).toEqual([4, 32, 108]);
    expect(jit(grad((v: Tensor) => sum(jit(grad(jit(loss)))(v))))(x).toArray()).toEqual([12, 48, 108]);
    expect(jit(m.hessian(loss))(x).toArray()).toEqual([
      [12, 0, 0],
      [0, 48, 0],
      [0, 0, 108],
    ]);
    expect(jit((v: Tensor) => m.jvp(square, [v], [m.onesLike(v)])[1])(x).toArray()).toEqual([2, 4, 6]);
  });
  test('with a variable of an outer derivative that it closes over', () => {
    expect(grad((w: Tensor) => sum(jit((v: Tensor) => v.mul(w))(x)))(tensor(2)).item()).toBe(6);
    expect(grad((w: Tensor) => sum(jit((v: Tensor) => v.mul(w))(x)))(tensor(5)).item()).toBe(6);
  });
  test('with jit inside of it', () => {
    const inner = jit((v: Tensor) => v.add(1));
    expect(jit((v: Tensor) => inner(inner(v)).mul(2))(x).toArray()).toEqual([6, 8, 10]);
  });
  test('with auxiliary results, trees, keys and typed arrays', () => {
    const f = jit((params: { w: Tensor }, key: random.Key, labels: Uint8Array | Tensor) => {
      const [next, use] = random.split(key);
      const [[value, aux], g] = valueAndGrad(
        (p: { w: Tensor }) => [sum(p.w.mul(random.normal(use, [3]))), m.oneHot(labels, 4)] as const,
        { hasAux: true },
      )(params);
      return { value, aux, g, next };
    });
    const key = random.key(9);
    const out = f({ w: x }, key, Uint8Array.of(3, 1));
    const [next, use] = random.split(key);
    expect(out.g.w.data).toEqual(random.normal(use, [3]).data);
    expect(String(out.next)).toBe(String(next));
    expect(out.aux.toArray()).toEqual([
      [0, 0, 0, 1],
      [0, 1, 0, 0],
    ]);
    expect(f({ w: x }, out.next, Uint8Array.of(0, 0)).g.w.data).toEqual(
      random.normal(random.split(next)[1], [3]).data,
    );
  });
  test('with typed arrays inside of derivatives and of other compiled functions', () => {
    const inner = jit((w: Tensor, scale: Float32Array | Tensor) => sum(m.mul(w, scale as Tensor)));
    const scale = Float32Array.of(1, 2, 3);
    expect(grad((w: Tensor) => inner(w, scale))(x).toArray()).toEqual([1, 2, 3]);
    expect(jit((w: Tensor) => inner(w, scale))(x).item()).toBe(14);
  });
  test('with every sampler that does not look at its numbers', () => {
    const f = (key: random.Key): Tensor[] => [
      random.uniform(key, [5], { minval: -1, maxval: 3 }),
      random.normal(key, [2, 3]),
      random.truncatedNormal(key, -1, 1, [4]),
      random.randint(key, [300], 0, 9),
      random.bernoulli(key, 0.4, [300]),
      random.gumbel(key, [4]),
      random.categorical(key, tensor([1, 2, 3]), { shape: [5] }),
      random.normal(random.foldIn(key, 3), [300]),
    ];
    for (const seed of [1, 2]) expect(bits(jit(f)(random.key(seed)))).toEqual(bits(f(random.key(seed))));
  });
  test('with closures over tensors', () => {
    const c = m.full([500], 3);
    const f = jit((v: Tensor) => v.mul(c));
    expect(sum(f(m.ones([500]))).item()).toBe(1500);
  });
});
