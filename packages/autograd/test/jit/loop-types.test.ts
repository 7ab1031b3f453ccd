/** Loops whose values are tuples and objects: what the type checker accepts. */
import { expect, test } from 'vitest';
import { type Tensor, add, foriLoop, less, mul, scan, sum, tensor, whileLoop } from '../../src/index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isExactly = <A, B>(_same: Equal<A, B>): void => {};

test('foriLoop takes tuples', () => {
  const [a, b] = foriLoop(0, 5, (_i, [x, y]) => [y, x.add(y)], [tensor(0), tensor(1)]);
  expect([a.item(), b.item()]).toEqual([5, 8]);
  const start: [Tensor, Tensor] = [tensor(0), tensor(1)];
  const pair = foriLoop(0, 5, (_i, [x, y]) => [y, x.add(y)], start);
  isExactly<typeof pair, [Tensor, Tensor]>(true);
  const constant = foriLoop(0, 5, (_i, [x, y]) => [y, x.add(y)] as const, [tensor(0), tensor(1)] as const);
  expect(constant[0].item()).toBe(5);
  const annotated = foriLoop(0, 2, (_i, [x, y]: [Tensor, Tensor]): [Tensor, Tensor] => [y, x.add(y)], [
    tensor(0),
    tensor(1),
  ]);
  expect(annotated[1].item()).toBe(2);
});

test('foriLoop takes objects and tensors', () => {
  const state = foriLoop(0, 3, (i, { x, n }) => ({ x: x.add(i), n: add(n, 1) }), {
    x: tensor(1),
    n: tensor(0),
  });
  expect([state.x.item(), state.n.item()]).toEqual([4, 3]);
  expect(foriLoop(0, 5, (i, total: Tensor) => total.add(i), tensor(0)).item()).toBe(10);
  let carry = { x: tensor(1), list: [tensor(2), tensor(3)] };
  carry = foriLoop(0, 2, (_i, { x, list }) => ({ x, list: list.map((y) => mul(y, 2)) }), carry);
  expect(carry.list[1].item()).toBe(12);
});

test('whileLoop takes tuples', () => {
  const [x, n] = whileLoop(
    ([value]) => less(value, 100),
    ([value, count]) => [mul(value, 2), add(count, 1)],
    [tensor(1), tensor(0)],
  );
  expect([x.item(), n.item()]).toEqual([128, 7]);
});

test('scan takes tuples', () => {
  const [[a, b], ys] = scan(
    ([x, y], z: Tensor) => [[y, add(x, z)], x],
    [tensor(0), tensor(1)],
    tensor([1, 2, 3]),
  );
  expect([a.item(), b.item(), ys.toArray()]).toEqual([3, 4, [0, 1, 1]]);
  const step = (total: Tensor, x: Tensor) => [total.add(x), total] as const;
  const [total, before] = scan(step, tensor(0), tensor([1, 2, 3]));
  isExactly<typeof total, Tensor>(true);
  expect([total.item(), before.toArray()]).toEqual([6, [0, 1, 3]]);
  const [last, both] = scan(
    (c: { h: Tensor }, [u, v]: readonly [Tensor, Tensor]) => [{ h: add(c.h, mul(u, v)) }, { u, h: c.h }],
    { h: tensor(0) },
    [tensor([1, 2]), tensor([3, 4])],
  );
  expect([last.h.item(), both.h.toArray(), sum(both.u).item()]).toEqual([11, [0, 3], 3]);
});

/** A loop of any state, as a library would write it. */
function repeat<S>(step: (state: S) => S, state: S): S {
  return foriLoop(0, 3, (_i, s) => step(s), state);
}

test('generic functions loop without casts', () => {
  const doubled = repeat((s: { x: Tensor }) => ({ x: s.x.mul(2) }), { x: tensor(1) });
  expect(doubled.x.item()).toBe(8);
});
