/** The shapes of tensors cannot be changed, however the tensors are made. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, grad, jit, random, sum, tensor, vmap, zeros } from '../../src/index.ts';
import { float64Tensor } from '../../src/reference/in-float64.ts';
import { cases, make } from '../cases.ts';

/** Returns x, whose shape has to be frozen. */
const checked = (x: Tensor): Tensor => {
  expect(Object.isFrozen(x.shape)).toBe(true);
  return x;
};

describe('the shape of a tensor is frozen', () => {
  test('in tensors that are created', () => {
    const sizes = [2, 3];
    const key = random.key(0);
    const created = [
      tensor(1),
      tensor([[1, 2]]),
      tensor(Float64Array.of(1, 2)),
      tensor(Float32Array.of(1, 2), undefined, { copy: false }),
      tensor([1, 2, 3, 4, 5, 6], sizes),
      ...[zeros(sizes), m.ones(sizes), m.full(sizes, 2), m.full(sizes, tensor(2))],
      ...[m.eye(2), m.arange(3), m.linspace(0, 1, 3), m.zerosLike(tensor([1])), m.reshape(zeros([6]), sizes)],
      ...[
        random.normal(key, sizes),
        random.permutation(key, 5),
        random.key(1).words,
        random.keys(key, 3).words,
      ],
      ...[float64Tensor(sizes, [1, 2, 3, 4, 5, 6]), m.add(1, 2)],
    ];
    created.forEach(checked);
    expect(Object.isFrozen(random.keys(key, 3).shape)).toBe(true);
    expect(Object.isFrozen(sizes)).toBe(false);
    expect(() => ((created[1].shape as number[])[0] = 7)).toThrow(TypeError);
  });

  test('in the results of all ops, and in what transformed functions see', () => {
    for (const { f, args, order } of cases) {
      const xs = args.map((argument, i) => make(argument, i));
      const seen = (...inside: Tensor[]): Tensor => checked(f(...inside.map(checked)));
      checked(seen(...xs));
      checked(jit(seen)(...xs));
      checked(vmap(seen)(...xs.map((x) => m.expandDims(x, 0))));
      if (order === 0) continue;
      const gradient = grad((...inside: Tensor[]) => sum(seen(...inside)));
      checked(gradient(...xs));
      checked(jit(gradient)(...xs));
      checked(grad((...inside: Tensor[]) => sum(jit(seen)(...inside)))(...xs));
    }
  });

  test('in loops, branches and functions with gradient rules', () => {
    const xs = zeros([4, 2]);
    const step = (carry: Tensor, x: Tensor): [Tensor, Tensor] => [
      checked(m.add(carry, checked(x))),
      checked(carry),
    ];
    const loop = (init: Tensor): Tensor => {
      const [last, all] = m.scan(step, init, xs);
      checked(all);
      return sum(checked(last));
    };
    const whole = (x: Tensor): Tensor =>
      m.remat(loop)(
        m.cond(
          tensor(1),
          (y) => checked(m.mul(checked(y), 2)),
          (y) => y,
          x,
        ),
      );
    const x = zeros([2]);
    checked(grad(whole)(x));
    checked(jit(grad(whole))(x));
    checked(vmap(grad(whole))(zeros([3, 2])));
    checked(
      m.whileLoop(
        (y) => m.less(sum(y), 3),
        (y) => checked(m.add(checked(y), 1)),
        x,
      ),
    );
    const rule = m.customVjp(
      (y: Tensor) => checked(m.mul(checked(y), 2)),
      (ct: Tensor) => [checked(ct)],
    );
    checked(grad((y: Tensor) => sum(rule(y)))(x));
    m.jvp(whole, [x], [x]).forEach(checked);
    checked(m.hessian(whole)(x));
  });
});
