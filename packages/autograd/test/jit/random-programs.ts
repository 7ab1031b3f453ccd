/** Random programs of many ops, for tests of what is done to programs. */
import fc from 'fast-check';
import * as m from '../../src/index.ts';
import {
  type Tensor,
  add,
  concatenate,
  exp,
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
  transpose,
  where,
} from '../../src/index.ts';

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
export const program =
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
export const sizes: fc.Arbitrary<[number, number]> = fc.tuple(
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 9 }),
);
export const choices: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 0, max: 1_000_000 }), {
  minLength: 1,
  maxLength: 14,
});
export const inputsOf = ([rows, columns]: readonly [number, number], seed: number): Tensor[] => [
  random.normal(random.key(seed), [rows, columns]),
  random.normal(random.key(seed + 1), [rows, columns]),
  random.normal(random.key(seed + 2), [1, columns]),
];
