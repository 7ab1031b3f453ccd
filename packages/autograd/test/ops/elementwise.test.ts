/** Values and derivatives at special elements: kinks, infinities, NaN. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, grad, sum, tensor } from '../../src/index.ts';

describe('conventions at kinks follow JAX', () => {
  const slope = (f: (x: Tensor) => Tensor, x: number): number => grad(f)(tensor(x)).item();
  test('relu at 0 has slope 0', () => expect(slope(m.relu, 0)).toBe(0));
  test('abs at 0 has slope 1', () => expect(slope(m.abs, 0)).toBe(1));
  test('relu6, hardSigmoid and hardSilu have slope 0 outside of their ramp, also at its ends', () => {
    expect([-1, 0, 3, 6, 7, NaN].map((x) => slope(m.relu6, x))).toEqual([0, 0, 1, 0, 0, 0]);
    expect(m.relu6(tensor([-1, 0, 6, 7, Infinity, NaN])).toArray()).toEqual([0, 0, 6, 6, 6, NaN]);
    expect([-3, 3].map((x) => slope(m.hardSigmoid, x))).toEqual([0, 0]);
    expect([-3, 3, Infinity].map((x) => slope(m.hardSilu, x))).toEqual([0, 1, 1]);
  });
  test('clip at a bound has slope ½', () => {
    expect(slope((x) => m.clip(x, -1, 1), 1)).toBe(0.5);
    expect(slope((x) => m.clip(x, -1, 1), -1)).toBe(0.5);
  });
  test('ties of maximum and max split evenly', () => {
    expect(
      grad((a: Tensor, b: Tensor) => m.maximum(a, b), { argnums: [0, 1] })(tensor(2), tensor(2)).map((t) =>
        t.item(),
      ),
    ).toEqual([0.5, 0.5]);
    expect(grad((x: Tensor) => m.max(x))(tensor([3, 1, 3])).toArray()).toEqual([0.5, 0, 0.5]);
  });
  test('pow has finite slopes at 0', () => {
    expect(slope((x) => m.pow(x, 0), 0)).toBe(0);
    expect(slope((x) => m.pow(x, 2), 0)).toBe(0);
    expect(slope((p) => m.pow(tensor(0), p), 2)).toBe(0);
  });
  test('pow has the same mixed derivatives in either order', () => {
    const byBase = (b: Tensor): Tensor => grad((a: Tensor) => m.pow(a, b))(tensor(2));
    const byPower = (a: Tensor): Tensor => grad((b: Tensor) => m.pow(a, b))(tensor(0));
    expect(grad(byBase)(tensor(0)).item()).toBe(0.5);
    expect(grad(byPower)(tensor(2)).item()).toBe(0.5);
    expect(grad((a: Tensor) => grad((v: Tensor) => m.pow(v, 2))(a))(tensor(0)).item()).toBe(2);
    // As long as no more than the base is differentiated, a power of 0 is 1, however small the
    // base.
    const second = (x: number): number =>
      grad((a: Tensor) => grad((v: Tensor) => sum(m.pow(v, tensor([0, 1, 2, 3]))))(a))(tensor(x)).item();
    expect([second(0), second(1e-20), second(-1e-39)]).toEqual([2, 2, 2]);
    expect(slope((a) => m.pow(a, 0), NaN)).toBe(0);
  });
  test('a NaN derivative in the branch that where did not choose shows', () => {
    expect(slope((x) => m.where(m.greater(x, 0), m.sqrt(x), 0), 0)).toBeNaN();
    expect(slope((x) => m.where(m.greater(x, 0), m.sqrt(m.where(m.greater(x, 0), x, 1)), 0), 0)).toBe(0);
  });
  test('prod has the right gradient where elements are zero', () => {
    expect(grad((x: Tensor) => m.prod(x))(tensor([2, 0, 4])).toArray()).toEqual([0, 8, 0]);
    expect(grad((x: Tensor) => m.prod(x))(tensor([0, 0, 4])).toArray()).toEqual([0, 0, 0]);
  });
});

describe('special values', () => {
  test('einsum takes nothing from beside a diagonal', () => {
    const x = tensor([
      [1, -Infinity],
      [NaN, 2],
    ]);
    expect(m.einsum('ii->i', x).toArray()).toEqual([1, 2]);
    expect(m.einsum('ii->', x).item()).toBe(3);
  });
  test('cotangents of what is taken very often are added up in double precision', () => {
    const places = new Int32Array(1e6);
    const often = (x: Tensor): Tensor => sum(m.take(x, places).mul(0.1));
    expect(grad(often)(tensor([1, 2])).toArray()).toEqual([Math.fround(1e6 * Math.fround(0.1)), 0]);
    // Few lines of many, out of order and from the end.
    const some = (x: Tensor): Tensor => sum(m.take(x, [7, -1, 7], { axis: 1 }).mul(tensor([[1], [2], [4]])));
    const expected = m.zeros([2, 10, 1]).toArray() as number[][][];
    for (const matrix of expected) [matrix[7][0], matrix[9][0]] = [5, 2];
    expect(grad(some)(m.ones([2, 10, 1])).toArray()).toEqual(expected);
    const along = (x: Tensor): Tensor => sum(m.takeAlongAxis(x, tensor(places), { axis: 0 }).mul(0.1));
    expect(grad(along)(tensor([1, 2])).toArray()).toEqual([Math.fround(1e6 * Math.fround(0.1)), 0]);
  });
  const list = (x: Tensor): number[] => [...x.data];
  test('pow follows C', () => {
    const base = [0, 0, -0, -2, -2, -8, 1, NaN, -1, Infinity, 0.5];
    const power = [0, -1, -3, 2, 3, 1 / 3, NaN, 0, Infinity, -1, Infinity];
    expect(list(m.pow(tensor(base), tensor(power)))).toEqual([
      1,
      Infinity,
      -Infinity,
      4,
      -8,
      NaN,
      1,
      1,
      1,
      0,
      0,
    ]);
  });
  test('log and log1p', () => {
    expect(list(m.log(tensor([0, -1, Infinity, NaN, 1])))).toEqual([-Infinity, NaN, Infinity, NaN, 0]);
    expect(list(m.log1p(tensor([-1, -2, Infinity, NaN, 0])))).toEqual([-Infinity, NaN, Infinity, NaN, 0]);
  });
  test('exp and its relatives', () => {
    expect(list(m.exp(tensor([-Infinity, Infinity, NaN, 89, -104])))).toEqual([
      0,
      Infinity,
      NaN,
      Infinity,
      0,
    ]);
    expect(list(m.expm1(tensor([-Infinity, Infinity])))).toEqual([-1, Infinity]);
    expect(list(m.tanh(tensor([-Infinity, Infinity, NaN])))).toEqual([-1, 1, NaN]);
    expect(list(m.sigmoid(tensor([-Infinity, Infinity, -1e38, 1e38])))).toEqual([0, 1, 0, 1]);
    expect(list(m.erf(tensor([-Infinity, Infinity, NaN])))).toEqual([-1, 1, NaN]);
    expect(list(m.softplus(tensor([-Infinity, Infinity, -1e38])))).toEqual([0, Infinity, 0]);
  });
  test('copysign takes NaN for positive, whatever its bits are', () => {
    const nans = m.mul(tensor([0, 0, 0]), tensor([Infinity, -Infinity, NaN]));
    for (const b of [nans, m.neg(nans), m.div(0, tensor([0, -0]))])
      expect(m.copysign(-2, b).data.every((value) => value === 2)).toBe(true);
  });
  test('negative zero stays', () => {
    for (const f of [m.expm1, m.sin, m.tan, m.tanh, m.erf, m.log1p, m.sqrt, m.floor, m.round, m.sign]) {
      expect(Object.is(f(tensor(-0)).item(), -0), f.name).toBe(true);
    }
  });
  test('sin, cos and tan of infinite numbers are NaN, of huge ones right', () => {
    expect(list(m.sin(tensor([Infinity, -Infinity, NaN])))).toEqual([NaN, NaN, NaN]);
    for (const x of [1e5, 1e10, 3e38, -123456789].map(Math.fround)) {
      expect(m.sin(tensor(x)).item()).toBe(Math.fround(Math.sin(x)));
      expect(m.cos(tensor(x)).item()).toBe(Math.fround(Math.cos(x)));
    }
  });
  test('maximum, max and argmax pass NaN on', () => {
    expect(list(m.maximum(tensor([1, NaN]), tensor([NaN, 2])))).toEqual([NaN, NaN]);
    expect(m.max(tensor([1, NaN, 3])).item()).toBeNaN();
    expect(m.argmax(tensor([1, NaN, 3, NaN])).item()).toBe(1);
  });
  test('softmax and logsumexp do not overflow', () => {
    expect(list(m.softmax(tensor([1e38, 1e38])))).toEqual([0.5, 0.5]);
    expect(list(m.softmax(tensor([-Infinity, 0])))).toEqual([0, 1]);
    expect(m.logsumexp(tensor([-Infinity, -Infinity])).item()).toBe(-Infinity);
    expect(m.logsumexp(tensor([1e38, 1e38])).item()).toBe(Math.fround(1e38));
    expect(list(m.logSoftmax(tensor([0, 1000])))).toEqual([-1000, 0]);
  });
  test('reductions of nothing', () => {
    const nothing = m.zeros([0, 3]);
    expect(m.sum(nothing).item()).toBe(0);
    expect(m.prod(nothing).item()).toBe(1);
    expect(m.mean(nothing).item()).toBeNaN();
    expect(m.logsumexp(nothing).item()).toBe(-Infinity);
    expect(m.sum(nothing, { axis: 0 }).toArray()).toEqual([0, 0, 0]);
    expect(m.max(nothing, { axis: 1 }).shape).toEqual([0]);
  });
  test('round goes to the even neighbour', () => {
    expect(list(m.round(tensor([0.5, 1.5, 2.5, -0.5, -1.5])))).toEqual([0, 2, 2, -0, -2]);
  });
});

test('the second derivative of erf is 0 far out', () => {
  const second = m.grad((v: Tensor) => m.grad((w: Tensor) => m.erf(w))(v));
  expect(Math.abs(second(tensor(3e38)).item())).toBe(0);
});

test('activations have right values and derivatives of both orders for large x', () => {
  const both = (f: (x: Tensor) => Tensor, x: number): number[] => {
    const first = m.grad(f);
    return [f(tensor(x)), first(tensor(x)), m.grad(first)(tensor(x))].map((y) => y.item());
  };
  for (const x of [-1e15, -1e8, -1e6, -1e3, -1, 0.5, 1e3, 1e6, 1e8, 1e15]) {
    const [value, slope, second] = both((v) => m.softSign(v), x);
    const total = 1 + Math.abs(Math.fround(x));
    expect(value / (x / total)).toBeCloseTo(1, 6);
    expect(slope * total ** 2).toBeCloseTo(1, 6);
    if (total ** 3 < 1e37) expect((second * total ** 3) / (-2 * Math.sign(x))).toBeCloseTo(1, 6);
  }
  expect(
    m
      .grad((v: Tensor) => m.softSign(v))(tensor(-Infinity))
      .item(),
  ).toBe(0);
  for (const x of [21, 1e10, 1e15, 1e20, 3e38]) {
    expect(both((v) => m.gelu(v), x)).toEqual([Math.fround(x), 1, 0]);
    expect(both((v) => m.gelu(v), -x)).toEqual([-0, 0, -0].map((zero) => expect.closeTo(zero, 30)));
  }
  expect(m.squareplus(2e38).item()).toBe(Math.fround(2e38));
  expect(m.squareplus(-1e10).item()).toBeCloseTo(1e-10, 16);
});

test('typed arrays of bigint and integers beyond float32 are errors that say what to do', () => {
  expect(() => tensor(BigInt64Array.of(1n) as never)).toThrow(
    'tensor: elements are bigint: expected numbers, got an object (BigInt64Array); write Float64Array.from(',
  );
  expect(() => tensor(new BigInt64Array(0) as never)).toThrow('tensor: elements are bigint: ');
  expect(m.linspace(0, 33554433, 1).toArray()).toEqual([0]);
  expect(m.linspace(0.5, 1e20, 3).shape).toEqual([3]);
  expect(() => m.linspace(0, 33554433, 3)).toThrow('linspace: integer too large: ');
  expect(() => m.linspace(-16777217, 0, 3)).toThrow('linspace: integer too large: ');
});
