/** What compiled functions, traced values and donated tensors print. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import {
  type Tensor,
  add,
  exp,
  jit,
  matmul,
  mul,
  ones,
  random,
  relu,
  tanh,
  tensor,
} from '../../src/index.ts';

describe('toString', () => {
  test('shows equations, kernels and memory', () => {
    const f = jit(function layer(x: Tensor, w: Tensor) {
      return relu(matmul(x, w).add(1));
    });
    f(m.ones([4, 3]), m.ones([3, 5]));
    expect(String(f)).toMatchInlineSnapshot(`
      "jit(layer), form 1 of 1
      equations (6), with offsets in 768 bytes of memory:
        %0 @0 = input 0 [4, 3]
        %1 @128 = input 1 [3, 5]
        %2 @384 = matmul %0 %1 [4, 5]
        %3 @256 = constant 1 []
        %4 = add %2 %3 [4, 5]
        %5 @576 = relu %4 [4, 5]
      kernels (1):
        %5 ← matmul → add → relu (%0 %1 %3)"
    `);
  });
});

describe('toString of larger functions', () => {
  test('shows the body of loops once', () => {
    const f = jit((x: Tensor) =>
      m.scan((c: Tensor, e: Tensor) => [tanh(add(c, e)), c] as const, x, m.ones([50, 3])),
    );
    f(m.ones([3]));
    expect(String(f)).toContain('50 times, from the first to the last:');
    expect(String(f).split('tanh').length).toBe(3);
    const g = jit((x: Tensor) => m.cond(m.less(x, 0), exp, tanh, x));
    g(tensor(1));
    expect(String(g)).toMatch(/if true:[^]*exp[^]*if false:[^]*tanh/);
  });
  test('names what each kernel does and reads, in time', () => {
    const f = jit((v: Tensor) => {
      const y = exp(tanh(matmul(v, v)));
      return [m.argmax(y), add(y, 1)];
    });
    f(m.ones([3, 3]));
    expect(String(f)).toMatch(/← argmax \(%\d\)/);
    const doubling = jit((v: Tensor) => {
      let y = v;
      for (let i = 0; i < 60; i++) y = mul(y, tanh(y));
      return m.argmax(y);
    });
    doubling(m.ones([3]));
    expect(String(doubling)).toContain('argmax');
  });
});

describe('tensors that have no elements to show', () => {
  test('are printed in words', () => {
    let seen = '';
    const step = jit(
      function step(x: Tensor, key: random.Key) {
        seen = `${x} ${key}`;
        return mul(x, 2);
      },
      { donate: 0 },
    );
    const x = tensor([1, 2]);
    step(x, random.key(0));
    expect(seen).toBe(
      'Tensor [2] (a value that is not known while step is compiled) Key (a value that is not known while step is compiled)',
    );
    expect(String(x)).toBe('Tensor [2] (argument 0 was donated to step)');
  });
  test('are written as JSON with their elements, or not at all', () => {
    const doubled = jit((x: Tensor) => mul(x, 2))(ones([2, 200]));
    expect(JSON.parse(JSON.stringify({ doubled })).doubled).toEqual(doubled.toArray());
    expect(JSON.stringify(random.key(7))).toBe('[0,7]');
    const given = tensor([1]);
    jit((x: Tensor) => mul(x, 2), { donate: 0 })(given);
    expect(() => JSON.stringify(given)).toThrow('was donated');
  });
});
