/** Ops that only copy run on arrays where that is faster. The elements keep their bits. */
import { expect, test } from 'vitest';
import {
  arange,
  broadcastTo,
  concatenate,
  diag,
  jit,
  ones,
  pad,
  random,
  reshape,
  scatterSet,
  slice,
  stack,
  take,
  takeAlongAxis,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from '../../src/index.ts';

const make = (count: number, shape: readonly number[]): Tensor[] =>
  random.split(random.key(count), count).map((key) => random.normal(key, shape));

test('stack and concatenate join few and many operands along each axis', () => {
  for (const count of [2, 3, 5, 6, 40])
    for (const shape of [[], [1], [3], [2, 3], [70], [3, 70], [2, 1, 4], [0, 2], [9, 2]])
      for (let axis = 0; axis <= shape.length; axis++) {
        const inputs = make(count, shape);
        const stacked = stack(inputs, { axis });
        expect(stacked).toEqual(jit(() => stack(inputs, { axis }))());
        const own = inputs.map((x) => x.toArray());
        if (axis === 0) expect(stacked.toArray()).toEqual(own);
        if (axis === shape.length) continue;
        expect(concatenate(inputs, { axis })).toEqual(jit(() => concatenate(inputs, { axis }))());
      }
});

test('joined operands can have different sizes, and no elements', () => {
  const parts = [2, 0, 1, 5, 3, 0].map((n, i) => reshape(random.normal(random.key(i), [4 * n]), [4, n]));
  const whole = concatenate(parts, { axis: 1 });
  let start = 0;
  for (const part of parts) {
    expect(slice(whole, null, [start, start + part.shape[1]])).toEqual(part);
    start += part.shape[1];
  }
  expect(whole.shape).toEqual([4, 11]);
});

test('parts of rows, and rows that repeat', () => {
  const x = reshape(arange(5 * 200), [5, 200]);
  const part = slice(x, [1, 4], [100, 190]);
  expect(part.toArray()).toEqual(
    [1, 2, 3].map((row) => Array.from({ length: 90 }, (_, i) => 200 * row + 100 + i)),
  );
  const row = slice(x, 2);
  expect(broadcastTo(row, [3, 200]).toArray()).toEqual([row.toArray(), row.toArray(), row.toArray()]);
  // The result is a copy.
  expect(broadcastTo(row, [1, 200]).data).toEqual(row.data);
});

test('bits that are no number are unchanged', () => {
  const bits = Int32Array.of(0x7f800001, 0x7fc00000, -1, 0x80000000 | 0, 1, 0x7fa00000);
  const own = new Float32Array(bits.buffer);
  const inputs = Array.from({ length: 7 }, () => tensor(own, [6], { copy: false }));
  const bitsOf = ({ data }: Tensor): number[] => [
    ...new Int32Array(data.buffer as ArrayBuffer, data.byteOffset, data.length),
  ];
  expect(bitsOf(concatenate(inputs)).slice(0, 6)).toEqual([...bits]);
  const columns = bitsOf(stack(inputs, { axis: 1 }));
  bits.forEach((word, i) => expect(columns.slice(7 * i, 7 * i + 7)).toEqual(new Array(7).fill(word)));
});

test('ops that move elements by index keep the bits of any NaN', () => {
  const words = Int32Array.of(0x7f800001, 0xff800001 | 0, 0x7fa00000, -1, 1, 0x80000000 | 0);
  const x = tensor(new Float32Array(words.buffer), [6], { copy: false });
  const bitsOf = ({ data }: Tensor): number[] => [
    ...new Int32Array(data.buffer as ArrayBuffer, data.byteOffset, data.length),
  ];
  const order = [5, 0, 3, 1, 4, 2];
  const moves: readonly (readonly [(rows: Tensor, line: Tensor) => Tensor, readonly number[]])[] = [
    [(_, line) => take(line, order), order],
    [(rows) => take(rows, [2, 0]), [4, 5, 0, 1]],
    [(rows) => take(rows, [1, 0, 1], { axis: 1 }), [1, 0, 1, 3, 2, 3, 5, 4, 5]],
    [(_, line) => takeAlongAxis(line, order, { axis: 0 }), order],
    [(rows) => takeAlongAxis(rows, [[2, 0]], { axis: 0 }), [4, 1]],
    [(_, line) => scatterSet(zeros([6]), order, line), [1, 3, 5, 2, 4, 0]],
    [(rows) => scatterSet(rows, [1], slice(rows, [0, 1])), [0, 1, 0, 1, 4, 5]],
  ];
  for (const [move, places] of moves)
    for (const run of [move, jit(move)])
      expect(bitsOf(run(reshape(x, [3, 2]), x))).toEqual(places.map((place) => words[place]));
});

test('padding, and diagonals, fill what is left', () => {
  for (const size of [0, 1, 3, 30]) {
    const x = random.normal(random.key(size), [size]);
    for (const k of [0, 1, -1, 4, -4]) {
      const side = size + Math.abs(k);
      const expected = Array.from({ length: side }, (_, row) =>
        Array.from({ length: side }, (_column, column) =>
          column - row === k ? x.data[Math.min(row, column)] : 0,
        ),
      );
      expect(diag(x, { k }).toArray()).toEqual(expected);
      expect(jit(() => diag(x, { k }))()).toEqual(diag(x, { k }));
    }
    for (const value of [0, -0, 2, NaN])
      expect(pad(x, [[2, 300]], value).toArray()).toEqual(
        [[value, value], x.toArray(), new Array(300).fill(value)].flat(),
      );
  }
});

test('keys of examples move through vmap unchanged', () => {
  const keys = random.keys(random.key(5), 300);
  const draw = vmap((key: random.Key) => random.uniform(key, [2]));
  const single = random.split(random.key(5), 300).map((key) => random.uniform(key, [2]));
  expect(draw(keys)).toEqual(stack(single));
});

test('an error names the first shape that does not fit', () => {
  const inputs = [...make(30, [2]), ones([3, 1])];
  expect(() => concatenate(inputs)).toThrow(
    'concatenate: shapes differ outside of axis 0: expected equal sizes, got [2] and [3, 1]',
  );
});
