/**
 * Loops that gather elements by index.
 *
 * They treat x as an array [outer, size, inner]. Indices select along the middle axis.
 */
import { bitsOf } from '../base/bits.ts';
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

/** Elements that are only moved. */
type Moved = Values | Int32Array;

/** Returns two arrays, to move elements from one to the other: float32 as bits. */
export const toMove = (...both: readonly [Values, Values]): readonly Moved[] =>
  both.every((x) => x instanceof Float32Array) ? both.map(bitsOf) : both;

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
export const indexReader = (
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
export const readPlaces = (
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
const gatherColumns = (out: Moved, x: Moved, places: Int32Array, outer: number, size: number): void => {
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

/** Rows of this length or more are faster to copy with `set`. */
const LONG_ROW = 64;

/** Copies a row of x to out: four elements at a time, as in `gatherColumns`. */
export const copyRow = (out: Moved, x: Moved, target: number, source: number, length: number): void => {
  if (length >= LONG_ROW) return out.set(x.subarray(source, source + length), target);
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const first = x[source + i];
    const second = x[source + i + 1];
    const third = x[source + i + 2];
    const fourth = x[source + i + 3];
    out[target + i] = first;
    out[target + i + 1] = second;
    out[target + i + 2] = third;
    out[target + i + 3] = fourth;
  }
  for (; i < length; i++) out[target + i] = x[source + i];
};

/** Computes out[j] = x[start + index], for j from `first` to `end`; four at a time, as above. */
const gatherLine = (
  out: Moved,
  x: Moved,
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
  forBatch: ({ count: examples, inputSteps: [xStep, indexStep] }) => {
    if (perElement || xStep === 0 || indexStep > 0) return undefined;
    return gatherLoop({ shape: [examples, ...shape], axis: axis + 1, count, perElement }, check);
  },
  compute: (result, operand, indices) => {
    const [out, x] = toMove(result, operand);
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
    const places = readPlaces(indices, count, size, check);
    if (inner === 1) return gatherColumns(out, x, places, outer, size);
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < count; j++)
        copyRow(out, x, (o * count + j) * inner, (o * size + places[j]) * inner, inner);
    }
  },
});
