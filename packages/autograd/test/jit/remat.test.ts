/** remat: the same results and derivatives, with less kept. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, grad, jit, mul, random, remat, sin, sum, vmap } from '../../src/index.ts';
import { makeGraph } from '../../src/jit/make-graph.ts';

describe('remat', () => {
  const w = random.normal(random.key(1), [4]);
  const plain = (x: Tensor): Tensor => sum(sin(mul(sin(mul(x, w)), x)));
  const again = remat(plain);
  test('has the values and derivatives of the function', () => {
    const x = random.normal(random.key(2), [4]);
    expect(again(x)).toEqual(plain(x));
    expect(grad(again)(x)).toEqual(grad(plain)(x));
    expect(jit(grad(again))(x)).toEqual(grad(plain)(x));
    const second = (f: typeof plain) => grad((v: Tensor) => sum(mul(grad(f)(v), v)));
    second(again)(x).data.forEach((value, i) => expect(value).toBeCloseTo(second(plain)(x).data[i], 4));
    const batch = random.normal(random.key(3), [3, 4]);
    expect(vmap(grad(again))(batch)).toEqual(vmap(grad(plain))(batch));
  });
  test('differentiates by what the function closes over', () => {
    const f = (p: Tensor): Tensor => remat((x: Tensor) => sum(mul(sin(p), x)))(w);
    expect(grad(f)(w)).toEqual(grad((p: Tensor) => sum(mul(sin(p), w)))(w));
  });
  test('computes again in compiled code', () => {
    const count = (f: typeof plain): number => {
      const graph = makeGraph(m.valueAndGrad(f))(w);
      return [...graph].filter(({ op }) => op === 'sin').length;
    };
    expect([count(plain), count(again)]).toEqual([2, 3]);
  });
});
