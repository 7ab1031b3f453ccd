/** whileLoop: at once, compiled, in batches. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, add, grad, greater, jit, less, mul, tensor, vmap, whileLoop } from '../../src/index.ts';

const numbers = tensor([-3, -0.5, 0.5, 2, 5]);
const each = <T>(f: (x: Tensor) => T): T[] => [...numbers.data].map((x) => f(tensor(x)));

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
