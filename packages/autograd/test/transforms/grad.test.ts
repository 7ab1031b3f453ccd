import { describe, expect, test } from 'vitest';
import {
  add,
  checkGrads,
  clip,
  customVjp,
  exp,
  grad,
  hessian,
  hvp,
  jacobian,
  jit,
  jvp,
  matmul,
  mul,
  onesLike,
  sin,
  stopGradient,
  sum,
  tanh,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
  vjp,
  zeros,
} from '../src/index.ts';

const square = (x: Tensor): Tensor => x.mul(x);

describe('grad', () => {
  test('gives a tree of the form of its argument', () => {
    const loss = ({ w, layers }: { w: Tensor; layers: Tensor[] }): Tensor =>
      sum(w.mul(layers[0])).add(sum(square(layers[1])));
    const gradient = grad(loss)({ w: tensor([1, 2]), layers: [tensor([3, 4]), tensor(5)] });
    expect(tree.map((x) => x.toArray(), gradient)).toEqual({ w: [3, 4], layers: [[1, 2], 10] });
  });
  test('of an argument that does not matter is zero', () => {
    expect(
      grad((x: Tensor, y: Tensor) => y.mul(2).add(x.mul(0)), { argnums: 0 })(tensor(1), tensor(2)).item(),
    ).toBe(0);
    expect(grad((_x: Tensor) => tensor(3))(tensor([1, 2])).toArray()).toEqual([0, 0]);
  });
  test('tells two arguments apart that are the same tensor', () => {
    const t = tensor(3);
    const [a, b] = grad((x: Tensor, y: Tensor) => x.mul(x).mul(y), { argnums: [0, 1] })(t, t);
    expect([a.item(), b.item()]).toEqual([18, 9]);
    expect(grad((x: Tensor) => x.mul(t))(t).item()).toBe(3);
  });
  test('nests without confusing the levels', () => {
    const inner = (x: Tensor): Tensor => grad((y: Tensor) => x.mul(y).mul(y))(x);
    expect(grad((x: Tensor) => x.mul(inner(x)))(tensor(2)).item()).toBe(24);
    expect(grad((x: Tensor) => x.mul(grad((y: Tensor) => x.add(y))(tensor(1))))(tensor(5)).item()).toBe(1);
    const fourth = [grad, grad, grad].reduce(
      (f, d) => d(f),
      grad((x: Tensor) => sin(x)),
    );
    expect(fourth(tensor(1)).item()).toBe(sin(tensor(1)).item());
  });
  test('accumulates over a value used many times', () => {
    const f = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 5000; i++) y = y.add(x);
      return y;
    };
    expect(grad(f)(tensor(1)).item()).toBe(5001);
  });
  test('stops at stopGradient', () => {
    expect(grad((x: Tensor) => x.mul(stopGradient(x)))(tensor(3)).item()).toBe(3);
  });
  test('with hasAux passes other results through', () => {
    const [[value, aux], gradient] = valueAndGrad(
      (x: Tensor) => [square(x), { twice: x.mul(2), name: 'n' }] as const,
      { hasAux: true },
    )(tensor(3));
    expect([value.item(), aux.twice.item(), aux.name, gradient.item()]).toEqual([9, 6, 'n', 6]);
    expect(aux.twice.record).toBeUndefined();
  });
  test('leaves no record behind', () => {
    const [value, gradient] = valueAndGrad(square)(tensor(2));
    expect([value.record, gradient.record]).toEqual([undefined, undefined]);
    expect(square(tensor(2)).record).toBeUndefined();
  });
  test('leaves everything usable after a throw inside the function', () => {
    const w = tensor([1, 2]);
    expect(() => grad((x: Tensor) => sum(matmul(x, tensor([1, 2, 3]))))(w)).toThrow('matmul');
    expect(w.add(1).record).toBeUndefined();
    expect(grad((x: Tensor) => sum(square(x)))(w).toArray()).toEqual([2, 4]);
  });
  test('works on frozen and readonly parameters', () => {
    const params: { readonly w: Tensor } = Object.freeze({ w: tensor(2) });
    expect(grad(({ w }: { readonly w: Tensor }) => square(w))(params).w.item()).toBe(4);
  });
});

describe('vjp, jvp, jacobian, hessian and hvp', () => {
  const f = (x: Tensor): Tensor => mul(sin(x), exp(x));
  const x = tensor([0.3, -1.2]);
  test('vjp pulls back more than once', () => {
    const [value, pullback] = vjp((a: Tensor, b: Tensor) => a.mul(b), tensor([1, 2]), tensor([3, 4]));
    expect(value.toArray()).toEqual([3, 8]);
    expect(pullback(tensor([1, 0])).map((t) => t.toArray())).toEqual([
      [3, 0],
      [1, 0],
    ]);
    expect(pullback(tensor([0, 1])).map((t) => t.toArray())).toEqual([
      [0, 4],
      [0, 2],
    ]);
  });
  test('jvp is the derivative along a direction', () => {
    const [value, slope] = jvp(square, [tensor([1, 2])], [tensor([1, 10])]);
    expect([value.toArray(), slope.toArray()]).toEqual([
      [1, 4],
      [2, 40],
    ]);
    expect(slope.record).toBeUndefined();
  });
  test('jacobian holds the derivative of every output by every input', () => {
    expect(
      jacobian((v: Tensor) =>
        matmul(
          tensor([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
          v,
        ),
      )(x).toArray(),
    ).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(jacobian((v: Tensor) => v)(zeros([0])).shape).toEqual([0, 0]);
  });
  test('hvp is the hessian times the vector', () => {
    const g = (v: Tensor): Tensor => sum(f(v)).mul(sum(v));
    const v = tensor([2, -1]);
    const expected = matmul(hessian(g)(x), v).data;
    hvp(g, x, v).data.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
  });
  test('a pullback inside of a derivative is differentiated', () => {
    const h = (v: Tensor): Tensor => {
      const [, pullback] = vjp(square, v);
      return sum(pullback(tensor([1, 1]))[0]);
    };
    expect(grad(h)(x).toArray()).toEqual([2, 2]);
  });
});

describe('customVjp', () => {
  const clipped = customVjp(
    (x: Tensor) => x,
    (ct) => [clip(ct, -1, 1)],
  );
  test('replaces the gradient rule', () => {
    expect(clipped(tensor(5)).item()).toBe(5);
    expect(grad((x: Tensor) => clipped(x).mul(100))(tensor(5)).item()).toBe(1);
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
      'customVjp: the function must not close over a value that is being differentiated: make it an argument';
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

describe('checkGrads', () => {
  test('finds a wrong rule and says where', () => {
    const wrong = customVjp(
      (x: Tensor) => tanh(x),
      (ct) => [ct],
    );
    expect(() => checkGrads(({ w }: { w: Tensor }) => wrong(w), [{ w: tensor([1, 2]) }])).toThrow(
      /^checkGrads: gradient of argument 0 at w: reverse mode .*, central difference .*, error .*, along \[-?0\.\d+, -?0\.\d+\] of shape \[2\];/,
    );
  });
  test('finds a rule that is wrong at second order only', () => {
    const halfRight = customVjp(
      (x: Tensor) => mul(x, mul(x, x)),
      (ct, [x]) => [ct.mul(stopGradient(mul(3, mul(x, x))))],
    );
    expect(() => checkGrads(halfRight, [tensor([1, 2])], { order: 1 })).not.toThrow();
    expect(() => checkGrads(halfRight, [tensor([1, 2])])).toThrow('second derivative');
    expect(() => checkGrads(halfRight, [tensor([1, 2])], { seed: 7 })).toThrow('second derivative');
  });
  test('accepts what is right', () => {
    expect(() =>
      checkGrads((a: Tensor, b: Tensor) => add(a, mul(b, b)), [tensor(1), tensor([2, 3])]),
    ).not.toThrow();
  });
});
