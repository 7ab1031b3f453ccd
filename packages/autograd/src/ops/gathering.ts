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
  const wrap = (index: number): number => (index < 0 ? index + size : index);
  if (check === undefined) return (position) => wrap(indices[position]);
  const lowest = check.fromEnd ? -size : 0;
  return (position) => {
    const index = indices[position];
    if (!Number.isInteger(index) || index < lowest || index >= size) {
      const problem = Number.isInteger(index) ? 'index out of range' : 'index is not an integer';
      throw rangeError(
        check.op,
        `${problem}: expected an integer from ${lowest} to ${size - 1} for an axis of size ${size}, got ${index} at position ${position}`,
      );
    }
    return wrap(index);
  };
};

/** Computes out[o, j] = x[o, places[j]]. */
const gatherColumns = (out: Values, x: Values, places: Int32Array, outer: number, size: number): void => {
  const count = places.length;
  for (let o = 0; o < outer; o++) {
    const [source, target] = [o * size, o * count];
    for (let j = 0; j < count; j++) out[target + j] = x[source + places[j]];
  }
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
    const readIndex = indexReader(indices, size, check);
    if (perElement) {
      for (let o = 0; o < outer; o++) {
        for (let target = o * count * inner; target < (o + 1) * count * inner; target++)
          out[target] = x[(o * size + readIndex(target)) * inner + (target % inner)];
      }
      return;
    }
    // All indices first: they are the same for each o, and the result is then written in order.
    const places = new Int32Array(count);
    for (let j = 0; j < count; j++) places[j] = readIndex(j);
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
    const readIndex = indexReader(indices, size, check);
    // The lines to compute sums for: all of them, or only those that occur, if these are fewer.
    const isSparse = !perElement && count < size;
    const lines = isSparse ? [...new Set(Array.from({ length: count }, (_, j) => readIndex(j)))] : undefined;
    const slots = new Int32Array(size).map((_, line) => line);
    lines?.forEach((line, slot) => (slots[line] = slot));
    const sums = new Float64Array((lines?.length ?? size) * inner);
    if (base === undefined) out.fill(0);
    else out.set(base);
    for (let o = 0; o < outer; o++) {
      const start = o * size * inner;
      if (lines === undefined) sums.set(out.subarray(start, start + size * inner));
      lines?.forEach((line, slot) => {
        const offset = start + line * inner;
        sums.set(out.subarray(offset, offset + inner), slot * inner);
      });
      const first = o * count * inner;
      if (perElement)
        for (let source = first; source < first + count * inner; source++)
          sums[readIndex(source) * inner + (source % inner)] += updates[source];
      else
        for (let j = 0; j < count; j++)
          addRow(sums, slots[readIndex(j)] * inner, updates, first + j * inner, inner);
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
    const readIndex = indexReader(indices, size, check);
    out.set(base);
    for (let j = 0; j < count; j++) {
      const index = readIndex(j);
      for (let o = 0; o < outer; o++) {
        const source = (o * count + j) * inner;
        out.set(updates.subarray(source, source + inner), (o * size + index) * inner);
      }
    }
  },
});
