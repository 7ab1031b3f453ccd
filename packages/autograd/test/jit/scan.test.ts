/** scan next to a loop: values, derivatives, batches, compiled, nested; and its errors. */
import { afterEach, describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import {
  type Tensor,
  add,
  checkGrads,
  debugNaNs,
  grad,
  jit,
  jvp,
  matmul,
  mul,
  ones,
  random,
  scan,
  slice,
  stack,
  sum,
  tanh,
  tensor,
  vmap,
  zeros,
} from '../../src/index.ts';
import { allocatedBytes } from '../../src/runtime/memory.ts';

afterEach(() => debugNaNs(false));

const w = random.normal(random.key(1), [4, 4]);
const v = random.normal(random.key(2), [3, 4]);
const xs = random.normal(random.key(3), [6, 3]);
const h0 = random.normal(random.key(4), [4]);

interface Params {
  readonly w: Tensor;
  readonly v: Tensor;
}

const cell = ({ w: own, v: from }: Params, h: Tensor, x: Tensor): Tensor =>
  tanh(add(matmul(h, own), matmul(x, from)));
const byScan = (p: Params, h: Tensor, x: Tensor): Tensor => {
  const [last, ys] = scan((c: Tensor, e: Tensor) => [cell(p, c, e), mul(c, 2)] as const, h, x);
  return add(sum(mul(ys, ys)), sum(last));
};
const byLoop = (p: Params, h: Tensor, x: Tensor): Tensor => {
  let c = h;
  const ys: Tensor[] = [];
  for (let i = 0; i < x.shape[0]; i++) {
    ys.push(mul(c, 2));
    c = cell(p, c, slice(x, i));
  }
  return add(sum(mul(stack(ys), stack(ys))), sum(c));
};
const expectClose = (found: unknown, expected: unknown, tolerance = 2e-6): void => {
  const [a, b] = [m.tree.leaves(found as Tensor), m.tree.leaves(expected as Tensor)];
  expect(a.length).toBe(b.length);
  a.forEach((x, i) => {
    expect(x.shape).toEqual(b[i].shape);
    x.data.forEach((value, j) => {
      const reference = b[i].data[j];
      expect(Math.abs(value - reference) / Math.max(1, Math.abs(reference))).toBeLessThan(tolerance);
    });
  });
};
const params = { w, v };

describe('scan', () => {
  test('has the bits of a loop, at once and compiled', () => {
    expect(byScan(params, h0, xs)).toEqual(byLoop(params, h0, xs));
    expect(jit(byScan)(params, h0, xs)).toEqual(byLoop(params, h0, xs));
  });
  test('takes trees, keys, no xs, and goes backwards', () => {
    const [carry, ys] = scan(
      ({ a, key }: { a: Tensor; key: random.Key }) => {
        const [next, used] = random.split(key);
        return [
          { a: add(a, 1), key: next },
          { drawn: random.normal(used, [2]), a },
        ] as const;
      },
      { a: tensor(0), key: random.key(5) },
      undefined,
      { length: 3 },
    );
    let key = random.key(5);
    const drawn = [0, 1, 2].map(() => {
      const [next, used] = random.split(key);
      key = next;
      return random.normal(used, [2]);
    });
    expect(ys.drawn).toEqual(stack(drawn));
    expect(ys.a.toArray()).toEqual([0, 1, 2]);
    expect([...carry.key.data]).toEqual([...key.data]);
    const reversed = scan((c: Tensor, x: Tensor) => [add(c, x), c] as const, tensor(0), tensor([1, 2, 3]), {
      reverse: true,
    });
    expect(reversed[1].toArray()).toEqual([5, 3, 0]);
  });
  test('carries that change places, stay as they are, or are constants', () => {
    const f = ([a, b, c]: Tensor[], x: Tensor) =>
      [[b, a, tensor(7)], add(a, mul(c, x))] as [Tensor[], Tensor];
    const expected = [
      [1, 2, 7],
      [1 + 3 * 10, 2 + 7 * 20, 1 + 7 * 30],
    ];
    const start = [tensor(2), tensor(1), tensor(3)];
    const [[a, b, c], y] = scan(f, [tensor(1), tensor(2), tensor(3)], tensor([10, 20, 30]));
    expect([[b.item(), a.item(), c.item()], y.toArray()]).toEqual([[1, 2, 7].slice(0), expected[1]]);
    expect(scan((s: Tensor[]) => [s, s[0]] as const, start, undefined, { length: 2 })[1].toArray()).toEqual([
      2, 2,
    ]);
  });
  test('carries go to any place, through sums in their own memory', () => {
    const places = [0, 1, 2].flatMap((a) => [0, 1, 2].flatMap((b) => [0, 1, 2].map((c) => [a, b, c])));
    const elements = random.normal(random.key(5), [5, 4]);
    const first = [0, 1, 2].map((i) => random.normal(random.key(6 + i), [4]));
    for (const from of places)
      for (const addsTo of [0, 1, 2]) {
        /** The new carries: old ones from the places `from`, plus the element at `addsTo`. */
        const step = (carry: Tensor[], x: Tensor): [Tensor[], Tensor[]] => {
          const next = from.map((place, i) => (i === addsTo ? add(carry[place], x) : carry[place]));
          return [next, [next[0], carry[2], x]];
        };
        let carry = first;
        const rows = [4, 3, 2, 1, 0].map((i) => {
          const [next, ys] = step(carry, slice(elements, i));
          carry = next;
          return ys;
        });
        const expected = [carry, [0, 1, 2].map((k) => stack(rows.map((ys) => ys[k]).reverse()))];
        const run = (c: Tensor[], x: Tensor): [Tensor[], Tensor[]] => scan(step, c, x, { reverse: true });
        for (const f of [run, jit(run)]) expect(f(first, elements), `${from} ${addsTo}`).toEqual(expected);
      }
  });

  test('of no steps returns the first carry', () => {
    const [carry, ys] = scan(
      (c: Tensor, x: Tensor) => [add(c, x), mul(c, 2)] as const,
      tensor([1, 2]),
      zeros([0, 2]),
    );
    expect(carry.toArray()).toEqual([1, 2]);
    expect(ys.shape).toEqual([0, 2]);
  });
});

describe('derivatives of scan', () => {
  test('are those of a loop, by carry, elements and what the body closes over', () => {
    const found = grad(byScan, { argnums: [0, 1, 2] })(params, h0, xs);
    expectClose(found, grad(byLoop, { argnums: [0, 1, 2] })(params, h0, xs));
    const compiled = jit(grad(byScan, { argnums: [0, 1, 2] }))(params, h0, xs);
    expect(m.tree.leaves(compiled)).toEqual(m.tree.leaves(found));
  });
  test('of higher order', () => {
    const norm = (f: typeof byScan) => (p: Params) =>
      m.tree.leaves(grad(f)(p, h0, xs)).reduce((total, g) => add(total, sum(mul(g, g))), tensor(0));
    expectClose(grad(norm(byScan))(params), grad(norm(byLoop))(params), 5e-5);
    expectClose(jit(grad(norm(byScan)))(params), grad(norm(byLoop))(params), 5e-5);
    const third = (f: typeof byScan) => (p: Params) =>
      m.tree.leaves(grad(norm(f))(p)).reduce((total, g) => add(total, sum(g)), tensor(0));
    expectClose(grad(third(byScan))(params), grad(third(byLoop))(params), 1e-4);
  });
  test('forwards, and checked in double precision', () => {
    const along = m.onesLike(xs);
    expectClose(
      jvp((x: Tensor) => byScan(params, h0, x), [xs], [along])[1],
      jvp((x: Tensor) => byLoop(params, h0, x), [xs], [along])[1],
      1e-5,
    );
    checkGrads((p: Tensor) => byScan({ w: p, v }, h0, xs), [w]);
  });
  test('of a gradient inside of the body', () => {
    const descend = (target: Tensor) =>
      scan(
        (x: Tensor) => {
          const next = x.sub(grad((y: Tensor) => sum(mul(y.sub(target), y.sub(target))))(x).mul(0.1));
          return [next, sum(next)] as const;
        },
        zeros([3]),
        undefined,
        { length: 4 },
      );
    const target = tensor([1, 2, 3]);
    const rate = 1 - 0.8 ** 4;
    expectClose(descend(target)[0], mul(target, rate));
    expectClose(grad((t: Tensor) => sum(descend(t)[0]))(target), m.full([3], rate));
  });
  describe('keep products no larger than the carries', () => {
    const square4 = random.normal(random.key(9), [2, 4, 4]);
    const [a, b] = [slice(square4, 0), slice(square4, 1)];
    const wide = random.normal(random.key(10), [4, 12]);
    const kernel = random.normal(random.key(11), [3, 1, 1]);
    type Cell = (h: Tensor, x: Tensor, p: Tensor) => Tensor;
    const cells: Readonly<Record<string, Cell>> = {
      recurrent: (h, x, p) => tanh(add(matmul(h, p), matmul(x, v))),
      'two layers': (h, x, p) => tanh(matmul(m.sigmoid(add(matmul(h, p), matmul(x, v))), b)),
      'a sum that is read twice': (h, x, p) => {
        const total = add(matmul(h, p), matmul(x, v));
        return add(mul(total, tanh(total)), matmul(h, a));
      },
      'a product as the carry': (h, x, p) => add(matmul(tanh(h), p), matmul(x, v)),
      'parts of a large product': (h, x, p) => {
        const gates = matmul(add(h, matmul(x, v)), mul(wide, sum(p)));
        const [input, forget, update] = m.split(gates, 3);
        return add(mul(m.sigmoid(forget), h), mul(m.sigmoid(input), tanh(update)));
      },
      'products of products': (h, _, p) => tanh(matmul(h, matmul(p, matmul(a, p)))),
      'a scalar product': (h, x, p) => mul(tanh(matmul(matmul(h, p), matmul(x, v))), h),
      normalized: (h, x, p) => {
        const own = add(matmul(h, p), matmul(x, v));
        const centred = m.sub(own, m.mean(own));
        return m.div(centred, m.sqrt(add(m.mean(m.square(centred)), 1)));
      },
      convolution: (h, x, p) =>
        tanh(
          m.reshape(
            m.conv(m.reshape(matmul(h, p), [1, 4, 1]), mul(kernel, sum(x)), { padding: 'SAME' }),
            [4],
          ),
        ),
    };
    for (const [name, own] of Object.entries(cells)) {
      /** The loss of a body that keeps products, or of one that computes all again. */
      const loss = (keeps: boolean) => (p: Tensor, h: Tensor) => {
        const step = (c: Tensor, x: Tensor): Tensor => own(c, x, p);
        const f = keeps ? step : m.remat(step);
        const [last, ys] = scan((c: Tensor, x: Tensor) => [f(c, x), sum(c)] as const, h, xs);
        return add(sum(last), sum(ys));
      };
      test(name, () => {
        const p = mul(w, 0.5);
        const [batch, wrt] = [stack([h0, m.neg(h0), mul(h0, 2)]), { argnums: [0, 1] } as const];
        const found = grad(loss(true), wrt)(p, h0);
        expectClose(found, grad(loss(false), wrt)(p, h0), 1e-5);
        expect(jit(grad(loss(true), wrt))(p, h0)).toEqual(found);
        // Inside of vmap, no products are kept.
        const each = vmap(grad(loss(true), wrt), { inAxes: [null, 0] })(p, batch);
        expect(each.map((g) => slice(g, 0))).toEqual(found);
        const ofBatch = (keeps: boolean) => (q: Tensor) => sum(vmap((h: Tensor) => loss(keeps)(q, h))(batch));
        expectClose(jit(grad(ofBatch(true)))(p), grad(ofBatch(false))(p), 1e-5);
        const second = (keeps: boolean) => grad((q: Tensor) => sum(m.square(grad(loss(keeps))(q, h0))));
        expectClose(second(true)(p), second(false)(p), 1e-5);
        expectClose(jit(second(true))(p), second(false)(p), 1e-5);
      });
    }
    test('which are not computed again', () => {
      const products = (keeps: boolean): number => {
        const step = (c: Tensor, x: Tensor): Tensor => cell(params, c, x);
        const f = keeps ? step : m.remat(step);
        const gradient = jit(
          grad((p: Tensor) => sum(scan((c: Tensor, x: Tensor) => [f(c, x), c] as const, p, xs)[0])),
        );
        gradient(h0);
        return String(gradient).match(/= matmul/g)?.length ?? 0;
      };
      // Two forwards, and one for the carry backwards.
      expect(products(true)).toBe(3);
      expect(products(false)).toBe(5);
    });
    test('if it returns as many results each time', () => {
      let calls = 0;
      const impure = (h: Tensor): [Tensor, Tensor[]] => [tanh(h), calls++ === 0 ? [h] : [h, h]];
      const loss = (h: Tensor): Tensor => sum(scan(impure, h, undefined, { length: 3 })[0]);
      expect(() => grad(loss)(h0)).toThrow(
        'f returns other results when it runs again for the gradient: expected 2 tensors, got 3; it has to be pure',
      );
    });
    test('unless the function computes others the second time', () => {
      let calls = 0;
      const impure = (h: Tensor): Tensor => {
        const own = calls++ === 0 ? matmul(h, w) : m.reshape(tanh(matmul(m.reshape(h, [1, 4]), w)), [4]);
        return tanh(add(own, h));
      };
      const last = (h: Tensor): Tensor =>
        scan((c: Tensor) => [impure(c), undefined] as const, h, undefined, { length: 3 })[0];
      expect(grad((h: Tensor) => sum(last(h)))(h0).shape).toEqual([4]);
    });
  });
  test('through nested scans', () => {
    const nested = (p: Tensor): Tensor =>
      scan(
        (c: Tensor, row: Tensor) => {
          const [inner] = scan(
            (d: Tensor, x: Tensor) => [tanh(add(mul(d, p), mul(c, x))), d] as const,
            c,
            row,
          );
          return [inner, inner] as const;
        },
        tensor(0.5),
        xs,
      )[0];
    const loop = (p: Tensor): Tensor => {
      let c = tensor(0.5);
      for (let i = 0; i < 6; i++) {
        let d = c;
        for (let j = 0; j < 3; j++) d = tanh(add(mul(d, p), mul(c, slice(xs, i, j))));
        c = d;
      }
      return c;
    };
    const p = tensor(0.7);
    expect(nested(p)).toEqual(loop(p));
    expectClose(grad(nested)(p), grad(loop)(p));
    expectClose(grad(grad(nested))(p), grad(grad(loop))(p), 1e-5);
    expectClose(jit(grad(grad(nested)))(p), grad(grad(loop))(p), 1e-5);
  });
});

test('what the body uses with and without a derivative is differentiated', () => {
  const f = (p: Tensor): Tensor =>
    scan((c: Tensor) => [add(c, mul(m.stopGradient(p), p)), c] as const, tensor(0), undefined, {
      length: 2,
    })[0];
  expect(grad(f)(tensor(3)).item()).toBe(6);
  expect(jit(grad(f))(tensor(3)).item()).toBe(6);
  // The variable of the inner derivative has the elements of the outer one.
  const inner = (p: Tensor): Tensor =>
    grad(
      (q: Tensor) =>
        scan((c: Tensor) => [add(c, mul(mul(p, p), q)), c] as const, tensor(0), undefined, { length: 2 })[0],
    )(p);
  expect(inner(tensor(3)).item()).toBe(18);
  expect(grad(inner)(tensor(3)).item()).toBe(12);
  expect(jit(grad(inner))(tensor(3)).item()).toBe(12);
});

test('what is closed over can be a result, of every transform', () => {
  const two = tensor([1, 2]);
  const functions: readonly [(w: Tensor) => Tensor, number][] = [
    [(w) => m.remat((_x: Tensor) => w)(tensor(3)), 1],
    [(w) => sum(scan((c: Tensor, x: Tensor) => [add(c, x), w] as const, tensor(0), two)[1]), 2],
    [(w) => scan((_c: Tensor, x: Tensor) => [w, x] as const, tensor(0), two)[0], 1],
    [(w) => m.foriLoop(0, 2, () => w, tensor(0)), 1],
    [
      (w) =>
        m.cond(
          m.less(w, 9),
          () => w,
          (x: Tensor) => x,
          tensor(3),
        ),
      1,
    ],
    [
      (w) =>
        scan((c: Tensor) => [sum(vmap((_z: Tensor) => w)(two)), c] as const, w, undefined, { length: 2 })[0],
      2,
    ],
    [
      (w) =>
        scan((c: Tensor) => [add(w, grad((q: Tensor) => mul(q, 0))(c)), c] as const, w, undefined, {
          length: 2,
        })[0],
      1,
    ],
  ];
  for (const [f, slope] of functions) {
    expect(grad(f)(tensor(2)).item()).toBe(slope);
    expect(jit(grad(f))(tensor(2)).item()).toBe(slope);
    expect(vmap(grad(f))(two).toArray()).toEqual([slope, slope]);
    expect(grad((v: Tensor) => sum(vmap(f)(v)))(two).toArray()).toEqual([slope, slope]);
  }
});
test('carries can be empty', () => {
  const f = (w: Tensor): Tensor =>
    sum(scan((c: Tensor) => [mul(c, w), c] as const, zeros([0]), undefined, { length: 2 })[1]);
  expect(grad(f)(tensor(1)).item()).toBe(0);
  expect(jit(grad(f))(tensor(1)).item()).toBe(0);
});

describe('scan in a batch', () => {
  const batch = random.normal(random.key(6), [5, 6, 3]);
  const rows = Array.from({ length: 5 }, (_, i) => slice(batch, i));
  test('has the bits of a loop over the examples', () => {
    const found = vmap((x: Tensor) => byScan(params, h0, x))(batch);
    expect(found).toEqual(stack(rows.map((x) => byScan(params, h0, x))));
    expect(jit(vmap((x: Tensor) => byScan(params, h0, x)))(batch)).toEqual(found);
  });
  test('is differentiated inside and outside', () => {
    const each = vmap((x: Tensor) => grad(byScan)(params, h0, x).w)(batch);
    expectClose(each, stack(rows.map((x) => grad(byScan)(params, h0, x).w)));
    const total = grad((p: Params) => sum(vmap((x: Tensor) => byScan(p, h0, x))(batch)))(params);
    expectClose(total.w, sum(each, { axis: 0 }), 1e-5);
    expectClose(jit(grad((p: Params) => sum(vmap((x: Tensor) => byScan(p, h0, x))(batch))))(params), total);
  });
  test('may close over an example', () => {
    const f = (a: Tensor): Tensor =>
      scan((c: Tensor) => [mul(c, a), c] as const, tensor(1), undefined, { length: 3 })[0];
    expect(vmap(f)(tensor([1, 2, 3])).toArray()).toEqual([1, 8, 27]);
    expect(vmap(grad(f))(tensor([1, 2, 3])).toArray()).toEqual([3, 12, 27]);
    expect(grad((a: Tensor) => sum(vmap(f)(a)))(tensor([1, 2, 3])).toArray()).toEqual([3, 12, 27]);
  });
});

describe('errors of scan', () => {
  const f = (c: Tensor, x: Tensor) => [add(c, x), c] as const;
  test.each([
    [
      () => scan(f, tensor(0), tensor([[1, 2]])),
      'scan: carry changes its shape: expected [] at carry, got [2]',
    ],
    [
      () => scan((c: { a: Tensor }) => [{ b: c.a } as never, c.a], { a: tensor(0) }, tensor([1])),
      'scan: carry changes its form: expected the same leaves before and after a step, got carry.a only before it',
    ],
    [
      () => scan(f, tensor(0), [tensor([1]), tensor([1, 2])] as never),
      'scan: numbers of steps differ: expected a first axis of size 1 at xs[1], got shape [2]',
    ],
    [
      () => scan(f, tensor(0), [tensor([1, 2]), random.key(0)] as never),
      'scan: invalid key at xs[1]: expected a Key of shape [count], as random.keys(key, count) returns, got a single key',
    ],
    [
      () => scan(f, tensor(0), [tensor([1, 2]), random.keys(random.key(0), 3)] as never),
      'scan: numbers of steps differ: expected a first axis of size 2 at xs[1], got shape [3]',
    ],
    [() => scan(f, tensor(0), undefined as never), 'scan: unknown number of steps'],
    [
      () => scan((c: Tensor) => c as never, tensor(0), tensor([1])),
      'scan: invalid result of the function: expected [carry, y]',
    ],
    [
      () => scan((c: Tensor) => [c.item() > 0 ? c : c, c], tensor(0), tensor([1])),
      'a value that is not known while scan is compiled',
    ],
    [
      () => scan((c: Tensor, i: Tensor) => [c, m.take(tensor([1, 2]), i)], tensor(0), tensor([0, 5])),
      'index out of range: expected an integer from -2 to 1 for an axis of size 2, got 5',
    ],
  ])('%s', (g, message) => {
    expect(g).toThrow(message);
  });
  test('debugNaNs names the step', () => {
    debugNaNs(true);
    const g = (x: Tensor) => scan((c: Tensor, e: Tensor) => [add(c, m.log(e)), c] as const, tensor(0), x)[0];
    expect(() => g(tensor([1, 2, -1]))).toThrow(/^log: NaN .*, in step 2 of scan$/);
    expect(() => jit(g)(tensor([1, 2, -1]))).toThrow(/, in step 2 of scan$/);
    const root = (z: Tensor): Tensor =>
      scan((c: Tensor, e: Tensor) => [m.sqrt(mul(c, e)), undefined] as const, z, tensor([1, 1, 0]))[0];
    for (const slope of [grad(root), jit(grad(root))])
      expect(() => slope(tensor(2))).toThrow(
        /^div: Infinity .*, in the gradient of sqrt.*, in step 2 of scan$/,
      );
  });
});

test('a loop whose operands cannot be read gives its memory back at once', () => {
  const detached = (): Tensor => {
    const x = ones([2, 3]);
    structuredClone(x.data.buffer, { transfer: [x.data.buffer as ArrayBuffer] });
    return x;
  };
  const step = (c: Tensor, x: Tensor): [Tensor, Tensor] => [c.add(1), x];
  expect(() => scan(step, ones([2, 3]), detached())).toThrow('scan: no elements');
  const before = allocatedBytes();
  expect(() => scan(step, detached(), ones([3]))).toThrow('scan: no elements');
  expect(allocatedBytes()).toBe(before);
});
