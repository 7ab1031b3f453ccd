import { describe, expect, test } from 'vitest';
import {
  type Tensor,
  checkGrads,
  clip,
  customVjp,
  grad,
  jit,
  jvp,
  onesLike,
  sin,
  sqrt,
  sum,
  tensor,
  vmap,
} from '../../src/index.ts';

const square = (x: Tensor): Tensor => x.mul(x);

describe('customVjp', () => {
  const clipped = customVjp(
    (x: Tensor) => x,
    (ct) => [clip(ct, -1, 1)],
  );
  test('replaces the gradient rule', () => {
    expect(clipped(tensor(5)).item()).toBe(5);
    expect(grad((x: Tensor) => clipped(x).mul(100))(tensor(5)).item()).toBe(1);
  });
  test('takes trees, and cotangents of their form', () => {
    interface Params {
      w: Tensor;
      b: Tensor;
    }
    const params: Params = { w: tensor([1, 2]), b: tensor(3) };
    const x = tensor([4, 5]);
    const line = customVjp(
      ({ w, b }: Params, at: Tensor) => sum(w.mul(at)).add(b),
      (ct, [{ w }, at]) => [{ b: ct.mul(10), w: ct.mul(at) }, ct.mul(w).mul(100)],
    );
    const f = (p: Params, at: Tensor): Tensor => square(line(p, at));
    expect(line(params, x).item()).toBe(17);
    for (const g of [grad(f, { argnums: [0, 1] }), jit(grad(f, { argnums: [0, 1] }))]) {
      const [{ w, b }, at] = g(params, x);
      expect([w.toArray(), b.item(), at.toArray()]).toEqual([[136, 170], 340, [3400, 6800]]);
    }
    const many = vmap(grad(line), { inAxes: [null, 0] })(
      params,
      tensor([
        [4, 5],
        [6, 7],
      ]),
    );
    expect([many.w.toArray(), many.b.toArray()]).toEqual([
      [
        [4, 5],
        [6, 7],
      ],
      [10, 10],
    ]);
    const withRule = (rule: (ct: Tensor) => readonly unknown[]): Tensor =>
      grad(customVjp(({ b }: Params) => b, rule as never))(params).w;
    expect(withRule(() => [undefined]).toArray()).toEqual([0, 0]);
    expect(() => withRule((ct) => [{ b: ct }])).toThrow('customVjp: trees differ: expected w in all trees');
    expect(() => withRule((ct) => [{ b: ct, w: ct }])).toThrow(
      "customVjp: invalid cotangent 0 at w: expected its input's shape [2], got []",
    );
  });
  test('returns trees, and its rule takes cotangents and results of their form', () => {
    const polar = customVjp(
      ({ x, y }: { x: Tensor; y: Tensor }) => ({
        r: sqrt(square(x).add(square(y))),
        parts: [x.mul(2), null],
      }),
      (ct, [{ x, y }], { r }) => [
        {
          x: ct.r.mul(x.div(r)).add((ct.parts[0] as Tensor).mul(2)),
          y: ct.r.mul(y.div(r)),
        },
      ],
    );
    const at = { x: tensor([3, 5]), y: tensor([4, 12]) };
    const { r, parts } = polar(at);
    expect([r.toArray(), parts.map((part) => part?.toArray())]).toEqual([
      [5, 13],
      [[6, 10], undefined],
    ]);
    type Point = typeof at;
    const f = (p: Point): Tensor => {
      const {
        r: radius,
        parts: [double],
      } = polar(p);
      return sum(square(radius).mul(double as Tensor));
    };
    const plain = ({ x, y }: Point): Tensor => sum(square(x).add(square(y)).mul(x).mul(2));
    const expected = grad(plain)(at);
    for (const g of [grad(f), jit(grad(f)), grad(jit(f))]) {
      const slopes = g(at);
      expect(slopes.x.toArray()).toEqual(expected.x.toArray());
      expect(slopes.y.toArray()).toEqual(expected.y.toArray());
    }
    const rows = {
      x: tensor([
        [3, 5],
        [8, 0.5],
      ]),
      y: tensor([
        [4, 12],
        [15, 0],
      ]),
    };
    const many = vmap(grad(f))(rows);
    expect(many.x.toArray()).toEqual(vmap(grad(plain))(rows).x.toArray());
    const one = vmap((y: Tensor) => polar({ x: at.x, y }).parts[0])(rows.y);
    expect(one?.toArray()).toEqual([
      [6, 10],
      [6, 10],
    ]);
    checkGrads(f, [at]);
    const [, along] = jvp(polar, [at], [{ x: tensor([1, 0]), y: tensor([0, 1]) }]);
    expect(along.r.toArray()).toEqual([Math.fround(3 / 5), Math.fround(12 / 13)]);
    expect(() =>
      customVjp(
        (x: Tensor) => [x, 2] as const,
        () => [],
      )(tensor(1)),
    ).toThrow('customVjp: invalid leaf: expected Tensors, got 2 at the result[1]');
    expect(() =>
      customVjp(
        (_x: Tensor) => ({}),
        () => [],
      )(tensor(1)),
    ).toThrow('customVjp: empty result');
    expect(() =>
      customVjp(
        (_x: Tensor) => 3,
        () => [],
      )(tensor(1)),
    ).toThrow('customVjp: invalid result of the function: expected a Tensor or a tree of Tensors, got 3');
  });
  test('may use the inputs and the result, and is differentiated again', () => {
    const mySin = customVjp(
      (x: Tensor) => sin(x),
      (ct, [x]) => [ct.mul(sin(x.add(Math.PI / 2)))],
    );
    checkGrads((x: Tensor) => mySin(mySin(x)), [tensor([0.1, 0.7])]);
  });
  test('may take derivatives itself: a root by Newton steps, differentiated as an implicit function', () => {
    const f = (y: Tensor, a: Tensor): Tensor => square(y).sub(a);
    const root = customVjp(
      (a: Tensor) => {
        let y = onesLike(a);
        for (let i = 0; i < 6; i++) y = y.sub(f(y, a).div(grad((v: Tensor) => sum(f(v, a)))(y)));
        return y;
      },
      (ct, _inputs, y) => [ct.div(y.mul(2))],
    );
    const slope = grad((a: Tensor) => sum(root(a)))(tensor([2, 4])).toArray() as number[];
    expect(slope[0]).toBeCloseTo(Math.SQRT1_2 / 2, 6);
    expect(slope[1]).toBe(0.25);
    expect(jit(grad((a: Tensor) => sum(root(a))))(tensor([2, 4])).toArray()).toEqual(slope);
    checkGrads((a: Tensor) => root(a), [tensor([2, 3])]);
  });
  test('refuses functions that close over what is being differentiated', () => {
    const scaledBy = (c: Tensor) =>
      customVjp(
        (x: Tensor) => x.mul(c),
        (ct) => [ct],
      );
    const message =
      'customVjp: differentiated value in a closure: expected it as an argument, got it from outside of the function';
    expect(() => grad((c: Tensor) => scaledBy(c)(tensor(2)))(tensor(3))).toThrow(message);
    expect(() => grad((c: Tensor) => scaledBy(c)(c))(tensor(3))).toThrow(message);
    const hidden = (c: Tensor) =>
      customVjp(
        (x: Tensor) => grad((y: Tensor) => square(y).mul(c))(x),
        (ct) => [ct],
      );
    expect(() => grad((c: Tensor) => hidden(c)(tensor(2)))(tensor(3))).toThrow(message);
    expect(grad((x: Tensor) => scaledBy(tensor(3))(x))(tensor(2)).item()).toBe(1);
  });
});
