/** foriLoop: at once, compiled, differentiated. */
import { describe, expect, test } from 'vitest';
import { type Tensor, add, foriLoop, grad, jit, mul, tensor, vmap } from '../../src/index.ts';

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
  test('says what to use where the number of steps is a tensor', () => {
    expect(() => foriLoop(0, tensor(3) as never, (_i, v: Tensor) => v, tensor(0))).toThrow(
      'foriLoop: invalid upper: expected an integer that is known in advance, got a Tensor; use whileLoop',
    );
  });
});
