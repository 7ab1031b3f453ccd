/** What the type checker must accept and reject. */
import { expect, test } from 'vitest';
import {
  type NotDifferentiable,
  type Tensor,
  grad,
  mul,
  sum,
  tanh,
  tensor,
  tree,
  valueAndGrad,
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
