/** Loops inside of `vmap` whose operands are shared or differ, in all combinations. */
import { describe, expect, test } from 'vitest';
import {
  type Tensor,
  cond,
  foriLoop,
  grad,
  jit,
  jvp,
  less,
  random,
  remat,
  scan,
  sin,
  slice,
  stack,
  sum,
  tanh,
  tensor,
  vmap,
  whileLoop,
  zeros,
} from '../../src/index.ts';

type Loop = (a: Tensor, b: Tensor, u: Tensor, v: Tensor, w: Tensor) => Tensor;
type Operands = readonly [Tensor, Tensor, Tensor, Tensor, Tensor];

const COUNT = 3;
const STEPS = 4;

const byScan: Loop = (a, b, u, v, w) => {
  const [[lastA, lastB], [first, second]] = scan(
    ([p, q]: [Tensor, Tensor], [x, y]: [Tensor, Tensor]) => {
      const next = tanh(p.mul(x).add(w));
      const other = q.mul(y).add(next.mul(0.25));
      return [
        [next, other],
        [next.mul(x), sin(q.add(w))],
      ] as [[Tensor, Tensor], [Tensor, Tensor]];
    },
    [a, b],
    [u, v],
    { reverse: true },
  );
  return sum(lastA)
    .add(sum(lastB).mul(2))
    .add(sum(first.mul(u)))
    .add(sum(second).mul(0.5));
};

/** A loop in a loop, with remat in its body. */
const nested: Loop = (a, b, u, v, w) => {
  const inner = (c: Tensor, x: Tensor): Tensor =>
    foriLoop(0, 2, (i, d: Tensor) => sin(d.mul(w).add(i.mul(0.5))).add(x), c);
  const [last, ys] = scan(
    (c: Tensor, [x, y]: [Tensor, Tensor]) => {
      const next = inner(c, x);
      return [next, remat(tanh)(next).add(inner(b, y))] as const;
    },
    a,
    [u, v] as [Tensor, Tensor],
  );
  return sum(last).add(sum(ys));
};

/** A branch in a loop, whose predicate can differ. */
const byCond: Loop = (a, b, u, v, w) => {
  const [p, q] = foriLoop(
    0,
    STEPS,
    (i, [c, d]: [Tensor, Tensor]) =>
      cond(
        less(i.mul(0.5), sum(b)),
        (e: Tensor, g: Tensor): [Tensor, Tensor] => [tanh(e.mul(w)), g.add(slice(v, 0))],
        (e: Tensor, g: Tensor): [Tensor, Tensor] => [e.add(slice(u, 0)), g.mul(e)],
        c,
        d,
      ),
    [a, a.add(1)],
  );
  return sum(p).add(sum(q));
};

/** Parts that run again in the backward pass, with loops in them. */
const byRemat: Loop = (a, b, u, v, w) => {
  const product = remat((c: Tensor, x: Tensor) => [
    foriLoop(0, 2, (_i, d: Tensor) => d.mul(c), c),
    x.mul(w),
    w,
  ]);
  const [last] = scan(
    (c: Tensor, [x, y]: [Tensor, Tensor]) => {
      const [first, second, third] = product(tanh(x), y);
      return [tanh(c.mul(first).add(second)).add(third.mul(0.5)), undefined] as [Tensor, undefined];
    },
    a,
    [u, v] as [Tensor, Tensor],
  );
  const [one, two, three] = product(b, last);
  return sum(one).add(sum(two)).add(sum(three));
};

const byWhile: Loop = (a, b, u, v, w) => {
  const last = whileLoop(
    (c: { n: Tensor; p: Tensor; q: Tensor; end: Tensor; z: Tensor }) => less(c.n, sum(c.end)),
    ({ n, p, q, end, z }) => ({
      z: z.add(2),
      n: n.add(1),
      p: tanh(p.mul(w).add(slice(u, 0))),
      q: q.add(p.mul(slice(v, 1))),
      end,
    }),
    { n: tensor(0), p: a, q: b, end: b, z: tensor(0) },
  );
  return sum(last.p).add(sum(last.q)).add(last.n).add(last.z);
};

const keys = random.split(random.key(5), 5);
const shapes = [[2], [2], [STEPS, 2], [STEPS, 2], [2]];

/** All choices of which operands differ between the examples; at least one does. */
const choices = Array.from({ length: 31 }, (_, n) => shapes.map((_s, i) => ((n + 1) >> i) % 2 === 1));

const operandsFor = (differ: readonly boolean[]): Operands =>
  shapes.map((shape, i) =>
    random.uniform(keys[i], differ[i] ? [COUNT, ...shape] : shape, { minval: 0.2, maxval: 1 }),
  ) as unknown as Operands;

const exampleOf = (operands: Operands, differ: readonly boolean[], n: number): Operands =>
  operands.map((x, i) => (differ[i] ? slice(x, n) : x)) as unknown as Operands;

const axesOf = (differ: readonly boolean[]): (number | null)[] => differ.map((own) => (own ? 0 : null));

const eachExample = (
  f: (...operands: Operands) => Tensor,
  operands: Operands,
  differ: readonly boolean[],
): Tensor => stack(Array.from({ length: COUNT }, (_, n) => f(...exampleOf(operands, differ, n))));

const expectClose = (found: Tensor, expected: Tensor): void => {
  expect(found.shape).toEqual(expected.shape);
  found.data.forEach((value, i) => expect(Math.abs(value - expected.data[i])).toBeLessThan(2e-5));
};

const nameOf = (differ: readonly boolean[]): string =>
  differ.map((own, i) => (own ? 'abuvw'[i] : '-')).join('');

describe.each([
  ['scan', byScan, 0],
  ['loops in loops', nested, 1],
  ['a branch in a loop', byCond, 2],
  ['remat', byRemat, 0],
  ['whileLoop', byWhile, 1],
] as const)('%s', (name, f, first) => {
  test.each(choices.map((differ) => [nameOf(differ), differ] as const))('where %s differ', (_, differ) => {
    const operands = operandsFor(differ);
    const batch = vmap(f, { inAxes: axesOf(differ) });
    const expected = eachExample(f, operands, differ);
    expect(batch(...operands)).toEqual(expected);
  });
  // Each of these takes long, so each function has another third of the choices.
  const some = choices.filter((_, n) => n % 3 === first);
  test.each(some.map((differ) => [nameOf(differ), differ] as const))(
    'compiles, and has the derivatives of a loop, where %s differ',
    (_, differ) => {
      const operands = operandsFor(differ);
      const batch = vmap(f, { inAxes: axesOf(differ) });
      expect(jit(batch)(...operands)).toEqual(batch(...operands));
      const tangents = operands.map((x, i) => random.normal(keys[i], x.shape)) as unknown as Operands;
      const total = (...all: Operands): Tensor => sum(batch(...all));
      const byLoop = (...all: Operands): Tensor => sum(eachExample(f, all, differ));
      expectClose(jvp(total, operands, tangents)[1], jvp(byLoop, operands, tangents)[1]);
      if (name === 'whileLoop') return;
      const all = { argnums: [0, 1, 2, 3, 4] } as const;
      const slopes = grad(byLoop, all)(...operands);
      for (const found of [grad(total, all)(...operands), jit(grad(total, all))(...operands)])
        found.forEach((slope, i) => expectClose(slope, slopes[i]));
      const own = (...given: Operands): Tensor =>
        grad(f, all)(...given).reduce((t, x) => t.add(sum(x)), tensor(0));
      const inside = vmap(own, { inAxes: axesOf(differ) });
      expectClose(inside(...operands), eachExample(own, operands, differ));
      const second = grad((...given: Operands) => sum(inside(...given)), all)(...operands);
      const secondByLoop = grad(
        (...given: Operands) => sum(eachExample(own, given, differ)),
        all,
      )(...operands);
      second.forEach((slope, i) => expectClose(slope, secondByLoop[i]));
    },
  );
});

test('what examples share is shared by what uses it', () => {
  const two = tensor([1, 2]);
  const product = remat((c: Tensor) => foriLoop(0, 2, (_i, d: Tensor) => d.mul(c), c));
  const f = (x: Tensor): Tensor => sum(vmap((y: Tensor) => product(x).mul(y))(two));
  expect([grad(f)(tensor(1)).item(), jvp(f, [tensor(1)], [tensor(1)])[1].item()]).toEqual([9, 9]);
  // A shared result of remat, with an argument that differs.
  const g = (s: Tensor): Tensor =>
    sum(
      vmap((x: Tensor) => {
        const [a] = scan((c: Tensor) => [c.mul(s), c], x, undefined, { length: 1 });
        return remat((own: Tensor, t: Tensor) => [own, t.mul(t)])(a, s)[1];
      })(two),
    );
  expect(grad(g)(tensor(3)).item()).toBe(12);
  const h = (y: Tensor): Tensor =>
    grad((u: Tensor) => jit((w: Tensor) => remat((_z: Tensor) => u)(w))(y))(tensor(3));
  expect(vmap(h)(two).toArray()).toEqual([1, 1]);
  // A carry of whileLoop that is shared, since the condition and its step are.
  const [end, last] = vmap(
    (x: Tensor) =>
      whileLoop(
        ([i]: [Tensor, Tensor]) => less(i, 3),
        ([i, b]: [Tensor, Tensor]): [Tensor, Tensor] => [i.add(1), b.mul(x)],
        [tensor(0), tensor(1)],
      ),
    { outAxes: [null, 0] },
  )(two);
  expect([end.item(), last.toArray()]).toEqual([3, [1, 8]]);
});

test('a batch without examples', () => {
  const operands: Operands = [zeros([0, 2]), zeros([2]), zeros([STEPS, 2]), zeros([STEPS, 2]), zeros([2])];
  const axes = { inAxes: [0, null, null, null, null] };
  for (const f of [byScan, nested, byCond, byRemat, byWhile])
    expect(vmap(f, axes)(...operands).shape).toEqual([0]);
  const slope = grad((w: Tensor) =>
    sum(vmap((a: Tensor) => nested(a, w, operands[2], operands[3], w))(operands[0])),
  );
  expect(slope(zeros([2])).toArray()).toEqual([0, 0]);
});
