/** Fused kernels give the same bits, whatever is fused. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import {
  type Tensor,
  exp,
  grad,
  jit,
  matmul,
  max,
  mul,
  random,
  relu,
  reshape,
  slice,
  sum,
  tensor,
  transpose,
} from '../../src/index.ts';
import { bits } from './bits.ts';

describe('jit of large tensors', () => {
  test('gives the same bits for long reductions, along each axis', () => {
    const x = random.normal(random.key(1), [1500, 1000]);
    const f = (y: Tensor): Tensor[] => [sum(y), sum(y, { axis: 0 }), sum(mul(y, y), { axis: 1 }), max(y)];
    expect(bits(jit(f)(x))).toEqual(bits(f(x)));
    const cube = reshape(x, [30, 50, 1000]);
    const g = (y: Tensor): Tensor => sum(exp(y), { axis: [0, 2] });
    expect(bits(jit(g)(cube))).toEqual(bits(g(cube)));
  });
  test('gives the same bits for products of several blocks with what follows them', () => {
    const [a, b, c] = [[300, 700], [700, 600], [600]].map((shape, i) => random.normal(random.key(i), shape));
    const f = (x: Tensor, y: Tensor, z: Tensor): Tensor => relu(matmul(x, y).add(z));
    expect(bits(jit(f)(a, b, c))).toEqual(bits(f(a, b, c)));
    expect(String(jit(f))).toContain('not compiled yet');
  });
});

describe('jit of matrix products beside other views of them', () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const square2 = tensor([
    [1, 0],
    [0, 2],
  ]);
  const views: Readonly<Record<string, [(x: Tensor) => unknown, Tensor]>> = {
    'a transpose that is reshaped': [(v) => matmul(reshape(transpose(v), [2, 3]), m.eye(3)), x],
    'a transpose that is reshaped, on the right': [(v) => matmul(m.eye(2), reshape(transpose(v), [2, 3])), x],
    'a part of a transpose': [(v) => matmul(slice(transpose(v), [0, 2]), m.eye(2)), x],
    'transposes of both': [(v) => matmul(transpose(v), transpose(reshape(v, [3, 2]))), x],
    'a search in the product': [
      (v) => {
        const product = matmul(v, v);
        return [m.argmax(product), mul(product, 2)];
      },
      square2,
    ],
    'elements taken from a view of the product': [
      (v) => {
        const product = matmul(v, v);
        return [m.take(reshape(product, [4]), [3]), relu(product)];
      },
      square2,
    ],
    'running sums of a part of the product': [
      (v) => {
        const product = matmul(v, transpose(v));
        return [m.cumsum(slice(product, [1, 2]), { axis: 0 }), exp(product)];
      },
      x,
    ],
  };
  test.each(Object.entries(views))('gives the same bits for %s', (_name, [f, argument]) => {
    expect(bits(jit(f)(argument))).toEqual(bits(f(argument)));
  });

  test('does not compute a transpose that the product does without', () => {
    const f = jit((a: Tensor, b: Tensor) => matmul(transpose(a), b));
    f(x, x);
    expect(String(f)).toContain('kernels (1)');
  });
  test('compiles long chains of costly functions', () => {
    const chain = (v: Tensor): Tensor => Array.from({ length: 600 }).reduce<Tensor>((y) => m.sin(y), v);
    expect(bits(jit(chain)(x))).toEqual(bits(chain(x)));
  });
  test('compiles several such chains that meet', () => {
    const chain = (v: Tensor): Tensor => Array.from({ length: 99 }).reduce<Tensor>((y) => m.tan(y), v);
    const f = (v: Tensor): Tensor => m.where(chain(m.flip(v)), chain(v), chain(v.mul(2)));
    expect(bits(jit(f)(x))).toEqual(bits(f(x)));
  });
  test('reads few operands in one kernel', () => {
    const f = jit((...args: Tensor[]) => {
      const sums = [0, 1, 2].map((third) => args.slice(9 * third, 9 * third + 9).reduce(m.add));
      return m.where(sums[0], sums[1], sums[2]);
    });
    const args = Array.from({ length: 27 }, (_, i) => m.full([20], i));
    expect(f(...args).data[19]).toBe(9 * 13);
    for (const [, reads] of String(f).matchAll(/ ← .* \((.*)\)/g))
      expect(reads.split(' ').length).toBeLessThanOrEqual(10);
  });
  test('compiles what is nested very deeply, and what has very many parts', () => {
    const repeat = (n: number, f: (v: Tensor) => Tensor, v: Tensor): Tensor =>
      Array.from({ length: n }).reduce<Tensor>(f, v);
    expect(jit((v: Tensor) => repeat(2500, (y) => transpose(y), v))(x).shape).toEqual(x.shape);
    const ends = jit((v: Tensor) => sum(repeat(12_000, (y) => slice(y, [1, null]), v)));
    expect(ends(m.ones([12_005])).item()).toBe(5);
    const parts = jit((v: Tensor) => sum(m.concatenate(new Array<Tensor>(130_000).fill(v))));
    expect(parts(m.ones([1])).item()).toBe(130_000);
    const many = Array.from({ length: 130_000 }, () => tensor(1));
    expect(jit((leaves: Tensor[]) => leaves[0].mul(leaves[1]))(many).item()).toBe(1);
    expect(grad((leaves: Tensor[]) => leaves[0].mul(leaves[1]))(many)[1].item()).toBe(1);
  });
});
