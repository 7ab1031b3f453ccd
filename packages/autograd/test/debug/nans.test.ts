import { afterEach, describe, expect, test } from 'vitest';
import {
  NonFiniteError,
  type Tensor,
  add,
  customVjp,
  debugKeys,
  debugNaNs,
  div,
  exp,
  grad,
  jit,
  log,
  matmul,
  mul,
  ones,
  pow,
  random,
  sqrt,
  sub,
  sum,
  tensor,
  valueAndGrad,
  zeros,
} from '../../src/index.ts';

afterEach(() => {
  debugNaNs(false);
  debugKeys(false);
});

const messageOf = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

/** The line of this file that a message names first. */
const lineOf = (message: string): string => {
  const line = /\w+\.test\.ts:(\d+)/.exec(message)?.[1];
  return LINES[Number(line) - 1] ?? '';
};

const LINES = (await import('node:fs')).readFileSync(new URL(import.meta.url), 'utf8').split('\n');

describe('debugNaNs', () => {
  test('names the op, the element, the operands and the line', () => {
    debugNaNs(true);
    const x = tensor([
      [1, 2],
      [0, 3],
    ]);
    const message = messageOf(() => log(x)); // here is log
    expect(message).toMatch(
      /^log: -Infinity at \[1, 0\] of a result of shape \[2, 2\], from finite operands of shape \[2, 2\] \(there 0\), at /,
    );
    expect(lineOf(message)).toContain('// here is log');
    expect(() => log(x)).toThrow(NonFiniteError);
  });
  test('shows the values of operands that broadcast', () => {
    debugNaNs(true);
    expect(messageOf(() => div(ones([2, 3]), tensor([[1], [0]])))).toMatch(
      /^div: Infinity at \[1, 0\] of .* from finite operands of shape \[2, 3\] and \[2, 1\] \(there 1 and 0\)/,
    );
    expect(messageOf(() => mul(tensor([1e30]), 1e30))).toMatch(/^mul: Infinity at \[0\]/);
    expect(messageOf(() => matmul(tensor([[1e30]]), tensor([[1e30]])))).toMatch(
      /^matmul: Infinity at \[0, 0\]/,
    );
  });
  test('finds the op in the gradient and the line of the op that is differentiated', () => {
    debugNaNs(true);
    const loss = (x: Tensor): Tensor => {
      const root = sqrt(x); // here is sqrt
      return sum(root);
    };
    const message = messageOf(() => grad(loss)(tensor([4, 0])));
    expect(message).toMatch(/^div: Infinity at \[1\] .*, in the gradient of sqrt, at /);
    expect(lineOf(message)).toContain('// here is sqrt');
  });
  test('leaves alone what was not finite before, keys, and what is finite', () => {
    debugNaNs(true);
    expect(add(tensor([Infinity, NaN]), 1).toArray()).toEqual([Infinity, NaN]);
    expect(mul(tensor([Infinity, 2]), 2).toArray()).toEqual([Infinity, 4]);
    expect(messageOf(() => sub(tensor([1, Infinity]), Infinity))).toMatch(
      /^sub: NaN at \[1\] of a result of shape \[2\], from operands of shape \[2\] and \[\] \(there Infinity and Infinity\)/,
    );
    for (let seed = 0; seed < 300; seed++) {
      const [a, b] = random.split(random.key(seed * 7919));
      random.bits(a, [4]);
      random.normal(b, [4]);
    }
    expect(jit((key: random.Key) => random.split(key))(random.key(1)).length).toBe(2);
  });
  test('does not trip over infinities that are meant, or dropped', () => {
    debugNaNs(true);
    expect(grad((x: Tensor) => sum(pow(x, 0)))(zeros([3])).toArray()).toEqual([0, 0, 0]);
    const p = tensor([0, 0.5, 0.5, 0, 0]);
    const chosen = random.choice(random.key(0), 5, { p, replace: false, shape: [2] }).toArray();
    expect((chosen as number[]).sort()).toEqual([1, 2]);
  });
  test('is off by default and again afterwards', () => {
    debugNaNs(true);
    debugNaNs(false);
    expect(log(0).item()).toBe(-Infinity);
    expect(jit((x: Tensor) => log(x))(tensor([0])).toArray()).toEqual([-Infinity]);
  });
  test('refuses what is no boolean', () => {
    expect(() => debugNaNs(1 as never)).toThrow('debugNaNs: invalid enabled: expected true or false, got 1');
  });

  const step = (w: Tensor, x: Tensor): { w: Tensor; loss: Tensor } => {
    const [loss, gradient] = valueAndGrad((v: Tensor) => {
      const scaled = mul(v, x);
      return sum(exp(scaled)); // here is exp
    })(w);
    return { w: sub(w, mul(gradient, 0.1)), loss };
  };
  test('finds the op in a compiled function', () => {
    debugNaNs(true);
    const compiled = jit(step);
    expect(compiled(tensor([1, 2]), tensor([1, 1])).loss.item()).toBeCloseTo(Math.E + Math.E ** 2, 5);
    const message = messageOf(() => compiled(tensor([1, 2]), tensor([1, 100])));
    expect(message).toMatch(/^exp: Infinity at \[1\] of .* \(there 200\), at /);
    expect(lineOf(message)).toContain('// here is exp');
  });
  test("leaves arguments as they were, donated ones in the function's memory, too", () => {
    debugNaNs(true);
    const compiled = jit(step, { donate: 0 });
    const size = 1000;
    const start = Float32Array.from({ length: size }, (_, i) => i / size);
    let w = tensor(start);
    for (let i = 0; i < 3; i++) w = compiled(w, ones([size])).w;
    debugNaNs(false);
    const plain = jit(step);
    let expected = tensor(start);
    for (let i = 0; i < 3; i++) expected = plain(expected, ones([size])).w;
    debugNaNs(true);
    expect(() => compiled(w, mul(ones([size]), 1000))).toThrow(NonFiniteError);
    expect([...w.data]).toEqual([...expected.data]);
    // And it goes on.
    const [next, expectedNext] = [compiled(w, ones([size])), plain(expected, ones([size]))];
    expect([...next.w.data]).toEqual([...expectedNext.w.data]);
    expect(() => w.data).toThrow('was donated to step');
  });
  test('changes no bit of a compiled function, and passes on what was not finite before', () => {
    const compiled = jit(step);
    const args = [random.normal(random.key(0), [400]), random.normal(random.key(1), [400])] as const;
    const a = compiled(...args);
    debugNaNs(true);
    const b = compiled(...args);
    expect([...a.w.data, a.loss.item()]).toEqual([...b.w.data, b.loss.item()]);
    expect(compiled(tensor([NaN]), tensor([1])).loss.item()).toBeNaN();
    expect(jit(() => tensor([Infinity]))().item()).toBe(Infinity);
    const unused = jit((_x: Tensor, y: Tensor) => y);
    expect(unused(zeros([0]), tensor([3])).item()).toBe(3);
  });
  test("finds the op in rules of one's own", () => {
    debugNaNs(true);
    const f = customVjp(
      (x: Tensor) => mul(x, 2),
      (ct: Tensor) => [div(ct, 0)],
    );
    expect(messageOf(() => grad((x: Tensor) => sum(f(x)))(tensor([1])))).toMatch(
      /^div: Infinity at \[0\] .*, in the gradient of customVjp/,
    );
  });
});
