/** The time to compile grows with the length of a program, not with its square. */
import { expect, test } from 'vitest';
import {
  add,
  grad,
  jit,
  matmul,
  mul,
  ones,
  random,
  softmax,
  sum,
  type Tensor,
  tanh,
} from '../../src/index.ts';

const w = mul(random.normal(random.key(0), [8, 8]), 0.1);

const compileTime = (length: number): number => {
  const chain = (x: Tensor): Tensor => {
    let h = x;
    for (let i = 0; i < length; i++) h = softmax(tanh(add(matmul(h, w), x)));
    return sum(h);
  };
  const started = performance.now();
  jit(grad(chain))(ones([2, 8]));
  return performance.now() - started;
};

test('of products, maps and reductions in a row', () => {
  compileTime(200);
  // Twice what is linear; the square would be 64.
  expect(compileTime(1600) / compileTime(200)).toBeLessThan(16);
});
