/** cond: at once, compiled, in batches, differentiated. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import {
  type Tensor,
  add,
  cond,
  exp,
  grad,
  greater,
  jit,
  jvp,
  less,
  mul,
  scan,
  sin,
  sqrt,
  stack,
  tensor,
  vmap,
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

test('an operand can be closed over as well, or be given twice', () => {
  const branches: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
    (x) =>
      cond(
        greater(x, 0),
        (z: Tensor) => mul(z, 2),
        (z: Tensor) => mul(x, z),
        x,
      ),
    (x) =>
      cond(
        greater(x, 0),
        (z: Tensor) => mul(z, 2),
        () => mul(x, x),
        x,
      ),
    (x) =>
      cond(
        greater(x, 0),
        (a: Tensor, b: Tensor) => mul(a, b),
        (a: Tensor) => mul(a, x),
        x,
        x,
      ),
    (x, y) =>
      cond(
        greater(x, 0),
        (z: Tensor) => mul(mul(z, 2), x),
        (z: Tensor) => mul(y, z),
        y,
      ),
  ];
  const xs = tensor([1, -3, 0, 2]);
  for (const f of branches) {
    const slopes = grad(f, { argnums: [0, 1] });
    const y = tensor(5);
    const expected = [...xs.data].map((x) => slopes(tensor(x), y).map((slope) => slope.item()));
    const batch = vmap(slopes, { inAxes: [0, null] });
    for (const run of [batch, jit(batch)])
      run(xs, y).forEach((slope, i) => expect([...slope.data]).toEqual(expected.map((own) => own[i])));
    const second = vmap(grad((x: Tensor) => grad(f)(x, y)))(xs);
    expect([...second.data]).toEqual(
      [...xs.data].map((x) => grad((v: Tensor) => grad(f)(v, y))(tensor(x)).item()),
    );
  }
});

test('tangents of any order, of branches that close over their argument', () => {
  const f = (x: Tensor): Tensor =>
    cond(
      greater(x, 0),
      (a: Tensor) => mul(mul(a, a), x),
      (a: Tensor) => a,
      x,
    );
  const along = (g: (x: Tensor) => Tensor) => (x: Tensor) => jvp(g, [x], [tensor(1)])[1];
  type Scalar = (x: Tensor) => Tensor;
  for (const wrap of [(g: Scalar): Scalar => g, (g: Scalar): Scalar => jit(g)]) {
    expect(wrap(along(f))(tensor(2)).item()).toBe(12);
    expect(wrap(along(along(f)))(tensor(2)).item()).toBe(12);
    expect(wrap(along(along(along(f))))(tensor(2)).item()).toBe(6);
    expect(wrap(grad((x: Tensor) => along(along(f))(x)))(tensor(2)).item()).toBe(6);
  }
});

test('a derivative of each example does not see the branch that another one takes', () => {
  const w = tensor(3);
  const closing = (x: Tensor): Tensor =>
    cond(
      less(x, 1),
      () => mul(x, w),
      () => mul(sqrt(x.sub(1)), w),
    );
  const given = (x: Tensor): Tensor =>
    cond(
      less(x, 1),
      (v: Tensor) => mul(v, w),
      (v: Tensor) => mul(sqrt(v.sub(1)), w),
      x,
    );
  const large = (x: Tensor): Tensor =>
    cond(
      less(x, 3),
      () => exp(x.mul(100)),
      () => mul(x, x),
    );
  for (const f of [closing, given, large])
    for (const g of [grad(f), grad((x: Tensor) => grad(f)(x))]) {
      const expected = stack(each(g));
      expect(vmap(g)(numbers)).toEqual(expected);
      expect(jit(vmap(g))(numbers)).toEqual(expected);
      expect(vmap(jit(g))(numbers)).toEqual(expected);
      expect(vmap(vmap(g))(stack([numbers, numbers]))).toEqual(stack([expected, expected]));
    }
  // With respect to something that all examples share.
  const byShared = (x: Tensor): Tensor =>
    grad((v: Tensor) =>
      cond(
        less(x, 1),
        () => mul(x, v),
        () => mul(sqrt(x.sub(1)), mul(v, v)),
      ),
    )(w);
  expect(vmap(byShared)(numbers)).toEqual(stack(each(byShared)));
});
