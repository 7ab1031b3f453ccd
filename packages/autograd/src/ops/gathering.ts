/**
 * Loops that gather elements by index, and loops that scatter them.
 *
 * Both treat x as an array [outer, size, inner]. Indices select along the middle axis.
 */
import { rangeError } from '../base/errors.ts';
import type { DirectLoop, Values } from '../compiler/loops.ts';
import { type Shape, around, sizeOf } from '../base/shape.ts';

/** Which elements of x to gather, or to scatter to. */
export interface Gathering {
  /** The shape of x. */
  readonly shape: Shape;
  readonly axis: number;
  /** The number of indices that select along the axis. */
  readonly count: number;
  /** Whether each element of the result has its own index. */
  readonly perElement: boolean;
}

export const gathering = (shape: Shape, indices: Shape, axis: number, perElement: boolean): Gathering => ({
  shape,
  axis,
  count: perElement ? indices[axis] : sizeOf(indices),
  perElement,
});

/** How to check indices: the name of the op in errors, and whether negative indices are allowed. */
export interface IndexCheck {
  readonly op: string;
  /** Whether negative indices count from the end. */
  readonly fromEnd: boolean;
}

const throwBadIndex = ({ op, fromEnd }: IndexCheck, index: number, position: number, size: number): never => {
  const problem = Number.isInteger(index) ? 'index out of range' : 'index is not an integer';
  throw rangeError(
    op,
    `${problem}: expected an integer from ${fromEnd ? -size : 0} to ${size - 1} for an axis of size ${size}, got ${index} at position ${position}`,
  );
};

/**
 * Returns a function that reads the index at a position, as a number from 0 to size - 1.
 *
 * With `check`, it throws a RangeError for an index that is out of range or not an integer.
 */
const indexReader = (
  indices: Values,
  size: number,
  check: IndexCheck | undefined,
): ((position: number) => number) => {
  const shift = check?.fromEnd === false ? 0 : size;
  return (position) => {
    const index = indices[position];
    // Equal to the index if that is an integer.
    const whole = index | 0;
    const place = whole < 0 ? whole + shift : whole;
    if (check !== undefined && !(whole === index && place >= 0 && place < size))
      throwBadIndex(check, index, position, size);
    return place;
  };
};

/** Reads `count` indices, which are the same for each o. */
const readIndices = (
  indices: Values,
  count: number,
  size: number,
  check: IndexCheck | undefined,
): Int32Array => {
  const read = indexReader(indices, size, check);
  const places = new Int32Array(count);
  for (let i = 0; i < count; i++) places[i] = read(i);
  return places;
};

/**
 * Computes out[o, j] = x[o, places[j]].
 *
 * Four at a time, which takes half the time: the engine reads the arrays' addresses again after
 * each write.
 */
const gatherColumns = (out: Values, x: Values, places: Int32Array, outer: number, size: number): void => {
  const count = places.length;
  for (let source = 0, target = 0; target < outer * count; source += size, target += count) {
    let j = 0;
    for (; j + 3 < count; j += 4) {
      const first = x[source + places[j]];
      const second = x[source + places[j + 1]];
      const third = x[source + places[j + 2]];
      const fourth = x[source + places[j + 3]];
      out[target + j] = first;
      out[target + j + 1] = second;
      out[target + j + 2] = third;
      out[target + j + 3] = fourth;
    }
    for (; j < count; j++) out[target + j] = x[source + places[j]];
  }
};

/** Computes out[j] = x[start + index], for j from `first` to `end`; four at a time, as above. */
const gatherLine = (
  out: Values,
  x: Values,
  read: (position: number) => number,
  first: number,
  end: number,
  start: number,
): void => {
  let j = first;
  for (; j + 3 < end; j += 4) {
    const one = x[start + read(j)];
    const two = x[start + read(j + 1)];
    const three = x[start + read(j + 2)];
    const four = x[start + read(j + 3)];
    out[j] = one;
    out[j + 1] = two;
    out[j + 2] = three;
    out[j + 3] = four;
  }
  for (; j < end; j++) out[j] = x[start + read(j)];
};

/**
 * Returns the loop for out[o, j, i] = x[o, index, i].
 *
 * `index` is indices[o, j, i] if `perElement`, else indices[j].
 */
export const gatherLoop = ({ shape, axis, count, perElement }: Gathering, check: IndexCheck): DirectLoop => ({
  kind: 'direct',
  mayFail: true,
  compute: (out, x, indices) => {
    const [outer, size, inner] = around(shape, axis);
    if (perElement) {
      const read = indexReader(indices, size, check);
      for (let o = 0; o < outer; o++) {
        const [first, end, start] = [o * count * inner, (o + 1) * count * inner, o * size * inner];
        if (inner === 1) gatherLine(out, x, read, first, end, start);
        else
          for (let row = first; row < end; row += inner)
            for (let i = 0; i < inner; i++) out[row + i] = x[start + read(row + i) * inner + i];
      }
      return;
    }
    // All indices first: they are the same for each o, and the result is then written in order.
    const places = readIndices(indices, count, size, check);
    if (inner === 1) return gatherColumns(out, x, places, outer, size);
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < count; j++) {
        const source = (o * size + places[j]) * inner;
        const target = (o * count + j) * inner;
        if (inner < 16) for (let i = 0; i < inner; i++) out[target + i] = x[source + i];
        else out.set(x.subarray(source, source + inner), target);
      }
    }
  },
});

/**
 * Adds `length` elements of `from`, starting at `source`, to those of `to`, starting at `target`.
 */
const addRow = (to: Float64Array, target: number, from: Values, source: number, length: number): void => {
  for (let i = 0; i < length; i++) to[target + i] += from[source + i];
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
  compute: (out, updates, indices, base) => {
    const [outer, size, inner] = around(shape, axis);
    if (base === undefined) out.fill(0);
    else out.set(base);
    const read = indexReader(indices, size, check);
    if (perElement && count === 1) {
      // No element gets two updates.
      for (let o = 0; o < outer; o++)
        for (let i = 0; i < inner; i++) {
          const position = o * inner + i;
          out[(o * size + read(position)) * inner + i] += updates[position];
        }
      return;
    }
    const shared = perElement ? undefined : readIndices(indices, count, size, check);
    // The lines to compute sums for: all of them, or only those that occur, if these are fewer.
    const lines = shared !== undefined && count < size ? [...new Set(shared)] : undefined;
    const slots = new Int32Array(size).map((_, line) => line);
    lines?.forEach((line, slot) => (slots[line] = slot));
    const sums = new Float64Array((lines?.length ?? size) * inner);
    for (let o = 0; o < outer; o++) {
      const start = o * size * inner;
      if (lines === undefined) sums.set(out.subarray(start, start + size * inner));
      lines?.forEach((line, slot) => {
        const offset = start + line * inner;
        sums.set(out.subarray(offset, offset + inner), slot * inner);
      });
      const first = o * count * inner;
      if (shared === undefined)
        for (let row = first; row < first + count * inner; row += inner)
          for (let i = 0; i < inner; i++) sums[read(row + i) * inner + i] += updates[row + i];
      else
        for (let j = 0; j < count; j++)
          addRow(sums, slots[shared[j]] * inner, updates, first + j * inner, inner);
      if (lines === undefined) out.set(sums, start);
      lines?.forEach((line, slot) =>
        out.set(sums.subarray(slot * inner, (slot + 1) * inner), start + line * inner),
      );
    }
  },
});

/**
 * Returns the loop for out[o, indices[j], i] = updates[o, j, i], and base elsewhere. The last of
 * equal indices wins.
 */
export const scatterSetLoop = ({ shape, axis, count }: Gathering, check: IndexCheck): DirectLoop => ({
  kind: 'direct',
  mayFail: true,
  compute: (out, updates, indices, base) => {
    const [outer, size, inner] = around(shape, axis);
    const places = readIndices(indices, count, size, check);
    out.set(base);
    for (let j = 0; j < count; j++) {
      const index = places[j];
      for (let o = 0; o < outer; o++) {
        const source = (o * count + j) * inner;
        out.set(updates.subarray(source, source + inner), (o * size + index) * inner);
      }
    }
  },
});
