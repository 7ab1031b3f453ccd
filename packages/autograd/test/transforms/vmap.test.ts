/** vmap with trees, axes, keys and other transforms, and its errors. */
import { afterEach, describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import {
  type Tensor,
  add,
  customVjp,
  debugKeys,
  debugNaNs,
  grad,
  hessian,
  jacobian,
  jit,
  jvp,
  matmul,
  mul,
  norm,
  random,
  reshape,
  sin,
  slice,
  stack,
  stopGradient,
  sum,
  tensor,
  vjp,
  vmap,
} from '../../src/index.ts';

const matrix = (rows: number, columns: number, seed = 1): Tensor =>
  random.normal(random.key(seed), [rows, columns]);
const rowsOf = (x: Tensor): Tensor[] => Array.from({ length: x.shape[0] }, (_, i) => slice(x, i));

afterEach(() => {
  debugNaNs(false);
  debugKeys(false);
});

describe('arguments and results', () => {
  test('are trees, each leaf with its own axis', () => {
    const x = { a: matrix(3, 2), b: [matrix(4, 3)] };
    const f = ({ a, b: [b] }: { a: Tensor; b: Tensor[] }, w: Tensor) => ({
      dot: m.dot(a, a),
      rest: [mul(b, w)],
    });
    const batch = vmap(f, { inAxes: [{ a: 0, b: [1] }, null], outAxes: { dot: 0, rest: -1 } });
    const { dot, rest } = batch(x, tensor(2));
    expect(dot).toEqual(stack(rowsOf(x.a).map((row) => m.dot(row, row))));
    expect(rest[0]).toEqual(mul(x.b[0], 2));
  });
  test('that do not depend on the examples are repeated, or shared with outAxes null', () => {
    const w = tensor([1, 2]);
    const f = (_x: Tensor) => mul(w, 3);
    expect(vmap(f)(matrix(2, 2)).toArray()).toEqual([
      [3, 6],
      [3, 6],
    ]);
    expect(vmap(f, { outAxes: null })(matrix(2, 2)).toArray()).toEqual([3, 6]);
  });
  test('can have no examples', () => {
    expect(vmap((x: Tensor) => sum(x))(m.zeros([0, 3])).shape).toEqual([0]);
  });
  test('can be typed arrays, which become tensors', () => {
    const pick = vmap((x: Tensor, label: Tensor) => m.take(x, label));
    expect(
      pick(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        Uint8Array.of(1, 0) as unknown as Tensor,
      ).toArray(),
    ).toEqual([2, 3]);
  });
});

describe('with other transforms', () => {
  const w = matrix(3, 4, 2);
  const x = matrix(5, 4, 3);
  const cost = (p: Tensor, row: Tensor): Tensor => sum(sin(matmul(p, row)));

  test('gradients of each example and of the sum are right', () => {
    const each = vmap(grad(cost), { inAxes: [null, 0] })(w, x);
    expect(each).toEqual(stack(rowsOf(x).map((row) => grad(cost)(w, row))));
    expect(jit(vmap(grad(cost), { inAxes: [null, 0] }))(w, x)).toEqual(each);
    const total = grad((p: Tensor) => sum(vmap((row: Tensor) => cost(p, row))(x)))(w);
    total.data.forEach((value, i) => expect(value).toBeCloseTo(sum(each, { axis: 0 }).data[i], 5));
  });
  test('derivatives of second order, outside and inside in turn', () => {
    const inner = (p: Tensor): Tensor => norm(vmap((row: Tensor) => norm(grad(cost)(p, row)))(x));
    const loop = (p: Tensor): Tensor => norm(stack(rowsOf(x).map((row) => norm(grad(cost)(p, row)))));
    const [found, expected] = [grad(inner)(w), grad(loop)(w)];
    found.data.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i], 4));
    expect(jit(grad(inner))(w)).toEqual(found);
  });
  test('nests, with axes of the outer one in the inner one', () => {
    const table = vmap((a: Tensor) => vmap((b: Tensor) => m.dot(a, b))(w))(x);
    expect(table.shape).toEqual([5, 3]);
    table.data.forEach((value, i) => expect(value).toBeCloseTo(matmul(x, m.transpose(w)).data[i], 5));
    const triple = vmap(vmap(vmap(sin)), { inAxes: 2 })(reshape(matrix(4, 6), [2, 3, 4]));
    expect(triple.shape).toEqual([4, 2, 3]);
  });
  test('vjp, jvp, jacobian and hessian inside and outside', () => {
    const f = (row: Tensor): Tensor => sin(mul(row, row));
    const ones = m.ones([4]);
    for (const g of [
      (row: Tensor) => vjp(f, row)[1](ones)[0],
      (row: Tensor) => jvp(f, [row], [ones])[1],
      (row: Tensor) => jacobian(f)(row),
      (row: Tensor) => hessian((v: Tensor) => sum(f(v)))(row),
    ]) {
      const expected = stack(rowsOf(x).map(g));
      expect(vmap(g)(x)).toEqual(expected);
      expect(jit(vmap(g))(x)).toEqual(expected);
    }
    const outside = jvp((v: Tensor) => vmap(f)(v), [x], [m.onesLike(x)])[1];
    expect(outside).toEqual(stack(rowsOf(x).map((row) => jvp(f, [row], [ones])[1])));
    expect(jacobian(vmap(f))(slice(x, [0, 2])).shape).toEqual([2, 4, 2, 4]);
  });
  test('take by indices that the examples share, along any axis and nested', () => {
    const cube = m.reshape(m.arange(2 * 3 * 4 * 5), [2, 3, 4, 5]);
    const indices = tensor([2, 0, -1]);
    for (const axis of [0, 1]) {
      const f = (x: Tensor): Tensor => m.take(x, indices, { axis });
      const rows = (x: Tensor): Tensor => stack(rowsOf(x).map(f));
      const expected = stack(rowsOf(cube).map(rows));
      expect(vmap(vmap(f))(cube)).toEqual(expected);
      expect(jit(vmap(vmap(f)))(cube)).toEqual(expected);
      expect(vmap(vmap(f, { inAxes: 1, outAxes: 1 }))(m.swapaxes(cube, 1, 2))).toEqual(
        m.swapaxes(expected, 1, 2),
      );
    }
    expect(() => vmap((x: Tensor) => m.take(x, tensor([0, 7])))(m.ones([3, 4]))).toThrow(
      /^take: index out of range: expected an integer from -4 to 3 for an axis of size 4, got 7 at position 1/,
    );
  });
  test('compiled functions inside run, and nest in compiled ones', () => {
    const step = jit((row: Tensor) => sum(mul(row, row)));
    expect(vmap(step)(x)).toEqual(stack(rowsOf(x).map((row) => step(row))));
    expect(jit(vmap(step))(x)).toEqual(vmap(step)(x));
  });
  test('stopGradient stops the derivative around the batch', () => {
    const f = (p: Tensor): Tensor => sum(vmap((row: Tensor) => mul(stopGradient(row), row))(p));
    expect(grad(f)(tensor([[2, 3]])).toArray()).toEqual([[2, 3]]);
  });
  test('what the function closes over is differentiated', () => {
    const f = (p: Tensor): Tensor => sum(vmap((row: Tensor) => mul(row, add(p, 1)))(x));
    const expected = sum(x, { axis: 0 });
    grad(f)(m.ones([4])).data.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i], 5));
  });
});

describe('customVjp', () => {
  const rule = customVjp(
    (a: Tensor, b: Tensor) => mul(a, b),
    (ct, [a]) => [mul(ct, 10), mul(ct, a)],
  );
  const x = tensor([1, 2, 3]);
  test('keeps its rule inside and outside of the derivative', () => {
    const f = (p: Tensor, v: Tensor): Tensor => sum(vmap(rule, { inAxes: [null, 0] })(p, v));
    expect(grad(f)(tensor(5), x).item()).toBe(30);
    expect(grad(f, { argnums: 1 })(tensor(5), x).toArray()).toEqual([5, 5, 5]);
    expect(vmap(grad(rule), { inAxes: [null, 0] })(tensor(5), x).toArray()).toEqual([10, 10, 10]);
    expect(jit(grad(f))(tensor(5), x).item()).toBe(30);
  });
  test('may close over an example, in the function and in the rule', () => {
    const f = (p: Tensor): Tensor =>
      sum(
        vmap((v: Tensor) =>
          customVjp(
            (q: Tensor) => mul(q, v),
            (ct) => [mul(ct, mul(v, 100))],
          )(p),
        )(x),
      );
    expect(f(tensor(2)).item()).toBe(12);
    expect(grad(f)(tensor(2)).item()).toBe(600);
  });
  test('and remat of what the examples share are differentiated outside', () => {
    const same = customVjp(
      (v: Tensor) => v,
      (ct) => [mul(ct, 7)],
    );
    expect(grad((p: Tensor) => sum(vmap((_v: Tensor) => same(p))(x)))(tensor(2)).item()).toBe(21);
    const f = (p: Tensor): Tensor =>
      sum(vmap((v: Tensor) => m.remat((z: Tensor) => mul(v, z))(p))(mul(x, p)));
    expect(grad(f)(tensor(2)).item()).toBe(24);
    expect(jit(grad(f))(tensor(2)).item()).toBe(24);
    const endless = (p: Tensor): Tensor =>
      sum(
        vmap((v: Tensor) =>
          m.whileLoop(
            (a: Tensor) => m.less(a, v),
            (a: Tensor) => add(a, 1),
            p,
          ),
        )(x),
      );
    expect(() => grad(endless)(tensor(0))).toThrow('whileLoop: no gradient');
  });
  test('still refuses a closure over what is being differentiated', () => {
    const f = (p: Tensor): Tensor =>
      sum(
        vmap((v: Tensor) =>
          customVjp(
            (q: Tensor) => mul(q, p),
            (ct) => [ct],
          )(v),
        )(x),
      );
    expect(() => grad(f)(tensor(2))).toThrow('customVjp: differentiated value in a closure');
  });
});

describe('random numbers', () => {
  const keys = random.keys(random.key(3), 4);
  const each = random.split(random.key(3), 4);
  test('have the bits of a loop over the keys', () => {
    for (const draw of [
      (key: random.Key) => random.normal(key, [3]),
      (key: random.Key) => random.uniform(random.split(key)[1], []),
      (key: random.Key) => random.randint(random.foldIn(key, 7), [2], 0, 100),
      (key: random.Key) => random.truncatedNormal(key, -1, 2, [2]),
      (key: random.Key) => random.bernoulli(key, 0.3, [5]),
      (key: random.Key) => random.categorical(key, tensor([0, 1, 2])),
    ]) {
      const expected = stack(each.map(draw));
      expect(vmap(draw)(keys)).toEqual(expected);
      expect(jit(vmap(draw))(keys)).toEqual(expected);
    }
    const nested = vmap(vmap((key: random.Key) => random.normal(key, [2])))(
      vmap((key: random.Key) => random.keys(key, 3))(keys),
    );
    expect(nested.shape).toEqual([4, 3, 2]);
    expect(slice(nested, 1, 2)).toEqual(random.normal(random.split(each[1], 3)[2], [2]));
  });
  test('foldIn takes the number of the example', () => {
    const key = random.key(5);
    const found = vmap((i: Tensor) => random.uniform(random.foldIn(key, i)))(m.arange(3));
    expect(found).toEqual(stack([0, 1, 2].map((i) => random.uniform(random.foldIn(key, i)))));
    expect(() => random.foldIn(key, tensor(0.5))).toThrow('random.foldIn: invalid data');
  });
  test('keys have a shape, and one sampler takes one key', () => {
    expect(keys.shape).toEqual([4]);
    expect([...keys.data]).toEqual(each.flatMap(({ data }) => [...data]));
    expect(() => random.normal(keys)).toThrow(
      'random.normal: several keys: expected a single key, got keys of shape [4]; use vmap for all of them',
    );
    expect(() => vmap((key: unknown) => random.normal(key as random.Key))(each)).toThrow(
      'vmap: invalid key at argument 0[0]: expected a Key of shape [count], as random.keys(key, count) returns',
    );
  });
  test('debugKeys finds a key that is used twice', () => {
    debugKeys(true);
    const fresh = random.keys(random.key(9), 2);
    const draw = vmap((key: random.Key) => random.normal(key));
    expect(() => vmap((key: random.Key) => add(random.normal(key), random.uniform(key)))(fresh)).toThrow(
      'random.uniform: key used twice',
    );
    const others = random.keys(random.key(9), 2);
    draw(others);
    expect(() => draw(others)).toThrow('random.normal: key used twice');
  });
});

test('a list of axes that changes after the call of vmap has no effect', () => {
  const inAxes: (number | null)[] = [0, null];
  const outer = vmap((a: Tensor, b: Tensor) => add(a, b), { inAxes });
  inAxes[1] = 0;
  expect(outer(tensor([1, 2]), tensor([10, 20])).toArray()).toEqual([
    [11, 21],
    [12, 22],
  ]);
});

describe('errors', () => {
  const x = matrix(3, 2);
  test.each([
    [
      () => vmap((a: Tensor, b: Tensor) => add(a, b))(x, matrix(4, 2)),
      'vmap: numbers of examples differ: expected equal sizes, got 3 at argument 0 and 4 at argument 1',
    ],
    [
      () => vmap(sin, { inAxes: 2 })(x),
      'vmap: axis out of range: expected an integer from -2 to 1 for shape [3, 2], got 2, at argument 0',
    ],
    [() => vmap(sin, { inAxes: null })(x), 'vmap: no batched argument'],
    // Such a list must not be filled.
    [() => vmap(sin, { inAxes: new Array<null>(2 ** 32 - 1) })(x), 'vmap: invalid inAxes for arguments[0]'],
    [
      () => vmap(({ w }: { w: Tensor }) => w, { inAxes: [{ w: 0, bias: 0 }] })({ w: x }),
      'vmap: inAxes does not fit arguments[0]: expected axes for w, got one for bias',
    ],
    [
      () => vmap((a: Tensor) => [a, a], { outAxes: [0, 0, 1] })(x),
      'vmap: outAxes does not fit result: expected axes for 0, 1, got one for 2',
    ],
    [
      () => vmap(sin, { inAxes: [0, 0, 0] as never, outAxes: null })(x),
      'vmap: invalid outAxes for result: expected an axis',
    ],
    [
      () => vmap((a: Tensor) => (a.item() > 0 ? a : sin(a)))(tensor([1])),
      'vmap: a value of one example inside of vmap: use where() instead of branching on it',
    ],
    [() => vmap((a: Tensor) => a.data as never)(x), 'vmap: a value of one example inside of vmap'],
    [
      () => vmap((i: Tensor) => m.take(tensor([1, 2]), i))(tensor([0, 1, 5])),
      'take: index out of range: expected an integer from -2 to 1 for an axis of size 2, got 5 at position 0, in example 2',
    ],
    [
      () => vmap((key: random.Key) => tensor([...random.bits(key)]))(random.keys(random.key(0), 2)),
      'random.bits: a value of one example',
    ],
  ])('%s', (f, message) => {
    expect(f).toThrow(message);
  });
  test('leave the library working, and a value that escapes cannot be read', () => {
    let escaped = tensor(0);
    vmap((row: Tensor) => (escaped = mul(row, 2)))(x);
    const words = 'a value of one example inside of vmap, which has ended: expected a value that the';
    expect(() => escaped.data).toThrow(`vmap: ${words}`);
    expect(() => mul(escaped, 1)).toThrow(words);
    expect(`${escaped}`).toContain('a value of one example inside of vmap');
    expect(mul(x, 2).data[0]).toBe(2 * x.data[0]);
  });
  test('debugNaNs finds the op', () => {
    debugNaNs(true);
    expect(() => vmap((row: Tensor) => m.log(row))(tensor([[1], [-1]]))).toThrow(/^log: NaN/);
  });
});
