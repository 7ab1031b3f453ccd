/** Random programs, compiled: the same bits as eagerly. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import {
  type Tensor,
  add,
  concatenate,
  exp,
  jit,
  log,
  matmul,
  max,
  mul,
  random,
  relu,
  reshape,
  sigmoid,
  slice,
  softmax,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  valueAndGrad,
  where,
} from '../../src/index.ts';
import { bits, bitsOf } from './bits.ts';

/** More programs than in a short run: `pnpm fuzz`. */
const TIMES = Number(process.env['HOSTILE_RUNS'] ?? 40) / 40;

describe('jit of random programs', () => {
  /** Each number of a program chooses an op and its operands among the earlier results. */
  const unary: readonly ((x: Tensor) => Tensor)[] = [
    tanh,
    sigmoid,
    relu,
    (x) => mul(x, x),
    (x) => exp(mul(x, 0.1)),
    (x) => m.neg(x),
    (x) => sub(1, x),
    (x) => m.abs(x),
    (x) => transpose(x),
    (x) => sum(x, { axis: 0, keepdims: true }),
    (x) => m.mean(x, { axis: -1, keepdims: true }),
    (x) => max(x, { axis: -1, keepdims: true }),
    (x) => softmax(x),
    (x) => m.flip(x, 0),
    (x) => m.cumsum(x, { axis: 0 }),
    (x) => m.tile(x, 2),
    (x) => slice(x, [0, 2], [null, null, 2]),
    (x) => m.pad(x, 1, 0.5),
    (x) => reshape(x, [-1, 1]),
    (x) => m.take(x, [0, 0, -1]),
    (x) => sum(x),
    (x) => m.broadcastTo(slice(x, [0, 1]), [3, x.shape[1]]),
    (x) => log(add(mul(x, x), 1)),
    // Rows are images of one line, columns their channels.
    (x) => m.maxPool(reshape(x, [1, ...x.shape]), { window: 2, padding: 'SAME' }),
    (x) => m.avgPool(reshape(x, [1, ...x.shape]), { window: 3, strides: 2, padding: 'SAME' }),
    (x) => m.conv(reshape(x, [1, ...x.shape, 1]), KERNEL, { strides: [1, 2] }),
  ];
  const KERNEL = random.normal(random.key(99), [2, 3, 1, 2]);
  const binary: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
    add,
    sub,
    mul,
    m.maximum,
    (x, y) => where(m.greater(x, y), x, y),
    (x, y) => matmul(x, transpose(y)),
    (x, y) => concatenate([x, y], { axis: 1 }),
    (x, y) => matmul(transpose(x), y),
    (x, y) => sum(mul(x, y), { axis: 1, keepdims: true }),
    (x, y) => add(matmul(x, y), 1),
    (x, y) =>
      m.conv(reshape(x, [1, ...x.shape]), reshape(y, [y.shape[0], 1, y.shape[1]]), { groups: x.shape[1] }),
    (x, y) => m.conv(reshape(x, [x.shape[0], x.shape[1], 1]), reshape(y, [y.shape[0], 1, y.shape[1]])),
  ];
  const program =
    (choices: readonly number[]) =>
    (...inputs: Tensor[]): Tensor[] => {
      const known = [...inputs];
      for (const choice of choices) {
        const pick = (n: number): Tensor => known[n % known.length];
        const kind = choice % 100;
        try {
          const x = pick(Math.floor(choice / 100));
          const y = pick(Math.floor(choice / 10_000));
          const made = kind < 55 ? unary[kind % unary.length](x) : binary[kind % binary.length](x, y);
          const flat = made.ndim === 2 ? made : reshape(made, [made.size, 1]);
          if (flat.size > 0 && flat.size < 600) known.push(flat);
        } catch (error) {
          // Shapes that do not fit: the program goes on without this op.
          if (!(error instanceof RangeError)) throw error;
        }
      }
      return known.slice(-3);
    };
  const sizes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
  const choices = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 14 });
  const inputsOf = ([rows, columns]: readonly [number, number], seed: number): Tensor[] => [
    random.normal(random.key(seed), [rows, columns]),
    random.normal(random.key(seed + 1), [rows, columns]),
    random.normal(random.key(seed + 2), [1, columns]),
  ];

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
