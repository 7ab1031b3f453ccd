/** Loops that scatter elements by index. They treat x as loops that gather do. */
import type { DirectLoop, Values } from '../compiler/loops.ts';
import { around } from '../base/shape.ts';
import { type Gathering, type IndexCheck, copyRow, indexReader, readPlaces, toMove } from './gathering.ts';

/** Copies x to out, unless they are the same memory. */
export const startFrom = (out: Values, x: Values): void => {
  if (out.buffer !== x.buffer || out.byteOffset !== x.byteOffset) out.set(x);
};

/** [outer, size, inner], the shape that x is treated as. */
type Around = ReturnType<typeof around>;

/** Adds updates to out, each at an index of its own. */
const addEach = (
  out: Values,
  updates: Values,
  read: (position: number) => number,
  [outer, size, inner]: Around,
  count: number,
): void => {
  for (let o = 0; o < outer; o++) {
    const start = o * size * inner;
    const first = o * count * inner;
    if (count === 1) {
      // No element gets two updates.
      for (let i = 0; i < inner; i++) out[start + read(first + i) * inner + i] += updates[first + i];
      continue;
    }
    const sums = Float64Array.from(out.subarray(start, start + size * inner));
    for (let row = first; row < first + count * inner; row += inner)
      for (let i = 0; i < inner; i++) sums[read(row + i) * inner + i] += updates[row + i];
    out.set(sums, start);
  }
};

/** Adds row j of updates to row places[j] of sums, for one index of the outer axes. */
const sumRows = (
  sums: Float64Array,
  updates: Values,
  places: ArrayLike<number>,
  first: number,
  inner: number,
): void => {
  for (let j = 0; j < places.length; j++) {
    const target = places[j] * inner;
    const source = first + j * inner;
    for (let i = 0; i < inner; i++) sums[target + i] += updates[source + i];
  }
};

/** Adds rows of updates to the rows of out at `places`, which all outer indices share. */
const addRows = (out: Values, updates: Values, places: Int32Array, [outer, size, inner]: Around): void => {
  // Looking up a row takes as long as copying about 100 elements.
  if (places.length * (inner + 100) < size * inner)
    return addFewRows(out, updates, places, [outer, size, inner]);
  for (let o = 0; o < outer; o++) {
    const start = o * size * inner;
    const sums = Float64Array.from(out.subarray(start, start + size * inner));
    sumRows(sums, updates, places, o * places.length * inner, inner);
    out.set(sums, start);
  }
};

/** Like `addRows`, but computes sums only for rows that receive updates. */
const addFewRows = (out: Values, updates: Values, places: Int32Array, [outer, size, inner]: Around): void => {
  const rows = [...new Set(places)];
  const slotOf = new Map(rows.map((row, slot) => [row, slot]));
  const slots = places.map((place) => slotOf.get(place) ?? 0);
  const sums = new Float64Array(rows.length * inner);
  for (let o = 0; o < outer; o++) {
    const offsets = rows.map((row) => (o * size + row) * inner);
    offsets.forEach((offset, slot) => sums.set(out.subarray(offset, offset + inner), slot * inner));
    sumRows(sums, updates, slots, o * places.length * inner, inner);
    offsets.forEach((offset, slot) => out.set(sums.subarray(slot * inner, (slot + 1) * inner), offset));
  }
};

/**
 * Returns the loop for out[o, index, i] = base[o, index, i] + Σ updates[o, j, i], summed in double
 * precision. A missing base counts as 0.
 *
 * Without `check`, the indices are known to be valid.
 */
export const scatterAddLoop = (
  { shape, axis, count, perElement }: Gathering,
  check?: IndexCheck,
): DirectLoop => ({
  kind: 'direct',
  mayFail: check !== undefined,
  startsFrom: 2,
  compute: (out, updates, indices, base) => {
    const whole = around(shape, axis);
    const [, size] = whole;
    const places = perElement ? undefined : readPlaces(indices, count, size, check);
    if (base === undefined) out.fill(0);
    else startFrom(out, base);
    if (places === undefined) addEach(out, updates, indexReader(indices, size, check), whole, count);
    else addRows(out, updates, places, whole);
  },
});

/**
 * Returns the loop for out[o, indices[j], i] = updates[o, j, i], and base elsewhere. The last of
 * equal indices wins.
 */
export const scatterSetLoop = ({ shape, axis, count }: Gathering, check: IndexCheck): DirectLoop => ({
  kind: 'direct',
  mayFail: true,
  startsFrom: 2,
  compute: (result, rows, indices, base) => {
    const [outer, size, inner] = around(shape, axis);
    const places = readPlaces(indices, count, size, check);
    startFrom(result, base);
    const [out, updates] = toMove(result, rows);
    for (let j = 0; j < count; j++) {
      const index = places[j];
      for (let o = 0; o < outer; o++)
        copyRow(out, updates, (o * size + index) * inner, (o * count + j) * inner, inner);
    }
  },
});
