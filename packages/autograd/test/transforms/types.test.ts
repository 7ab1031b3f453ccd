/** What the type checker must accept and reject. */
import { expect, test } from 'vitest';
import {
  type NotDifferentiable,
  type Tensor,
  cond,
  grad,
  jacobian,
  jit,
  jvp,
  mul,
  remat,
  sum,
  tanh,
  tensor,
  tree,
  valueAndGrad,
  vjp,
  vmap,
} from '../../src/index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isExactly = <A, B>(_same: Equal<A, B>): void => {};

interface Params {
  readonly hidden: { readonly kernel: Tensor; readonly bias: Tensor };
  readonly scales: readonly [Tensor, Tensor];
}

const params: Params = { hidden: { kernel: tensor(1), bias: tensor(2) }, scales: [tensor(3), tensor(4)] };
const loss = (p: Params, x: Tensor, label: string): Tensor => p.hidden.kernel.mul(x).add(label.length);

test('grad returns the type of its argument', () => {
  const g = grad(loss)(params, tensor(1), 'label');
  isExactly<typeof g, Params>(true);
  const [value, gradient] = valueAndGrad(loss)(params, tensor(1), 'label');
  isExactly<typeof value, Tensor>(true);
  isExactly<typeof gradient, Params>(true);
  const second = grad(loss, { argnums: 1 })(params, tensor(1), '');
  isExactly<typeof second, Tensor>(true);
  const both = grad(loss, { argnums: [1, 0] })(params, tensor(1), '');
  isExactly<typeof both, [Tensor, Params]>(true);
  const [[, aux]] = valueAndGrad((p: Params) => [p.hidden.bias, { count: 3 }] as const, { hasAux: true })(
    params,
  );
  isExactly<typeof aux, { readonly count: 3 }>(true);
  expect(g.hidden.kernel.item()).toBe(1);
});

test('functions of operands are differentiated by tensors', () => {
  const slope = grad(tanh)(tensor(0));
  isExactly<typeof slope, Tensor>(true);
  expect(slope.item()).toBe(1);
  expect(grad(sum)(tensor([1, 2]), { axis: 0 }).toArray()).toEqual([1, 1]);
  const both = grad(mul, { argnums: [0, 1] })(tensor(2), tensor(3));
  isExactly<typeof both, [Tensor, Tensor]>(true);
  expect(valueAndGrad(tanh)(tensor(0))[0].item()).toBe(0);
});

test('tree.map keeps the type of the tree', () => {
  const doubled = tree.map((x) => x.mul(2), params);
  isExactly<typeof doubled, Params>(true);
  const numbers = tree.map((x) => x.item(), params);
  isExactly<typeof numbers.hidden.bias, number>(true);
  expect(numbers.scales[1]).toBe(4);
});

/** A training step for parameters of any type, as users write it. */
function descend<P>(cost: (params: P, x: Tensor) => Tensor, params: P, x: Tensor): P {
  const [, gradients] = valueAndGrad(cost)(params, x);
  const [[, count], same] = valueAndGrad((p: P) => [cost(p, x), 3] as const, { hasAux: true })(params);
  isExactly<typeof count, 3>(true);
  return tree.map((w, g, h) => w.sub(g.add(h).mul(0.1)), params, gradients, same);
}

test('generic functions are differentiated without casts', () => {
  const next = descend((p: Params, x: Tensor) => p.hidden.bias.mul(x), params, tensor(5));
  isExactly<typeof next, Params>(true);
  expect(next.hidden.bias.item()).toBe(1);
});

test('arguments without a type are no any, and known from where the function goes', () => {
  // @ts-expect-error a has no type
  expect(() => jit((a) => a.nonsense.more(3))(1)).toThrow(TypeError);
  // @ts-expect-error p has no type
  expect(() => vmap((p, a) => p.foo(a), { inAxes: [null, 0] })(1, 2)).toThrow(TypeError);
  const compiled: (a: Tensor) => Tensor = jit((a) => a.add(1));
  const mapped: (a: Tensor) => Tensor = vmap((a) => a.add(1));
  expect(compiled(mapped(tensor([1]))).toArray()).toEqual([3]);
});

test('compiled functions keep overloads, properties and type parameters', () => {
  function pick(a: Tensor): Tensor;
  function pick(a: Tensor, both: Tensor): [Tensor, Tensor];
  function pick(a: Tensor, both?: Tensor): Tensor | [Tensor, Tensor] {
    return both === undefined ? a : [a, both];
  }
  const x = tensor([1, 2]);
  const [one, two]: [Tensor, [Tensor, Tensor]] = [jit(pick)(x), jit(pick)(x, x)];
  const timed = <F extends (...args: never[]) => unknown>(f: F): F => jit(f);
  const named: { (a: Tensor): Tensor; label?: string } = timed((a: Tensor) => a.add(1));
  const batched: typeof named = vmap(named);
  const same = jit(<T extends Tensor>(a: T): T => a);
  expect([one, two[1], batched(x).data[1], same(x)]).toEqual([x, x, 3, x]);
});

test('lists in results are tuples', () => {
  const [x, y] = [tensor(1), tensor([1, 2])];
  type Pair = [Tensor, { b: Tensor }];
  const f = (a: Tensor): Pair => [a, { b: a }];
  const compiled = jit((a: Tensor) => [a, { b: a }])(x);
  isExactly<typeof compiled, Pair>(true);
  const mapped = vmap((a: Tensor) => [a, { b: a }])(y);
  isExactly<typeof mapped, Pair>(true);
  const [value, pullback] = vjp((a: Tensor) => [a, { b: a }], x);
  isExactly<typeof value, Pair>(true);
  const pushed = jvp((a: Tensor) => [a, { b: a }], [x], [x]);
  isExactly<typeof pushed, [Pair, Pair]>(true);
  const chosen = cond(
    x,
    () => [x, { b: x }],
    () => [x, { b: y }],
  );
  isExactly<typeof chosen, Pair>(true);
  const again = remat((a: Tensor) => [a, { b: a }])(x);
  isExactly<typeof again, Pair>(true);
  const slopes = jacobian((a: Tensor) => [a, { b: a }])(x);
  isExactly<typeof slopes, Pair>(true);
  const [[cost, aux], slope] = valueAndGrad((a: Tensor) => [a, { b: a }], { hasAux: true })(x);
  const [, sameAux] = grad((a: Tensor) => [a, { b: a }], { hasAux: true })(x);
  isExactly<typeof aux, { b: Tensor }>(true);
  isExactly<typeof sameAux, { b: Tensor }>(true);
  expect([compiled, value, chosen, again]).toEqual([f(x), f(x), f(x), f(x)]);
  expect([mapped[1].b, pushed[1][1].b, slopes[1].b.item()]).toEqual([y, x, 1]);
  expect([pullback(f(x))[0].item(), cost.item(), aux.b.item(), slope.item()]).toEqual([2, 1, 1, 1]);
});

/** Never called: its errors are the test. */
export const refused = (): void => {
  // @ts-expect-error -- the gradient has no such key
  grad(loss)(params, tensor(1), '').hidden.weight;
  // @ts-expect-error -- a tree without one of the keys
  grad(loss)({ hidden: params.hidden }, tensor(1), '');
  // @ts-expect-error -- an argument is missing
  grad(loss)(params);
  // @ts-expect-error -- a string cannot be differentiated
  grad(loss, { argnums: 2 })(params, tensor(1), '');
  // @ts-expect-error -- nor a number
  grad((x: number) => tensor(x))(3);
  // @ts-expect-error -- nor a tree with one
  grad((p: { w: Tensor; rate: number }) => p.w)({ w: tensor(1), rate: 3 });
  const wrong = grad((p: { w: Tensor; layers: readonly { rate: number }[] }) => p.w);
  isExactly<typeof wrong, NotDifferentiable<'argument 0.layers[…].rate', number>>(true);
  // @ts-expect-error -- the gradient is at a tensor, also of a function that takes numbers
  grad(tanh)(3);
  // @ts-expect-error -- the function must return a tensor
  grad((_x: Tensor) => 3);
  // @ts-expect-error -- trees of different form
  tree.map((a, b) => a.add(b), params, { hidden: params.hidden });
  // @ts-expect-error -- a tensor is no number
  tensor(1) * 2;
};
