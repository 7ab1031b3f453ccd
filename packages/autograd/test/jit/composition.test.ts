/** jit together with derivatives, keys, trees and itself. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import {
  type Tensor,
  grad,
  jit,
  matmul,
  mul,
  random,
  sum,
  tensor,
  valueAndGrad,
  vmap,
} from '../../src/index.ts';
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
  describe('with vmap around it', () => {
    const w = random.normal(random.key(0), [4, 4]);
    const xs = random.normal(random.key(1), [5, 3, 4]);
    let runs = 0;
    const f = jit((x: Tensor) => {
      runs++;
      return { y: [m.tanh(matmul(x, w)).mul(x)], total: sum(x) };
    });
    test('compiled once for all examples, with the bits of a loop', () => {
      const expected = Array.from({ length: 5 }, (_, i) => f(m.slice(xs, i)));
      const batch = vmap(f);
      batch(xs);
      runs = 0;
      const { y, total } = batch(xs);
      expect(runs).toBe(0);
      expect(y[0]).toEqual(m.stack(expected.map((one) => one.y[0])));
      expect(total).toEqual(m.stack(expected.map((one) => one.total)));
      // Another number of examples, and another axis.
      expect(vmap(f, { inAxes: 1 })(m.moveaxis(m.slice(xs, [0, 2]), 0, 1)).y[0]).toEqual(
        m.slice(y[0], [0, 2]),
      );
      const nested = vmap(vmap(f))(m.stack([xs, xs])).y[0];
      expect(m.slice(nested, 1)).toEqual(y[0]);
    });
    test('with derivatives outside and inside, keys, and what it closes over', () => {
      const plain = (x: Tensor): Tensor => sum(m.tanh(matmul(x, w)));
      const compiled = jit(plain);
      expect(grad((x: Tensor) => sum(vmap(compiled)(x)))(xs)).toEqual(
        grad((x: Tensor) => sum(vmap(plain)(x)))(xs),
      );
      expect(vmap(grad(compiled))(xs)).toEqual(vmap(grad(plain))(xs));
      const draws = vmap(jit((key: random.Key) => random.normal(key, [2])))(random.keys(random.key(3), 4));
      expect(draws.shape).toEqual([4, 2]);
      const scaled = vmap((x: Tensor, c: Tensor) => jit((v: Tensor) => mul(v, c))(x));
      expect(scaled(tensor([1, 2, 3]), tensor([4, 5, 6])).toArray()).toEqual([4, 10, 18]);
      const byWeight = (v: Tensor): Tensor => sum(vmap(jit((x: Tensor) => mul(v, x)))(tensor([1, 2, 3])));
      expect([grad(byWeight)(tensor(2)).item(), grad(byWeight)(tensor(5)).item()]).toEqual([6, 6]);
    });
    test('and an error leaves it working', () => {
      const picky = jit((x: Tensor) => {
        if (x.shape[0] === 3) throw new Error('three');
        return x.mul(2);
      });
      expect(() => vmap(picky)(m.ones([2, 3]))).toThrow('three');
      expect(vmap(picky)(m.ones([2, 2])).toArray()).toEqual([
        [2, 2],
        [2, 2],
      ]);
    });
  });
  test('with closures over tensors', () => {
    const c = m.full([500], 3);
    const f = jit((v: Tensor) => v.mul(c));
    expect(sum(f(m.ones([500]))).item()).toBe(1500);
  });
});
