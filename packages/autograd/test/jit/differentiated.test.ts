/** Compiled functions inside of derivatives: the bits of the compiled derivative. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import {
  type Tensor,
  add,
  grad,
  jit,
  jvp,
  matmul,
  mul,
  random,
  relu,
  sum,
  tanh,
  tensor,
  valueAndGrad,
  vjp,
  vmap,
} from '../../src/index.ts';

const keys = random.split(random.key(0), 4);
const params = {
  layers: [
    { w: random.normal(keys[0], [6, 8]), b: m.ones([8]) },
    { w: random.normal(keys[1], [8, 3]), b: m.zeros([3]) },
  ],
};
const x = random.normal(keys[2], [5, 6]);
const labels = Uint8Array.of(0, 2, 1, 1, 0);
type Params = typeof params;

const loss = (p: Params, images: Tensor, y: Tensor | Uint8Array): Tensor => {
  const [first, second] = p.layers;
  const logits = add(matmul(relu(add(matmul(images, first.w), first.b)), second.w), second.b);
  return m.neg(m.mean(sum(mul(m.oneHot(y, 3), m.logSoftmax(logits)), { axis: 1 })));
};

describe('grad of a compiled function', () => {
  test('has the bits of the compiled gradient, by one argument or several, again and again', () => {
    const options = { argnums: [0, 1] } as const;
    const compiled = jit(loss);
    for (let i = 0; i < 3; i++) {
      const images = mul(x, i + 1);
      expect(grad(compiled)(params, images, labels)).toEqual(jit(grad(loss))(params, images, labels));
      expect(grad(compiled, options)(params, images, labels)).toEqual(
        jit(grad(loss, options))(params, images, labels),
      );
      const [value, gradient] = valueAndGrad(compiled)(params, images, labels);
      expect([value, gradient]).toEqual(jit(valueAndGrad(loss))(params, images, labels));
    }
  });
  test('differentiates what the function closes over, with other values each time', () => {
    const slope = (w: Tensor): number =>
      grad((v: Tensor) => sum(jit((y: Tensor) => mul(mul(v, v), y))(tensor([1, 2]))))(w).item();
    expect([slope(tensor(3)), slope(tensor(5))]).toEqual([18, 30]);
    let closed = tensor(2);
    const f = jit((y: Tensor) => mul(closed, y));
    const g = (w: Tensor): Tensor => {
      closed = w;
      return f(mul(w, 1));
    };
    expect(grad(g)(tensor(3)).item()).toBe(6);
  });
  test('inside of functions that run again', () => {
    const f = (w: Tensor): Tensor =>
      m.remat((o: Tensor) => mul(jit((q: Tensor) => mul(q, 2))(w), o))(tensor(3));
    expect(grad(f)(tensor(1)).item()).toBe(6);
    const g = (w: Tensor): Tensor =>
      m.foriLoop(0, 2, (_i, c: Tensor) => add(c, jit((q: Tensor) => mul(q, q))(w)), tensor(0));
    expect(grad(g)(tensor(3)).item()).toBe(12);
  });
  test('of any order, inside and outside of other transforms', () => {
    const f = (y: Tensor): Tensor => sum(tanh(mul(y, mul(y, y))));
    const compiled = jit(f);
    const y = tensor([0.5, -0.3]);
    expect(grad((v: Tensor) => sum(grad(compiled)(v)))(y)).toEqual(grad((v: Tensor) => sum(grad(f)(v)))(y));
    expect(m.hessian(compiled)(y)).toEqual(m.hessian(f)(y));
    expect(jvp(compiled, [y], [y])[1]).toEqual(jvp(f, [y], [y])[1]);
    expect(vmap(grad(compiled))(m.stack([y, y]))).toEqual(vmap(grad(f))(m.stack([y, y])));
    expect(jit(grad(compiled))(y)).toEqual(jit(grad(f))(y));
  });
  test('through a rule that closes over what is differentiated', () => {
    const square = (w: Tensor) =>
      m.customVjp(
        (a: Tensor) => mul(a, a),
        (ct: Tensor, [a]) => [mul(mul(ct, a), w)],
      );
    const slope = (wrap: (f: (a: Tensor) => Tensor) => (a: Tensor) => Tensor) =>
      grad((w: Tensor) => {
        const own = square(w);
        return sum(wrap((a) => own(a))(mul(w, 2)));
      })(tensor([1, 2]));
    expect(slope((f) => f).toArray()).toEqual([4, 16]);
    expect(slope(jit).toArray()).toEqual([4, 16]);
  });
  test('through rules in a batch that close over tensors of each example', () => {
    const [xs, ys] = [tensor([0.5, 1.5]), tensor([2, 3])];
    const own = (v: Tensor, y: Tensor): Tensor =>
      jit((z: Tensor) =>
        m.customVjp(
          (q: Tensor) => mul(q, 1),
          (ct) => [mul(ct, y)],
        )(z),
      )(v);
    const again = (v: Tensor, y: Tensor): Tensor =>
      jit((z: Tensor) => m.remat((q: Tensor) => mul(m.sin(z), q))(y))(v);
    for (const f of [own, again]) {
      const expected = [0, 1].map((i) => grad(f)(m.slice(xs, i), m.slice(ys, i)).item());
      expect(grad((v: Tensor, y: Tensor) => sum(vmap(f)(v, y)))(xs, ys).toArray()).toEqual(expected);
      expect(vmap(grad(f))(xs, ys).toArray()).toEqual(expected);
      expect(jvp((v: Tensor) => vmap(f)(v, ys), [xs], [m.ones([2])])[1].toArray()).toEqual(expected);
    }
  });
  test('through such rules after a call without a derivative, and twice', () => {
    const [xs, ws] = [tensor([1, 2, 3]), tensor([4, 5, 6])];
    const both = (x: Tensor, w: Tensor): Tensor => {
      const doubled = m.customVjp(
        (v: Tensor) => mul(v, 2),
        (ct) => [mul(ct, w)],
      );
      const g = jit((v: Tensor) => doubled(v));
      return add(g(w), g(x));
    };
    expect(grad((x: Tensor) => sum(vmap(both)(x, ws)))(xs).toArray()).toEqual([4, 5, 6]);
    const twice = (x: Tensor, w: Tensor): Tensor => {
      const inner = m.customVjp(
        (v: Tensor) => m.sin(v),
        (ct) => [mul(ct, w)],
      );
      const outer = m.customVjp(
        (v: Tensor) => mul(v, 2),
        (ct, [v]) => [mul(ct, inner(v))],
      );
      return jit((v: Tensor) => outer(v))(x);
    };
    expect(
      m
        .hessian((x: Tensor) => sum(vmap(twice)(x, ws)))(xs)
        .toArray(),
    ).toEqual([
      [4, 0, 0],
      [0, 5, 0],
      [0, 0, 6],
    ]);
  });
  test('of higher order is compiled once, too', () => {
    let runs = 0;
    const plain = (y: Tensor, scale: Tensor): Tensor => {
      runs++;
      return sum(tanh(mul(mul(y, y), scale)));
    };
    const compiled = jit(plain);
    const [y, scale] = [tensor([0.5, -0.3]), tensor([2, 3])];
    type F = typeof plain;
    const transforms: Readonly<Record<string, (f: F, v: Tensor) => unknown>> = {
      jvp: (f, v) => jvp(f, [v, scale], [y, scale]),
      hvp: (f, v) => m.hvp((a: Tensor) => f(a, scale), v, y),
      second: (f, v) => grad((a: Tensor) => sum(mul(grad(f)(a, scale), y)))(v),
      mixed: (f, v) => grad((a: Tensor) => sum(mul(grad(f)(y, a), y)))(v),
      both: (f, v) =>
        grad((a: Tensor) =>
          m.tree.leaves(grad(f, { argnums: [0, 1] })(a, a)).reduce((p, q) => sum(mul(p, q))),
        )(v),
      third: (f, v) => grad((a: Tensor) => sum(grad((b: Tensor) => sum(grad(f)(b, a)))(a)))(v),
      'jvp of grad': (f, v) => jvp((a: Tensor) => grad(f)(a, scale), [v], [y]),
    };
    for (const [name, transform] of Object.entries(transforms)) {
      transform(compiled, y);
      const first = runs;
      const results = [1, 2, 3].map((factor) => transform(compiled, mul(y, factor)));
      expect(runs, name).toBe(first);
      expect(results, name).toEqual([1, 2, 3].map((factor) => transform(plain, mul(y, factor))));
    }
  });
  test('keeps residuals while the function runs again, and pulls back several times', () => {
    const f = jit((a: Tensor): Tensor => tanh(mul(a, a)));
    const inputs = [1, 2, 3].map((seed) => random.normal(random.key(seed), [600]));
    const pairs = inputs.map((a) => vjp(f, a));
    pairs.forEach(([value, pull], i) => {
      const [expected, expectedPull] = vjp((a: Tensor) => tanh(mul(a, a)), inputs[i]);
      expect(value).toEqual(expected);
      for (const ct of [m.ones([600]), inputs[0]]) expect(pull(ct)[0]).toEqual(jit(expectedPull)(ct)[0]);
    });
  });
  test('does not overwrite a donated argument that the pullback needs', () => {
    const f = jit((a: Tensor): Tensor => mul(a, a), { donate: 0 });
    const a = random.normal(random.key(4), [500]);
    expect(grad((v: Tensor) => sum(f(v)))(a)).toEqual(mul(a, 2));
    expect(a.data.length).toBe(500);
  });
  test('with two results, one of them unused, and with a key', () => {
    const f = jit((a: Tensor, key: random.Key) => ({
      drawn: mul(a, random.normal(key, [3])),
      other: sum(a),
    }));
    const key = random.key(1);
    const a = tensor([1, 2, 3]);
    expect(grad((v: Tensor) => sum(f(v, key).drawn))(a)).toEqual(random.normal(key, [3]));
    expect(grad((v: Tensor) => f(v, key).other)(a)).toEqual(m.ones([3]));
    expect(grad((v: Tensor) => add(f(v, key).other, 1))(a)).toEqual(m.ones([3]));
  });
  test('after an error the function works', () => {
    const f = jit((a: Tensor, i: Tensor) => m.take(mul(a, 2), i));
    const g = grad((a: Tensor, i: Tensor) => sum(f(a, i)));
    expect(g(tensor([1, 2]), tensor([1])).toArray()).toEqual([0, 2]);
    expect(() => g(tensor([1, 2]), tensor([5]))).toThrow('index out of range');
    expect(g(tensor([1, 2]), tensor([0])).toArray()).toEqual([2, 0]);
  });
});

describe('what is known by the form of arguments', () => {
  test('includes typed arrays', () => {
    let runs = 0;
    const f = jit((a: Tensor, i: Int32Array) => {
      runs++;
      return sum(m.take(a, i));
    });
    const gradient = grad((a: Tensor) => f(a, Int32Array.of(1)));
    const rows = vmap((a: Tensor) => f(a, Int32Array.of(1)));
    const x = tensor([1, 2]);
    for (const call of [() => gradient(x), () => rows(m.stack([x, x]))]) {
      call();
      const first = runs;
      for (let i = 0; i < 3; i++) call();
      expect(runs).toBe(first);
    }
    expect(gradient(x).toArray()).toEqual([0, 1]);
  });
  test('stays for the forms that are used most recently', () => {
    let runs = 0;
    const f = jit(
      (a: Tensor) => {
        if (a.size === 1) runs++;
        return sum(mul(a, a));
      },
      { cacheSize: 2 },
    );
    const gradient = grad((a: Tensor) => f(a));
    gradient(tensor([1]));
    const first = runs;
    for (let size = 2; size < 6; size++) {
      gradient(m.zeros([size]));
      gradient(tensor([1]));
    }
    expect(runs).toBe(first);
  });
});
