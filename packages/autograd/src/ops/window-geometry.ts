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

/** A part of the triples of one axis: all combinations of two loops, from a first triple on. */
export interface Part {
  readonly start: Indices;
  /** The loop over the index that each element of the result has. */
  readonly kept: Run;
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
      const middle = (same + end) >> 1;
      if (isSame(middle)) same = middle;
      else end = middle;
    }
    groups.push({ start, count: end - start, bounds });
    start = end;
  }
  return groups;
};

/** The number of indices in bounds. */
const countOf = ([first, last]: Bounds): number => Math.max(0, last - first + 1);

/** Returns the places of window `output` that are inside the input. */
const placesInside = (axis: WindowAxis, output: number): Bounds => {
  const { input, kernel, stride, dilation, low } = axis;
  const first = output * stride - low;
  return [
    Math.max(0, Math.ceil(-first / dilation)),
    Math.min(kernel - 1, Math.floor((input - 1 - first) / dilation)),
  ];
};

const inputAt = ({ stride, dilation, low }: WindowAxis, output: number, kernel: number): number =>
  output * stride + kernel * dilation - low;

/** Returns the parts whose kept index is that of the window. */
const partsByOutput = (axis: WindowAxis): Part[] =>
  groupByBounds(axis.output, (output) => placesInside(axis, output)).map(({ start, count, bounds }) => ({
    start: { input: inputAt(axis, start, bounds[0]), output: start, kernel: bounds[0] },
    kept: { count, input: axis.stride, output: 1, kernel: 0 },
    other: { count: countOf(bounds), input: axis.dilation, output: 0, kernel: 1 },
  }));

/** Returns the parts whose kept index is that of the place in the window. */
const partsByKernel = (axis: WindowAxis): Part[] => {
  const { input, output, stride } = axis;
  const windowsInside = (kernel: number): Bounds => {
    const first = inputAt(axis, 0, kernel);
    return [
      Math.max(0, Math.ceil(-first / stride)),
      Math.min(output - 1, Math.floor((input - 1 - first) / stride)),
    ];
  };
  return groupByBounds(axis.kernel, windowsInside).map(({ start, count, bounds }) => ({
    start: { input: inputAt(axis, bounds[0], start), output: bounds[0], kernel: start },
    kept: { count, input: axis.dilation, output: 0, kernel: 1 },
    other: { count: countOf(bounds), input: stride, output: 1, kernel: 0 },
  }));
};

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/**
 * Returns the parts whose kept index is that of the element of the input.
 *
 * Elements whose distance is a multiple of the stride meet the same places of windows, so each
 * remainder has parts of its own.
 */
const partsByInput = (axis: WindowAxis): Part[] => {
  const { input, output, kernel, stride, dilation, low } = axis;
  const divisor = greatestDivisor(stride, dilation);
  // Of two neighbouring places that meet the same element, the later one is in an earlier window.
  const placeStep = stride / divisor;
  const windowStep = dilation / divisor;
  const parts: Part[] = [];
  for (let first = 0; first < Math.min(stride, input); first++) {
    const count = Math.ceil((input - first) / stride);
    const kept = { count, input: stride, output: 1, kernel: 0 };
    const place = Array.from({ length: Math.min(kernel, placeStep) }, (_, k) => k).find(
      (k) => (first + low - k * dilation) % stride === 0,
    );
    if (place === undefined) {
      const none = { count: 0, input: 0, output: 0, kernel: 0 };
      parts.push({ start: { input: first, output: 0, kernel: 0 }, kept, other: none });
      continue;
    }
    const window = (first + low - place * dilation) / stride;
    const places = Math.ceil((kernel - place) / placeStep);
    const meeting = (index: number): Bounds => [
      Math.max(0, Math.ceil((window + index - output + 1) / windowStep)),
      Math.min(places - 1, Math.floor((window + index) / windowStep)),
    ];
    for (const { start, count: length, bounds } of groupByBounds(count, meeting)) {
      parts.push({
        start: {
          input: first + start * stride,
          output: window + start - bounds[0] * windowStep,
          kernel: place + bounds[0] * placeStep,
        },
        kept: { ...kept, count: length },
        other: { count: countOf(bounds), input: 0, output: -windowStep, kernel: placeStep },
      });
    }
  }
  return parts;
};

const PARTS: Readonly<Record<Role, (axis: WindowAxis) => Part[]>> = {
  input: partsByInput,
  output: partsByOutput,
  kernel: partsByKernel,
};

/** Returns the parts of an axis. Their kept indices are all indices of that role, each once. */
export const partsOf = (axis: WindowAxis, kept: Role): Part[] => PARTS[kept](axis);

/** A rectangle of windows and places, along one axis. */
export interface Rectangle extends Part {
  /** Whether its elements are in the input, or all in the padding. */
  readonly isInside: boolean;
}

/** Returns rectangles that together cover each place of each window once. */
export const rectanglesOf = (axis: WindowAxis): Rectangle[] =>
  partsByOutput(axis).flatMap(({ start, kept, other }) => {
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
              other: { ...other, count: Number(count) },
              isInside: isInside === true,
            },
          ],
    );
  });
