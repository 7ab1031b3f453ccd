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

/** A loop in a loop, and one whose end can differ. */
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

const byWhile: Loop = (a, b, u, v, w) => {
  const last = whileLoop(
    (c: { n: Tensor; p: Tensor; q: Tensor; end: Tensor }) => less(c.n, sum(c.end)),
    ({ n, p, q, end }) => ({
      n: n.add(1),
      p: tanh(p.mul(w).add(slice(u, 0))),
      q: q.add(p.mul(slice(v, 1))),
      end,
    }),
    { n: tensor(0), p: a, q: b, end: b },
  );
  return sum(last.p).add(sum(last.q)).add(last.n);
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

describe.each([
  ['scan', byScan],
  ['loops in loops', nested],
  ['a branch in a loop', byCond],
  ['whileLoop', byWhile],
] as const)('%s', (name, f) => {
  test.each(
    choices.map((differ) => [differ.map((own, i) => (own ? 'abuvw'[i] : '-')).join(''), differ] as const),
  )('where %s differ', (_, differ) => {
    const operands = operandsFor(differ);
    const batch = vmap(f, { inAxes: axesOf(differ) });
    const expected = eachExample(f, operands, differ);
    expect(batch(...operands)).toEqual(expected);
    expect(jit(batch)(...operands)).toEqual(expected);
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
    const secondByLoop = grad((...given: Operands) => sum(eachExample(own, given, differ)), all)(...operands);
    second.forEach((slope, i) => expectClose(slope, secondByLoop[i]));
  });
});

test('no example at all', () => {
  const operands: Operands = [zeros([0, 2]), zeros([2]), zeros([STEPS, 2]), zeros([STEPS, 2]), zeros([2])];
  const axes = { inAxes: [0, null, null, null, null] };
  for (const f of [byScan, nested, byCond, byWhile]) expect(vmap(f, axes)(...operands).shape).toEqual([0]);
  const slope = grad((w: Tensor) =>
    sum(vmap((a: Tensor) => nested(a, w, operands[2], operands[3], w))(operands[0])),
  );
  expect(slope(zeros([2])).toArray()).toEqual([0, 0]);
});
