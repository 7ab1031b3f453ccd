/** cond, foriLoop, whileLoop and remat: at once, compiled, in batches, differentiated. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { makeGraph } from '../../src/jit/make-graph.ts';
import {
  type Tensor,
  add,
  cond,
  foriLoop,
  grad,
  greater,
  jit,
  less,
  mul,
  random,
  remat,
  scan,
  sin,
  stack,
  sum,
  tensor,
  vmap,
  whileLoop,
} from '../../src/index.ts';

const numbers = tensor([-3, -0.5, 0.5, 2, 5]);
const each = <T>(f: (x: Tensor) => T): T[] => [...numbers.data].map((x) => f(tensor(x)));

describe('cond', () => {
  const scale = tensor(3);
  const f = (x: Tensor, w: Tensor): Tensor =>
    cond(
      less(x, 0),
      ({ a }: { a: Tensor }) => mul(mul(a, a), w),
      ({ a }: { a: Tensor }) => add(sin(a), w),
      { a: x },
    );
  const expected = (x: Tensor): Tensor => (x.item() < 0 ? mul(mul(x, x), 3) : add(sin(x), 3));
  test('takes one branch, at once, compiled and in a batch', () => {
    expect(each((x) => f(x, scale))).toEqual(each(expected));
    const compiled = jit((x: Tensor) => f(x, scale));
    expect(each(compiled)).toEqual(each(expected));
    expect(vmap((x: Tensor) => f(x, scale))(numbers)).toEqual(stack(each(expected)));
    expect(jit(vmap((x: Tensor) => f(x, scale)))(numbers)).toEqual(stack(each(expected)));
  });
  test('runs only the branch that is taken, also compiled', () => {
    const g = jit((x: Tensor) =>
      cond(
        less(x, 0),
        () => m.take(tensor([1, 2]), mul(x, -10)),
        (v: Tensor) => v,
        x,
      ),
    );
    expect(g(tensor(2)).item()).toBe(2);
    expect(() => g(tensor(-1))).toThrow('index out of range');
  });
  test('is differentiated by operands and by what branches close over, twice', () => {
    const slope = (x: Tensor): number => (x.item() < 0 ? 6 * x.item() : Math.cos(x.item()));
    for (const g of [grad(f), jit(grad(f)), grad(jit(f))])
      each((x) => expect(g(x, scale).item()).toBeCloseTo(slope(x), 5));
    each((x) => {
      const own = grad(f, { argnums: 1 });
      const weight = x.item() < 0 ? x.item() ** 2 : 1;
      expect(own(x, scale).item()).toBeCloseTo(weight, 5);
      expect(jit(own)(x, scale).item()).toBeCloseTo(weight, 5);
      const second = x.item() < 0 ? 6 : -Math.sin(x.item());
      expect(jit(grad(grad(f)))(x, scale).item()).toBeCloseTo(second, 5);
    });
    vmap(grad(f), { inAxes: [0, null] })(numbers, scale).data.forEach((value, i) =>
      expect(value).toBeCloseTo(slope(tensor(numbers.data[i])), 5),
    );
  });
  test('inside of scan', () => {
    const step = (c: Tensor, e: Tensor, x: Tensor): Tensor =>
      cond(
        greater(e, 0),
        (v: Tensor) => mul(v, x),
        (v: Tensor) => v,
        c,
      );
    const g = (x: Tensor): Tensor =>
      scan((c: Tensor, e: Tensor) => [step(c, e, x), e] as const, x, numbers)[0];
    expect(g(tensor(2)).item()).toBe(16);
    expect(grad(g)(tensor(2)).item()).toBe(32);
    expect(jit(grad(g))(tensor(2)).item()).toBe(32);
  });
  test('errors', () => {
    expect(() => cond(numbers, sin, sin, numbers)).toThrow(
      'cond: invalid predicate: expected a scalar, got shape [5]',
    );
    const g = jit((x: Tensor) =>
      cond(
        less(x, 0),
        (v: Tensor) => v,
        () => tensor([1, 2]),
        x,
      ),
    );
    expect(() => g(tensor(1))).toThrow(
      'cond: results of the branches differ at result: expected equal shapes, got [] and [2]',
    );
  });
});

describe('foriLoop', () => {
  const power = (x: Tensor): Tensor => foriLoop(0, 3, (i, v: Tensor) => mul(v, add(x, i)), tensor(1));
  test('counts, compiled and differentiated', () => {
    expect(power(tensor(2)).item()).toBe(24);
    expect(jit(power)(tensor(2)).item()).toBe(24);
    expect(grad(power)(tensor(2)).item()).toBe(26);
    expect(vmap(power)(tensor([1, 2])).toArray()).toEqual([6, 24]);
    expect(foriLoop(3, 3, (_i, v: Tensor) => mul(v, 2), tensor(5)).item()).toBe(5);
    expect(foriLoop(-2, 1, (i, v: Tensor) => add(v, i), tensor(0)).item()).toBe(-3);
  });
});

describe('whileLoop', () => {
  const halve = (x: Tensor): { value: Tensor; steps: Tensor } =>
    whileLoop(
      ({ value }) => greater(value, 1),
      ({ value, steps }) => ({ value: mul(value, 0.5), steps: add(steps, 1) }),
      { value: x, steps: tensor(0) },
    );
  test('stops, at once, compiled, and each example on its own', () => {
    const expected = [-3, -0.5, 0.5, 1, 0.625];
    expect(each((x) => halve(x).value.item())).toEqual(expected);
    const compiled = jit(halve);
    expect(each((x) => compiled(x).steps.item())).toEqual([0, 0, 0, 1, 3]);
    expect(vmap(halve)(numbers).value.toArray()).toEqual(expected);
    expect(jit(vmap(halve))(numbers).steps.toArray()).toEqual([0, 0, 0, 1, 3]);
  });
  test('closes over values, also in its condition', () => {
    const f = (x: Tensor, limit: Tensor): Tensor =>
      whileLoop(
        (v: Tensor) => less(v, limit),
        (v: Tensor) => add(v, x),
        tensor(0),
      );
    expect(jit(f)(tensor(2), tensor(5)).item()).toBe(6);
    expect(vmap(f, { inAxes: [null, 0] })(tensor(2), tensor([3, 9])).toArray()).toEqual([4, 10]);
  });
  test('refuses a gradient, and says why', () => {
    const words = 'whileLoop: no gradient: expected a loop whose number of steps is known in advance';
    expect(() => grad((x: Tensor) => halve(x).value)(tensor(5))).toThrow(words);
    expect(() => jit(grad((x: Tensor) => halve(x).value))(tensor(5))).toThrow(words);
    const closed = (x: Tensor): Tensor =>
      whileLoop(
        (v: Tensor) => less(v, 5),
        (v: Tensor) => add(v, x),
        tensor(0),
      );
    expect(() => grad(closed)(tensor(2))).toThrow(words);
    expect(() => jit(grad(closed))(tensor(2))).toThrow(words);
    expect(() => vmap(grad(closed))(tensor([1, 2]))).toThrow(words);
    expect(grad((x: Tensor) => mul(x, m.stopGradient(halve(x).value)))(tensor(5)).item()).toBe(0.625);
  });
});

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
  test('computes again in compiled code', () => {
    const count = (f: typeof plain): number => {
      const graph = makeGraph(m.valueAndGrad(f))(w);
      return [...graph].filter(({ op }) => op === 'sin').length;
    };
    expect([count(plain), count(again)]).toEqual([2, 3]);
  });
});
