import { describe, expect, test } from 'vitest';
import {
  type Tensor,
  grad,
  matmul,
  sin,
  stopGradient,
  sum,
  tensor,
  tree,
  valueAndGrad,
} from '../../src/index.ts';

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
