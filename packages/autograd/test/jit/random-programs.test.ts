/** Random programs, compiled: the same bits as eagerly. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, add, jit, mul, slice, sub, sum, tanh, tensor, valueAndGrad } from '../../src/index.ts';
import { bits, bitsOf } from './bits.ts';
import { choices, inputsOf, program, sizes } from './random-programs.ts';

/** More programs than in a short run: `pnpm fuzz`. An integer: fast-check counts down to 0. */
const TIMES = Math.ceil(Number(process.env['HOSTILE_RUNS'] ?? 40) / 40);

describe('jit of random programs', () => {
  test('gives the same bits', () => {
    fc.assert(
      fc.property(sizes, choices, (shape, list) => {
        const f = program(list);
        const compiled = jit(f);
        for (const seed of [1, 5]) {
          const inputs = inputsOf(shape, seed);
          expect(bits(compiled(...inputs))).toEqual(bits(f(...inputs)));
        }
      }),
      { numRuns: 300 * TIMES },
    );
  });
  test('gives the same bits of gradients, with donated arguments, too', () => {
    fc.assert(
      fc.property(sizes, choices, (shape, list) => {
        const f = program(list);
        const step = (...xs: Tensor[]): [Tensor, Tensor[]] => {
          const [value, gradients] = valueAndGrad(
            (...ys: Tensor[]) => f(...ys).reduce((total, y) => add(total, sum(tanh(y))), tensor(0)),
            { argnums: [0, 1, 2] },
          )(...xs);
          return [value, gradients.map((g, i) => xs[i].sub(g.mul(0.1)))];
        };
        const compiled = jit(step, { donate: [0, 1, 2] });
        let inputs = inputsOf(shape, 3);
        let eager = inputsOf(shape, 3);
        for (let i = 0; i < 3; i++) {
          const [a, next] = compiled(...inputs);
          const [b, nextEager] = step(...eager);
          expect(bitsOf(a)).toBe(bitsOf(b));
          [inputs, eager] = [next, nextEager];
        }
        expect(bits(inputs)).toEqual(bits(eager));
      }),
      { numRuns: 150 * TIMES },
    );
  });

  test('in a batch gives the bits of a loop, eagerly and compiled, with gradients', () => {
    const COUNT = 3;
    fc.assert(
      fc.property(sizes, choices, fc.integer({ min: 0, max: 6 }), (shape, list, mask) => {
        const f = program(list);
        const cost = (...xs: Tensor[]): Tensor =>
          f(...xs).reduce((total, y) => add(total, sum(tanh(y))), tensor(0));
        const gradient = m.grad(cost, { argnums: [0, 1, 2] });
        // At least the last input has examples of its own.
        const isBatched = [(mask & 1) === 1, (mask & 2) === 2, true];
        const examples = Array.from({ length: COUNT }, (_, b) => inputsOf(shape, 10 * b));
        const inputs = isBatched.map((own, i) =>
          own ? m.stack(examples.map((xs) => xs[i])) : examples[0][i],
        );
        const inAxes = isBatched.map((own) => (own ? 0 : null));
        for (const g of [f, gradient] as ((...xs: Tensor[]) => Tensor[])[]) {
          const expected = examples.map((xs) => g(...xs.map((x, i) => (isBatched[i] ? x : examples[0][i]))));
          const joined = expected[0].map((_, k) => m.stack(expected.map((results) => results[k])));
          const batch = m.vmap(g, { inAxes });
          expect(bits(batch(...inputs))).toEqual(bits(joined));
          expect(bits(jit(batch)(...inputs))).toEqual(bits(joined));
        }
      }),
      { numRuns: 60 * TIMES },
    );
  });
  test('in a scan gives the bits of a loop, and its gradients', () => {
    fc.assert(
      fc.property(sizes, choices, (shape, list) => {
        const f = program(list);
        const [carry, w, row] = inputsOf(shape, 7);
        const xs = m.stack([row, mul(row, 2), sub(row, 1)]);
        const step = (c: Tensor, x: Tensor, own: Tensor): [Tensor, Tensor] => {
          const last = f(c, own, x).reduce((total, y) => add(total, m.mean(tanh(y))), tensor(0));
          return [add(mul(c, 0.5), last), sum(last)];
        };
        const byScan = (c: Tensor, own: Tensor): Tensor => {
          const [end, ys] = m.scan((value: Tensor, x: Tensor) => step(value, x, own), c, xs);
          return add(sum(end), sum(ys));
        };
        const byLoop = (c: Tensor, own: Tensor): Tensor => {
          const ys: Tensor[] = [];
          let value = c;
          for (let i = 0; i < 3; i++) {
            const [next, y] = step(value, slice(xs, i), own);
            value = next;
            ys.push(y);
          }
          return add(sum(value), sum(m.stack(ys)));
        };
        expect(bitsOf(byScan(carry, w))).toBe(bitsOf(byLoop(carry, w)));
        expect(bitsOf(jit(byScan)(carry, w))).toBe(bitsOf(byLoop(carry, w)));
        const options = { argnums: [0, 1] } as const;
        const found = m.grad(byScan, options)(carry, w);
        expect(bits(jit(m.grad(byScan, options))(carry, w))).toEqual(bits(found));
        m.grad(byLoop, options)(carry, w).forEach((expected, k) =>
          expected.data.forEach((value, j) => {
            const error = Math.abs(found[k].data[j] - value) / Math.max(1, Math.abs(value));
            expect(Number.isNaN(value) || error < 1e-4).toBe(true);
          }),
        );
      }),
      { numRuns: 40 * TIMES },
    );
  });
});
