/** Products with Jacobians and Hessians, and these themselves. */
import { describe, expect, test } from 'vitest';
import {
  type Tensor,
  exp,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  matmul,
  mul,
  sin,
  sum,
  tensor,
  vjp,
  zeros,
} from '../../src/index.ts';

const square = (x: Tensor): Tensor => x.mul(x);

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
