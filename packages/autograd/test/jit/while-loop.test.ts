/** whileLoop: at once, compiled, in batches. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import {
  type Tensor,
  add,
  div,
  grad,
  greater,
  jit,
  jvp,
  less,
  mul,
  scan,
  sub,
  tensor,
  vjp,
  vmap,
  whileLoop,
} from '../../src/index.ts';

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
  test('examples that have ended do not throw for indices behind the end, nor for NaN', () => {
    const jumps = tensor([1, 1, 2, 7]);
    const walk = (start: Tensor, scale: Tensor): Tensor[] =>
      whileLoop(
        ([i]: Tensor[]) => less(i, 4),
        ([i, x]: Tensor[]) => [add(i, m.take(jumps, i)), mul(x, add(i, 1))],
        [start, scale],
      );
    const starts = tensor([0, 3, 9, 2, 4]);
    const expected = [
      [4, 10, 9, 4, 4],
      [6, 4, 1, 3, 1],
    ];
    const both = [vmap(walk), jit(vmap(walk))] as const;
    for (const f of both) expect(f(starts, m.ones([5])).map((x) => x.toArray())).toEqual(expected);
    for (const f of both) expect(f(tensor([7, 9]), m.ones([2]))[0].toArray()).toEqual([7, 9]);
    expect(vmap(walk)(tensor([]), tensor([]))[0].shape).toEqual([0]);
    const tangents = jvp((x: Tensor) => vmap(walk)(starts, x)[1], [m.ones([5])], [m.ones([5])])[1];
    expect(tangents.toArray()).toEqual(expected[1]);
    const fromFive = tensor([0, 5]);
    const outside = (x: Tensor): Tensor =>
      whileLoop(
        (i: Tensor) => less(i, 6),
        (i: Tensor) => add(i, m.take(jumps, i)),
        x,
      );
    expect(() => vmap(outside)(fromFive)).toThrow('got 5 at position 0, in example 1');
    const down = (x: Tensor): Tensor =>
      whileLoop(
        (v: Tensor) => greater(v, 0),
        (v: Tensor) => m.where(less(v, 0.5), 0, sub(v, div(1, v))),
        x,
      );
    m.debugNaNs(true);
    try {
      expect(vmap(down)(tensor([0, 1])).toArray()).toEqual([0, 0]);
    } finally {
      m.debugNaNs(false);
    }
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

describe('tangents of whileLoop', () => {
  /** √a by Newton's method, with the number of steps. */
  const root = (a: Tensor): Tensor =>
    whileLoop(
      ({ x }) => greater(m.abs(sub(mul(x, x), a)), 1e-4),
      ({ x, steps }) => ({ x: mul(0.5, add(x, div(a, x))), steps: add(steps, 1) }),
      { x: add(a, 1), steps: tensor(0) },
    ).x;
  const slope = (f: (a: Tensor) => Tensor, a: Tensor): Tensor => jvp(f, [a], [m.onesLike(a)])[1];
  const [four, numbers] = [tensor(4), tensor([0.25, 1, 2, 9])];
  const expected = [1, 0.5, 1 / (2 * Math.SQRT2), 1 / 6];
  const expectClose = (found: Tensor, values: readonly number[]): void =>
    found.data.forEach((x, i) => expect(x).toBeCloseTo(values[i], 3));

  test('are those of its steps, at once, compiled and in batches', () => {
    const [value, tangent] = jvp(root, [four], [tensor(2)]);
    expectClose(m.stack([value, tangent]), [2, 0.5]);
    const s = (a: Tensor): Tensor => slope(root, a);
    expect(jit(s)(four)).toEqual(s(four));
    expectClose(slope(jit(root), four), [0.25]);
    expectClose(vmap(s)(numbers), expected);
    expectClose(jit(vmap(s))(numbers), expected);
    expectClose(
      slope((a) => vmap(root)(a), numbers),
      expected,
    );
    expectClose(jit((a: Tensor) => slope((b) => vmap(root)(b), a))(numbers), expected);
  });
  test('of higher order, and in other functions', () => {
    const s = (a: Tensor): Tensor => slope(root, a);
    expectClose(slope(s, four), [-1 / 32]);
    expectClose(jit((a: Tensor) => slope(s, a))(four), [-1 / 32]);
    const inScan = (a: Tensor): Tensor =>
      scan((c: Tensor) => [root(add(c, a)), undefined] as const, tensor(0), undefined, { length: 2 })[0];
    const [lower, upper] = [3.999, 4.001].map((x) => Math.sqrt(x + Math.sqrt(x)));
    for (const f of [(a: Tensor) => slope(inScan, a), jit((a: Tensor) => slope(inScan, a))])
      expectClose(f(four), [(upper - lower) / 0.002]);
    expectClose(
      slope((a) => m.remat(root)(mul(a, a)), tensor(3)),
      [1],
    );
    expectClose(
      slope((a) => m.cond(greater(a, 0), root, m.neg, a), four),
      [0.25],
    );
    expectClose(
      slope((a) => m.sin(root(mul(a, 2))), tensor(2)),
      [Math.cos(2) / 2],
    );
  });
  test('of what the loop closes over, and of trees with keys', () => {
    const power = (a: Tensor, key: m.random.Key): Tensor =>
      whileLoop(
        ({ i }) => less(i, 3),
        ({ i, value, key: own }) => ({ i: add(i, 1), value: mul(value, a), key: own }),
        { i: tensor(0), value: tensor(1), key },
      ).value;
    expect(slope((a) => power(a, m.random.key(0)), tensor(2)).item()).toBe(12);
    expect(jit((a: Tensor) => slope((b) => power(b, m.random.key(0)), a))(tensor(2)).item()).toBe(12);
  });
  test('of loops inside of others that depend only on what they close over', () => {
    const doubled = (start: Tensor, limit: Tensor, factor: Tensor): Tensor =>
      whileLoop(
        (v: Tensor) => less(v, limit),
        (v: Tensor) => mul(v, factor),
        start,
      );
    const [one, five, ten] = [tensor(1), tensor(5), tensor(10)];
    const inFori = (a: Tensor): Tensor =>
      m.foriLoop(0, 2, (_i, c: Tensor) => mul(c, doubled(one, ten, a)), a);
    const inWhile = (a: Tensor): Tensor =>
      whileLoop(
        (v: Tensor) => less(v, 100),
        (v: Tensor) => mul(v, doubled(one, ten, a)),
        one,
      );
    // a · (a²)², and a² · a².
    for (const f of [(a: Tensor) => slope(inFori, a), jit((a: Tensor) => slope(inFori, a))])
      expect(f(five).item()).toBe(5 * 5 ** 4);
    for (const f of [(a: Tensor) => slope(inWhile, a), jit((a: Tensor) => slope(inWhile, a))])
      expect(f(five).item()).toBe(4 * 5 ** 3);
    // In the condition alone, it has a gradient of 0.
    const limited = (a: Tensor): Tensor =>
      scan((c: Tensor) => [add(mul(c, a), doubled(one, a, tensor(2))), undefined] as const, a, undefined, {
        length: 2,
      })[0];
    expect([grad(limited)(five).item(), jit(grad(limited))(five).item()]).toEqual([83, 83]);
  });
  test('are not those of a rule that runs a loop', () => {
    const words = 'no gradient: expected a loop whose number of steps is known in advance';
    const triple = (v: Tensor): Tensor =>
      whileLoop(
        ({ i }) => less(i, 1),
        ({ i, x }) => ({ i: add(i, 1), x: mul(x, 3) }),
        { i: tensor(0), x: v },
      ).x;
    const byLoop = m.customVjp(
      (x: Tensor) => mul(x, 5),
      (ct: Tensor) => [add(triple(ct), mul(ct, 2))],
    );
    const byGrad = m.customVjp(
      (x: Tensor) => root(x),
      (ct: Tensor, [x]) => [mul(ct, grad(root)(x))],
    );
    expect(grad(byLoop)(four).item()).toBe(5);
    for (const f of [byLoop, byGrad, jit((a: Tensor) => byLoop(a))]) {
      expect(() => slope(f, four)).toThrow(words);
      expect(() => jit((a: Tensor) => slope(f, a))(four)).toThrow(words);
      expect(() => m.hvp((a: Tensor) => mul(f(a), f(a)), four, four)).toThrow(words);
    }
  });
  test('have no gradient', () => {
    const words = 'whileLoop: no gradient: expected a loop whose number of steps is known in advance';
    const s = (a: Tensor): Tensor => slope(root, a);
    for (const f of [root, jit(root), s, jit(s)]) {
      expect(() => grad(f)(four)).toThrow(words);
      expect(() => jit(grad(f))(four)).toThrow(words);
      expect(() => vjp(f, four)[1](tensor(1))).toThrow(words);
      // In a function whose tangent is taken, too.
      expect(() => slope((a) => grad(f)(a), four)).toThrow(words);
    }
    expect(() => m.hessian(root)(four)).toThrow(words.replace('whileLoop', 'hessian'));
  });
});
