/** remat: the same results and derivatives, with less kept. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import {
  type Tensor,
  grad,
  jit,
  mul,
  random,
  remat,
  sin,
  slice,
  sum,
  tensor,
  tree,
  vmap,
} from '../../src/index.ts';
import { debugKeys } from '../../src/debug/keys.ts';
import { makeGraph } from '../../src/jit/make-graph.ts';

describe('remat', () => {
  const w = random.normal(random.key(1), [4]);
  const plain = (x: Tensor): Tensor => sum(sin(mul(sin(mul(x, w)), x)));
  const again = remat(plain);
  test('has the values and derivatives of the function', () => {
    const x = random.normal(random.key(2), [4]);
    expect(again(x)).toEqual(plain(x));
    expect(grad(again)(x)).toEqual(grad(plain)(x));
    expect(jit(grad(again))(x)).toEqual(grad(plain)(x));
    const second = (f: typeof plain) => grad((v: Tensor) => sum(mul(grad(f)(v), v)));
    second(again)(x).data.forEach((value, i) => expect(value).toBeCloseTo(second(plain)(x).data[i], 4));
    const batch = random.normal(random.key(3), [3, 4]);
    expect(vmap(grad(again))(batch)).toEqual(vmap(grad(plain))(batch));
  });
  test('differentiates by what the function closes over', () => {
    const f = (p: Tensor): Tensor => remat((x: Tensor) => sum(mul(sin(p), x)))(w);
    expect(grad(f)(w)).toEqual(grad((p: Tensor) => sum(mul(sin(p), w)))(w));
  });
  test('differentiates in batches, inside and outside of them', () => {
    const [x, p] = [random.normal(random.key(4), [3, 4]), random.normal(random.key(5), [4])];
    /** Uses an argument of each example, one that examples share, and both kinds closed over. */
    const make =
      (wrap: typeof remat) =>
      (own: Tensor, shared: Tensor): Tensor => {
        const scaled = mul(own, 0.5);
        const inner = wrap((a: Tensor, { b }: { b: Tensor }) => [
          sin(mul(mul(sin(mul(a, b)), scaled), shared)),
          mul(sin(b), shared),
        ]);
        const [first, second] = inner(own, { b: shared });
        return sum(mul(sin(first), second));
      };
    const same = <T>(f: (wrap: typeof remat) => T): void => {
      const [found, expected] = [f(remat), f((g) => g)].map((result) => tree.leaves(result));
      expect(found.length).toBe(expected.length);
      found.forEach((leaf, i) => {
        expect(leaf.shape).toEqual(expected[i].shape);
        leaf.data.forEach((value, j) => expect(value).toBeCloseTo(expected[i].data[j], 5));
      });
    };
    const argnums = [0, 1] as const;
    const inAxes = [0, null] as const;
    const total = (wrap: typeof remat) => (a: Tensor, b: Tensor) =>
      sum(mul(sin(vmap(make(wrap), { inAxes })(a, b)), 2));
    const inside = (wrap: typeof remat) => vmap(grad(make(wrap), { argnums }), { inAxes });
    const both = (wrap: typeof remat) => (a: Tensor, b: Tensor) =>
      sum(sin(m.concatenate(inside(wrap)(a, b))));
    same((wrap) => total(wrap)(x, p));
    same((wrap) => grad(total(wrap), { argnums })(x, p));
    same((wrap) => jit(grad(total(wrap), { argnums }))(x, p));
    same((wrap) => inside(wrap)(x, p));
    same((wrap) => jit(inside(wrap))(x, p));
    same((wrap) => grad(both(wrap), { argnums })(x, p));
    same((wrap) => jit(grad(both(wrap), { argnums }))(x, p));
    const nested = (wrap: typeof remat) => (a: Tensor, b: Tensor) =>
      sum(vmap((v: Tensor) => vmap((u: Tensor) => make(wrap)(v, u))(m.stack([b, mul(b, 2)])))(a));
    same((wrap) => grad(nested(wrap), { argnums })(x, p));
    same((wrap) => m.hessian(total(wrap), { argnums: 1 })(x, p));
    same((wrap) => m.jvp(total(wrap), [x, p], [x, p]));
  });
  test('what no example changes stays shared, and can be read', () => {
    const x = m.ones([3, 2]);
    const shared = tensor([1, 2]);
    const twice = remat((q: Tensor) => mul(q, 2));
    const [own, same] = vmap((a: Tensor) => [a, twice(shared)], { outAxes: [0, null] })(x);
    expect([own, same.toArray()]).toEqual([x, [2, 4]]);
    const read = vmap((a: Tensor) => (sum(twice(shared)).item() > 0 ? a : mul(a, 2)));
    expect(read(x)).toEqual(x);
    const slopes = vmap(
      grad((a: Tensor) => sum(remat((v: Tensor, q: Tensor) => mul(v, q.item()))(a, tensor(2)))),
    );
    expect(slopes(x)).toEqual(mul(x, 2));
    // Through results that one level, both or none of two batches share.
    for (const make of [() => shared, (a: Tensor) => a, (_a: Tensor, b: Tensor) => b]) {
      const total = (wrap: typeof remat) => (w: Tensor) =>
        sum(
          vmap((a: Tensor) =>
            vmap((b: Tensor) => {
              const part = wrap((q: Tensor) => sin(mul(q, w)))(make(a, b));
              return sum(mul(sin(part), mul(a, b)));
            })(mul(x, 2)),
          )(x),
        );
      const [found, expected] = [remat, <F>(f: F): F => f].map((wrap) => grad(total(wrap as typeof remat)));
      const w = tensor([0.3, -0.7]);
      for (const f of [found, jit(found)])
        f(w).data.forEach((value, i) => expect(value).toBeCloseTo(expected(w).data[i], 4));
    }
  });
  test('uses a key once, for debugKeys', () => {
    debugKeys(true);
    try {
      const noisy = (wrap: typeof remat, key: random.Key) => (a: Tensor) =>
        sum(wrap((v: Tensor) => mul(v, random.normal(key, [4])))(a));
      const x = m.ones([3, 4]);
      for (const make of [
        (f: (a: Tensor) => Tensor) => grad(f)(slice(x, 0)),
        (f: (a: Tensor) => Tensor) => vmap(grad(f))(x),
        (f: (a: Tensor) => Tensor) => grad((b: Tensor) => sum(vmap(f)(b)))(x),
        (f: (a: Tensor) => Tensor) => jit(vmap(grad(f)))(x),
      ])
        expect(make(noisy(remat, random.key(3)))).toEqual(make(noisy((f) => f, random.key(3))));
    } finally {
      debugKeys(false);
    }
  });
  test('computes again in batches', () => {
    const x = random.normal(random.key(2), [3, 4]);
    const count = (f: typeof plain): number[] =>
      [
        makeGraph(vmap(m.valueAndGrad(f)))(x),
        makeGraph(m.valueAndGrad((batch: Tensor) => sum(vmap(f)(batch))))(x),
      ].map((graph) => [...graph].filter(({ op }) => op === 'sin').length);
    expect([count(plain), count(again)]).toEqual([
      [2, 2],
      [3, 3],
    ]);
  });
  test('computes again in compiled code', () => {
    const count = (f: typeof plain): number => {
      const graph = makeGraph(m.valueAndGrad(f))(w);
      return [...graph].filter(({ op }) => op === 'sin').length;
    };
    expect([count(plain), count(again)]).toEqual([2, 3]);
  });
});
