/**
 * Sliding windows over axes: which element of the input belongs to which place of which window.
 *
 * Along one axis, element k of window o is element i = o·stride + k·dilation - low of the input.
 * Windows overlap, and can reach into the padding. Loops need rectangles, so this file cuts the
 * valid triples (i, o, k) into parts in which two numbers run freely and the third follows.
 */

/** Sliding windows along one axis. */
export interface WindowAxis {
  /** The number of elements of the input, without padding. */
  readonly input: number;
  /** The number of windows. */
  readonly output: number;
  /** The number of elements of a window. */
  readonly kernel: number;
  /** The distance between neighbouring windows, in elements of the input. */
  readonly stride: number;
  /** The distance between neighbouring elements of a window. */
  readonly dilation: number;
  /** The number of elements of padding before the input. */
  readonly low: number;
}

/**
 * Indices of an element of the input, of a window and of a place in the window, or steps of them.
 */
export interface Indices {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
}

/** One loop over a part: how often it runs, and the step of each index. */
export interface Run extends Indices {
  readonly count: number;
}

/** A part of the triples of one axis: all combinations of three loops, from a first triple on. */
export interface Part {
  readonly start: Indices;
  /** The loop over the index that each element of the result has. */
  readonly kept: Run;
  /** A loop inside of that one, over neighbours that are in the same windows. */
  readonly neighbours: Run;
  /** The loop over the other index. Its count is 0 where the kept index has no valid triples. */
  readonly other: Run;
}

/** The index that a part keeps; the other one of its two loops is reduced. */
export type Role = keyof Indices;

/** A first and a last index; none if the last is smaller. */
type Bounds = readonly [first: number, last: number];

/**
 * Cuts the indices from 0 to count - 1 into groups of neighbours with the same bounds.
 *
 * Bounds must never decrease, or never increase, from one index to the next.
 */
const groupByBounds = (
  count: number,
  boundsOf: (index: number) => Bounds,
): { readonly start: number; readonly count: number; readonly bounds: Bounds }[] => {
  const groups = [];
  for (let start = 0; start < count;) {
    const bounds = boundsOf(start);
    const isSame = (index: number): boolean => {
      const [first, last] = boundsOf(index);
      return first === bounds[0] && last === bounds[1];
    };
    // Search for the first index with other bounds, between `start` and `end`.
    let end = count;
    for (let same = start; end - same > 1;) {
      const middle = same + ((end - same) >> 1);
      if (isSame(middle)) same = middle;
      else end = middle;
    }
    groups.push({ start, count: end - start, bounds });
    start = end;
  }
  return groups;
};

/**
 * Returns bounds, limited to the indices from 0 to count - 1. All that end before 0 are equal, and
 * so are all that begin after count - 1.
 */
const within = (count: number, first: number, last: number): Bounds => [
  Math.min(Math.max(0, first), count),
  Math.max(-1, Math.min(count - 1, last)),
];

const ONCE: Run = { count: 1, input: 0, output: 0, kernel: 0 };

/** The number of indices in bounds. */
const countOf = ([first, last]: Bounds): number => Math.max(0, last - first + 1);

/** Windows and their places change roles if the stride and the dilation do. */
type Side = 'output' | 'kernel';
const OTHER: Readonly<Record<Side, Side>> = { output: 'kernel', kernel: 'output' };

/** The distance, in elements of the input, between neighbouring windows or places. */
const stepOf = ({ stride, dilation }: WindowAxis, side: Side): number =>
  side === 'output' ? stride : dilation;

/** Returns the places of a window that are inside the input; or the windows of a place. */
const inside = (axis: WindowAxis, kept: Side, index: number): Bounds => {
  const other = OTHER[kept];
  const step = stepOf(axis, other);
  const first = index * stepOf(axis, kept) - axis.low;
  return within(axis[other], Math.ceil(-first / step), Math.floor((axis.input - 1 - first) / step));
};

/** Returns the parts whose kept index is that of the window, or that of the place in it. */
const partsBySide = (axis: WindowAxis, kept: Side): Part[] => {
  const other = OTHER[kept];
  const [keptStep, otherStep] = [stepOf(axis, kept), stepOf(axis, other)];
  return groupByBounds(axis[kept], (index) => inside(axis, kept, index)).map(({ start, count, bounds }) => ({
    start: {
      ...ONCE,
      input: start * keptStep + bounds[0] * otherStep - axis.low,
      [kept]: start,
      [other]: bounds[0],
    },
    kept: { ...ONCE, count, input: keptStep, [kept]: 1 },
    neighbours: ONCE,
    other: { ...ONCE, count: countOf(bounds), input: otherStep, [other]: 1 },
  }));
};

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** Elements of the input at distances of the stride: they meet the same places of windows. */
interface Class {
  /** The first element, and how many there are. */
  readonly first: number;
  readonly count: number;
  /**
   * How many neighbours, from the first element on, have classes that differ from this one by a
   * shift.
   */
  readonly neighbours: number;
  /** The first place that the elements meet, and the window in which `first` is at that place. */
  readonly place: number;
  readonly window: number;
  /** The number of places; 0 if the elements are in no window. */
  readonly places: number;
}

/**
 * Returns the classes of an axis. `placeStep` is the distance between places that meet the same
 * element.
 *
 * The work grows with the number of places, but not with the stride.
 */
const classesOf = (axis: WindowAxis, placeStep: number): Class[] => {
  const { input, kernel, stride, dilation, low } = axis;
  const end = Math.min(stride, input);
  /** From here on, one element fewer has a distance of the stride. */
  const boundary = ((input - 1) % stride) + 1;
  const classes: Class[] = [];
  /** Adds the elements from `first` to before `next`, of which the first meets `place` first. */
  const add = (first: number, next: number, place: number): void => {
    for (let from = first; from < next;) {
      const to = from < boundary ? Math.min(next, boundary) : next;
      const count = Math.ceil((input - from) / stride);
      const places = Math.ceil((kernel - place) / placeStep);
      const window = (from + low - place * dilation) / stride;
      const last = classes.at(-1);
      // Without dilation, neighbours in one window are at neighbouring places.
      const isShifted = places === 0 || (dilation === 1 && window === last?.window);
      if (last !== undefined && isShifted && count === last.count && places === last.places)
        classes[classes.length - 1] = { ...last, neighbours: last.neighbours + to - from };
      else classes.push({ first: from, count, neighbours: to - from, place, window, places });
      from = to;
    }
  };
  /** For each place before the elements repeat, the first element that meets it. */
  const met = Array.from({ length: Math.min(kernel, placeStep) }, (_, place) => ({
    element: (((place * dilation - low) % stride) + stride) % stride,
    place,
  }))
    .filter(({ element }) => element < end)
    .sort((a, b) => a.element - b.element);
  let first = 0;
  for (const { element, place } of met) {
    add(first, element, kernel);
    add(element, element + 1, place);
    first = element + 1;
  }
  add(first, end, kernel);
  return classes;
};

/** Returns the parts whose kept index is that of the element of the input. */
const partsByInput = (axis: WindowAxis): Part[] => {
  const { output, stride, dilation } = axis;
  const divisor = greatestDivisor(stride, dilation);
  // Of two neighbouring places that meet the same element, the later one is in an earlier window.
  const placeStep = stride / divisor;
  const windowStep = dilation / divisor;
  return classesOf(axis, placeStep).flatMap(({ first, count, neighbours, place, window, places }): Part[] => {
    const meeting = (index: number): Bounds =>
      within(
        places,
        Math.ceil((window + index - output + 1) / windowStep),
        Math.floor((window + index) / windowStep),
      );
    return groupByBounds(count, meeting).map(({ start, count: length, bounds }) => ({
      start: {
        input: first + start * stride,
        output: window + start - bounds[0] * windowStep,
        kernel: place + bounds[0] * placeStep,
      },
      kept: { count: length, input: stride, output: 1, kernel: 0 },
      neighbours: { count: neighbours, input: 1, output: 0, kernel: 1 },
      other: { count: countOf(bounds), input: 0, output: -windowStep, kernel: placeStep },
    }));
  });
};

/** Returns the parts of an axis. Their kept indices are all indices of that role, each once. */
export const partsOf = (axis: WindowAxis, kept: Role): Part[] =>
  kept === 'input' ? partsByInput(axis) : partsBySide(axis, kept);

/** A rectangle of windows and places, along one axis. */
export interface Rectangle extends Part {
  /** Whether its elements are in the input, or all in the padding. */
  readonly isInside: boolean;
}

/** Returns rectangles that together cover each place of each window once. */
export const rectanglesOf = (axis: WindowAxis): Rectangle[] =>
  partsBySide(axis, 'output').flatMap(({ start, kept, neighbours, other }) => {
    const before = Math.min(start.kernel, axis.kernel);
    return [
      [0, before, false],
      [before, other.count, true],
      [before + other.count, axis.kernel - before - other.count, false],
    ].flatMap(([kernel, count, isInside]) =>
      count === 0
        ? []
        : [
            {
              start: { ...start, kernel: Number(kernel) },
              kept,
              neighbours,
              other: { ...other, count: Number(count) },
              isInside: isInside === true,
            },
          ],
    );
  });

/** Returns, for each window, the number of its elements that are not padding. */
export const countsInside = (axis: WindowAxis): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: axis.output }, (_, output) => countOf(inside(axis, 'output', output)));
