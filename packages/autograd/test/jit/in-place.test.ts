/** Ops that change some elements: compiled, in place if nothing reads the old value later. */
import { describe, expect, test } from 'vitest';
import {
  type Tensor,
  dynamicUpdateSlice,
  expandDims,
  foriLoop,
  grad,
  jit,
  less,
  random,
  scan,
  scatterAdd,
  scatterSet,
  sin,
  slice,
  sum,
  take,
  tensor,
  vmap,
  whileLoop,
  zeros,
} from '../../src/index.ts';

type Change = (x: Tensor, index: Tensor, value: Tensor) => Tensor;
const changes: readonly (readonly [string, Change])[] = [
  ['scatterSet', (x, index, value) => scatterSet(x, index, value)],
  ['scatterAdd', (x, index, value) => scatterAdd(x, index, value)],
  ['dynamicUpdateSlice', (x, index, value) => dynamicUpdateSlice(x, expandDims(value, 0), [index])],
];
const x = random.normal(random.key(0), [7]);
const one = tensor(1);

/** Compares a compiled function with the same ops one by one. */
const expectSame = (f: (x: Tensor) => unknown, at: Tensor = x): void => {
  expect(jit(f)(at)).toEqual(f(at));
};

describe.each(changes)('%s', (_name, change) => {
  test('in a loop', () => {
    expectSame((a) => foriLoop(0, 9, (i, b: Tensor) => change(b, i.mul(2).sub(i.mul(2)).add(3), sin(i)), a));
    expectSame((a) =>
      foriLoop(0, 5, (i, b: Tensor) => change(change(b, i, sin(i)), i.add(1), take(b, i)), a),
    );
  });
  test('in a loop that ends on a condition', () => {
    const f = (a: Tensor): unknown =>
      whileLoop(
        ({ i, end }: { i: Tensor; b: Tensor; end: Tensor }) => less(i, end),
        ({ i, b, end }) => ({ i: i.add(1), b: change(b, i, sin(i)), end: end.sub(take(b, 0).mul(0)) }),
        { i: tensor(1), b: a, end: take(a, 1).mul(0).add(6) },
      );
    expectSame(f);
    // Carries that change places, and one that the body does not read.
    expectSame((a) =>
      whileLoop(
        ([i]: [Tensor, Tensor, Tensor, Tensor]) => less(i, 5),
        ([i, b, c]): [Tensor, Tensor, Tensor, Tensor] => [i.add(1), c, change(b, i, i), i],
        [tensor(0), a, a.mul(2), tensor(7)],
      ),
    );
    expectSame((a) =>
      whileLoop(
        ([, b]: [Tensor, Tensor]) => less(sum(b), -1e9),
        ([i, b]): [Tensor, Tensor] => [i.add(1), change(b, i, i)],
        [tensor(0), a],
      ),
    );
  });
  test('of elements that are read before, read afterwards, or returned', () => {
    expectSame((a) => {
      const b = sin(a);
      return [b, change(b, one, tensor(9))];
    });
    expectSame((a) => {
      const b = sin(a);
      return change(b, one, tensor(9)).add(b);
    });
    expectSame((a) => {
      const b = sin(a);
      const last = take(b, 6);
      return change(b, one, last).add(last);
    });
    // The update is a view of what is changed.
    expectSame((a) => change(sin(a), one, slice(sin(a), 3)));
    expectSame((a) => scan((b: Tensor, i: Tensor) => [change(b, i, take(b, 6)), b], a, tensor([0, 2, 2, 1])));
    expectSame((a) => scan((b: Tensor, i: Tensor) => [change(a, i, sum(b)), b], a, tensor([0, 2, 2, 1])));
  });
  test('of a donated argument, unchanged after an invalid index', () => {
    const step = jit((b: Tensor, i: Tensor) => change(b, i, tensor(5)), { donate: 0 });
    const large = random.normal(random.key(1), [1000]);
    const expected = change(change(large, tensor(3), tensor(5)), tensor(999), tensor(5));
    let own = tensor(large.data.slice(), [1000]);
    own = step(own, tensor(3));
    expect(() => step(own, tensor(1000))).toThrow();
    expect(() => step(own, tensor(0.5))).toThrow();
    own = step(own, tensor(999));
    expect(own).toEqual(expected);
    // Only one of two checks can come before all changes.
    const twice = jit((b: Tensor, i: Tensor, j: Tensor) => change(change(b, i, tensor(5)), j, tensor(6)), {
      donate: 0,
    });
    const kept = tensor(large.data.slice(), [1000]);
    expect(() => twice(kept, tensor(3), tensor(1000))).toThrow();
    expect(kept).toEqual(large);
  });
  test('has the derivatives of the same ops one by one', () => {
    const f = (a: Tensor): Tensor =>
      sum(sin(foriLoop(0, 5, (i, b: Tensor) => change(b, i, take(b, i.add(1)).mul(2)), a)));
    expect(jit(grad(f))(x)).toEqual(grad(f)(x));
    expect(jit(vmap(f))(random.normal(random.key(2), [3, 7]))).toEqual(
      vmap(f)(random.normal(random.key(2), [3, 7])),
    );
  });
});

test('a loop that writes one element a step takes no longer for a large array', { retry: 2 }, () => {
  const fill = (size: number) =>
    jit((a: Tensor) => foriLoop(0, 200, (i, b: Tensor) => scatterSet(b, i, sin(i).add(a)), zeros([size])));
  const [small, large] = [fill(1000), fill(1_000_000)];
  const time = (f: (a: Tensor) => Tensor): number => {
    const start = performance.now();
    f(one);
    return performance.now() - start;
  };
  [small, large].forEach((f) => [1, 2].forEach(() => time(f)));
  // 200 copies of the large array take 40 ms and more.
  const times = Array.from({ length: 5 }, () => time(large) - time(small)).sort((a, b) => a - b);
  expect(times[1]).toBeLessThan(20);
});

test('scatterAdd sums rows in double precision, however many there are', () => {
  for (const [rows, columns, count] of [
    [1000, 3, 4],
    [1000, 64, 100],
    [50, 2, 400],
  ]) {
    const base = random.normal(random.key(3), [rows, columns]);
    const places = random.randint(random.key(4), [count], 0, Math.min(rows, 20));
    const updates = random.normal(random.key(5), [count, columns]);
    const sums = Float64Array.from(base.data);
    places.data.forEach((place, j) => {
      for (let i = 0; i < columns; i++) sums[place * columns + i] += updates.data[j * columns + i];
    });
    const expected = tensor(Float32Array.from(sums), [rows, columns]);
    expect(scatterAdd(base, places, updates)).toEqual(expected);
    expect(jit((a: Tensor) => scatterAdd(a, places, updates))(base)).toEqual(expected);
  }
});
