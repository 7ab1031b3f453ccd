/**
 * Parts of loops that can run at the same time.
 *
 * Loops are divided along axes that are not reduced, after their axes are merged and their order is
 * chosen. So the parts together compute the same bits as the whole, however many there are.
 */
import type { Cut, TraversalPart } from './emit.ts';
import type { MatmulLoop, Traversal } from './loops.ts';

/** One of several parts of a loop. */
export interface Slice {
  readonly part: number;
  readonly parts: number;
}

/** Columns are divided into whole cache lines, which no two parts then write. */
const LINE = 16;

/** Returns where a slice of `size` starts and ends, in multiples of `step`. */
const intervalOf = (size: number, step: number, { part, parts }: Slice): readonly [number, number] => {
  const units = Math.ceil(size / step);
  const boundary = (index: number): number => Math.min(size, step * Math.floor((index * units) / parts));
  return [boundary(part), boundary(part + 1)];
};

/**
 * Returns a slice of a traversal, and where it starts in each view; undefined if it is empty.
 *
 * An axis that is not reduced is divided, the outermost that is long enough. So each element is
 * computed as in the whole.
 */
const sliceOf = (whole: Traversal, slice: Slice): TraversalPart | undefined => {
  const { sizes, views, kept, isColumns } = whole;
  const stepOf = (axis: number): number => (isColumns && axis === kept - 1 ? LINE : 1);
  const lengths = sizes.slice(0, kept).map((size, axis) => Math.floor(size / stepOf(axis)));
  const isLong = lengths.findIndex((length) => length >= slice.parts);
  const axis = isLong >= 0 ? isLong : lengths.indexOf(Math.max(...lengths));
  if (slice.parts === 1 || axis < 0)
    return slice.part === 0 ? { traversal: whole, starts: views.map(() => 0) } : undefined;
  const [start, end] = intervalOf(sizes[axis], stepOf(axis), slice);
  if (start === end) return undefined;
  return {
    traversal: { ...whole, sizes: sizes.with(axis, end - start) },
    starts: views.map((view) => start * view[axis]),
  };
};

/** Rows and columns of a product are divided into whole tiles of its kernels. */
const TILE_ROWS = 4;
const TILE_COLUMNS = LINE;

/**
 * Returns the rows and columns of the result that a slice of a product computes.
 *
 * They form a grid. Each cell packs its rows of A and its columns of B, so the grid with the least
 * to pack is chosen.
 */
const cellOf = (
  { rows, columns }: MatmulLoop,
  { part, parts }: Slice,
): { readonly rows: readonly [number, number]; readonly columns: readonly [number, number] } => {
  let down = 1;
  let least = Infinity;
  for (let candidate = 1; candidate <= parts; candidate++) {
    if (parts % candidate !== 0) continue;
    const across = parts / candidate;
    const isTooFine =
      candidate * TILE_ROWS > rows + TILE_ROWS || across * TILE_COLUMNS > columns + TILE_COLUMNS;
    const packed = (isTooFine ? 1e6 : 1) * (candidate * columns + across * rows);
    if (packed < least) [down, least] = [candidate, packed];
  }
  const across = parts / down;
  return {
    rows: intervalOf(rows, TILE_ROWS, { part: Math.floor(part / across), parts: down }),
    columns: intervalOf(columns, TILE_COLUMNS, { part: part % across, parts: across }),
  };
};

/** Returns the cut that chooses a slice. */
export const cutOf = (slice: Slice): Cut => ({
  traversal: (whole) => sliceOf(whole, slice),
  cell: (loop) => cellOf(loop, slice),
  pieces: (count) => intervalOf(count, 1, slice),
});
