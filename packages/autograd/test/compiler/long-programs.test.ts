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

// A pause of the machine can make one measurement several times as long, so there are three tries.
test('of products, maps and reductions in a row', { retry: 2 }, () => {
  compileTime(200);
  const short = Math.min(compileTime(200), compileTime(200));
  // Three times what is linear; the square would be 64.
  expect(compileTime(1600) / short).toBeLessThan(24);
});
