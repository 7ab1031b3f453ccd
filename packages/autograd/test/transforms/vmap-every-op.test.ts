/** Every op for a batch of examples, next to a loop over the examples: the same bits. */
import { describe, expect, test } from 'vitest';
import { type Tensor, grad, jit, mul, sin, slice, stack, sum, vmap } from '../../src/index.ts';
import { type OpCase, cases, make } from '../cases.ts';

const COUNT = 3;

/** Which arguments have examples of their own: all, or all but one. */
const choices = (row: OpCase): boolean[][] => {
  const all = row.args.map(() => true);
  return row.args.length === 1 ? [all] : [all, ...row.args.map((_, i) => all.with(i, false))];
};

const named = cases.flatMap((row, i) =>
  choices(row).map((isBatched) => {
    const shapes = row.args.map(({ shape }, a) => `[${isBatched[a] ? 'B, ' : ''}${shape.join(', ')}]`);
    return [`${row.op} on ${shapes.join(' and ')} (row ${i})`, row, isBatched] as const;
  }),
);

/** Arguments whose sums depend on the order: their magnitudes differ by many powers of two. */
const argumentsOf = (row: OpCase, isBatched: readonly boolean[]): Tensor[] =>
  row.args.map((argument, i) =>
    make({ ...argument, shape: isBatched[i] ? [COUNT, ...argument.shape] : argument.shape }, 300 + i),
  );

/** Calls `f` for one example after another. */
const loop = (
  f: (...args: Tensor[]) => Tensor,
  args: readonly Tensor[],
  isBatched: readonly boolean[],
): Tensor =>
  stack(Array.from({ length: COUNT }, (_, b) => f(...args.map((x, i) => (isBatched[i] ? slice(x, b) : x)))));

describe('a batch of examples', () => {
  test.each(named)('has the bits of a loop: %s', (_name, row, isBatched) => {
    const args = argumentsOf(row, isBatched);
    const inAxes = isBatched.map((own) => (own ? 0 : null));
    const batch = vmap(row.f, { inAxes });
    const expected = loop(row.f, args, isBatched);
    expect(batch(...args)).toEqual(expected);
    expect(jit(batch)(...args)).toEqual(expected);
    if (row.order === 0) return;

    const cost = (...xs: Tensor[]): Tensor => sum(sin(row.f(...xs)));
    row.args.forEach((_, argnum) => {
      const gradient = grad(cost, { argnums: argnum }) as (...xs: Tensor[]) => Tensor;
      const each = loop(gradient, args, isBatched);
      expect(vmap(gradient, { inAxes })(...args)).toEqual(each);
      expect(jit(vmap(gradient, { inAxes }))(...args)).toEqual(each);

      const outside = grad((...xs: Tensor[]) => sum(vmap(cost, { inAxes })(...xs)), { argnums: argnum }) as (
        ...xs: Tensor[]
      ) => Tensor;
      const total = isBatched[argnum] ? each : sum(each, { axis: 0 });
      outside(...args).data.forEach((value, i) => {
        const reference = total.data[i];
        expect(Math.abs(value - reference) / Math.max(1, Math.abs(reference))).toBeLessThan(2e-6);
      });
      if (isBatched[argnum]) expect(outside(...args)).toEqual(each);

      const weighted = (...xs: Tensor[]): Tensor => sum(mul(gradient(...xs), gradient(...xs)));
      const second = grad(weighted, { argnums: argnum }) as (...xs: Tensor[]) => Tensor;
      expect(vmap(second, { inAxes })(...args)).toEqual(loop(second, args, isBatched));
    });
  });
});
