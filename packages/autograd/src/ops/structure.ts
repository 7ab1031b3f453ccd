/** Ops that move elements without computing on them. */
import { checkList, checkOptions } from '../check.ts';
import { identity } from '../compiler/algebra.ts';
import type { MapLoop } from '../compiler/loops.ts';
import { bind, type LoopPrimitive, toTensor, type ViewPrimitive } from '../primitive.ts';
import {
  broadcastShapes,
  broadcastStrides,
  checkAxes,
  checkAxis,
  checkInteger,
  checkShape,
  checkSize,
  describe,
  formatShape,
  MAXIMUM_AXES,
  orderedAxes,
  sameShape,
  type Shape,
  sizeOf,
  stridesOf,
} from '../shape.ts';
import type { Tensor, TensorLike } from '../tensor.ts';
import { mul } from './arithmetic.ts';

/** A loop over `shape` that copies the elements seen through one view to where another says. */
const copyLoop = (
  shape: Shape,
  from: { input: number; offset: number; strides: readonly number[] },
  to: { offset: number; strides: readonly number[] } = { offset: 0, strides: stridesOf(shape) },
): MapLoop => ({ kind: 'map', rule: identity, sizes: shape, operands: [from], out: to });

const reshapePrimitive: ViewPrimitive<{ shape: Shape }> = {
  name: 'reshape',
  shape: (_shapes, { shape }) => shape,
  view: () => 0,
  vjp: (ct, [x]) => [() => reshape(ct, x.shape)],
};

/** The same elements in row-major order in another shape; one size may be -1: whatever is left. Shares storage. */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const input = toTensor('reshape', x);
  const given: unknown = Array.isArray(shape)
    ? checkList('reshape', 'the shape', shape, (size) => size, MAXIMUM_AXES)
    : shape;
  const guess = Array.isArray(given) ? given.indexOf(-1) : -1;
  const target = [
    ...checkShape('reshape', Array.isArray(given) && guess >= 0 ? given.with(guess, 1) : given),
  ];
  const [size, known] = [sizeOf(input.shape), sizeOf(target)];
  // Rounded down, what does not divide gives too few.
  if (guess >= 0) target[guess] = known === 0 ? 0 : Math.floor(size / known);
  if (sizeOf(target) !== size) {
    const shown = formatShape(guess < 0 ? target : target.with(guess, -1));
    throw new RangeError(`reshape: sizes do not match: ${formatShape(input.shape)} to ${shown}`);
  }
  return sameShape(target, input.shape) ? input : bind(reshapePrimitive, [input], { shape: target });
}

const transposePrimitive: LoopPrimitive<{ axes: readonly number[] }> = {
  name: 'transpose',
  shape: ([shape], { axes }) => axes.map((axis) => shape[axis]),
  loops: ([shape], { axes }, out) => {
    const strides = stridesOf(shape);
    return [copyLoop(out, { input: 0, offset: 0, strides: axes.map((axis) => strides[axis]) })];
  },
  vjp: (ct, _inputs, _out, { axes }) => [
    () =>
      transpose(
        ct,
        axes.map((_, axis) => axes.indexOf(axis)),
      ),
  ],
};

/** Axis i of the result is axis axes[i] of x; without `axes` their order is reversed. Mirrors numpy.transpose. */
export function transpose(x: TensorLike, axes?: readonly number[]): Tensor {
  const input = toTensor('transpose', x);
  const { ndim, shape } = input;
  if (axes === undefined) {
    return transpose(
      input,
      shape.map((_, axis) => ndim - 1 - axis),
    );
  }
  if (!Array.isArray(axes) || axes.length !== ndim) {
    throw new RangeError(
      `transpose: axes must name each axis once: ${describe(axes)} for shape ${formatShape(shape)}`,
    );
  }
  const order = orderedAxes('transpose', axes, shape);
  if (order.length !== ndim) {
    throw new RangeError(
      `transpose: axes must name each axis once: ${describe(order)} for shape ${formatShape(shape)}`,
    );
  }
  return order.every((axis, i) => axis === i) ? input : bind(transposePrimitive, [input], { axes: order });
}

const broadcastToPrimitive: LoopPrimitive<{ shape: Shape }> = {
  name: 'broadcastTo',
  shape: (_shapes, { shape }) => shape,
  loops: ([shape], _attrs, out) => [
    copyLoop(out, { input: 0, offset: 0, strides: broadcastStrides(shape, out) }),
  ],
  vjp: (ct) => [() => ct],
};

/** x repeated along new leading axes and axes of size 1, to `shape`. Mirrors numpy.broadcast_to. */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const input = toTensor('broadcastTo', x);
  const target = checkShape('broadcastTo', shape);
  if (sameShape(input.shape, target)) return input;
  if (!sameShape(broadcastShapes('broadcastTo', [input.shape, target]), target)) {
    throw new RangeError(
      `broadcastTo: shape ${formatShape(input.shape)} does not broadcast to ${formatShape(target)}`,
    );
  }
  return bind(broadcastToPrimitive, [input], { shape: target });
}

/** x without its axes of size 1, or without those given, which must have size 1. */
export function squeeze(x: TensorLike, axis?: number | readonly number[]): Tensor {
  const input = toTensor('squeeze', x);
  const { shape } = input;
  const axes =
    axis === undefined ? shape.flatMap((s, a) => (s === 1 ? [a] : [])) : checkAxes('squeeze', axis, shape);
  for (const a of axes) {
    if (shape[a] !== 1)
      throw new RangeError(`squeeze: axis ${a} has size ${shape[a]}: shape ${formatShape(shape)}`);
  }
  return reshape(
    input,
    shape.filter((_, a) => !axes.includes(a)),
  );
}

/** x with a new axis of size 1 at each of the places `axis`, counted in the result. Mirrors numpy.expand_dims. */
export function expandDims(x: TensorLike, axis: number | readonly number[]): Tensor {
  const input = toTensor('expandDims', x);
  const added = checkList('expandDims', 'axis', Array.isArray(axis) ? axis : [axis], (a) => a, MAXIMUM_AXES);
  const ndim = input.ndim + added.length;
  checkInteger('expandDims', 'the number of axes', ndim, 0, MAXIMUM_AXES);
  const axes = checkAxes('expandDims', added, new Array<number>(ndim).fill(1));
  const rest = input.shape[Symbol.iterator]();
  return reshape(
    input,
    Array.from({ length: ndim }, (_, a) => (axes.includes(a) ? 1 : (rest.next().value ?? 1))),
  );
}

interface SliceAttributes {
  readonly start: readonly number[];
  readonly size: readonly number[];
  readonly step: readonly number[];
}

const slicePrimitive: LoopPrimitive<SliceAttributes> = {
  name: 'slice',
  shape: (_shapes, { size }) => size,
  loops: ([shape], { start, step }, out) => {
    const strides = stridesOf(shape);
    const offset = start.reduce((sum, s, axis) => sum + s * strides[axis], 0);
    return [copyLoop(out, { input: 0, offset, strides: strides.map((s, axis) => s * step[axis]) })];
  },
  vjp: (ct, [x], _out, { start, size, step }) => [
    () => {
      const interior = step.map((s) => s - 1);
      const extent = size.map((n, axis) => (n === 0 ? 0 : (n - 1) * step[axis] + 1));
      const high = x.shape.map((n, axis) => n - start[axis] - extent[axis]);
      return padWith(ct, start, high, interior, 0);
    },
  ],
};

/** A slice along the leading axis is a part of its input's storage. */
const leadingSlicePrimitive: ViewPrimitive<SliceAttributes> = {
  name: 'slice',
  shape: (_shapes, { size }) => size,
  view: (shape, { start }) => start[0] * sizeOf(shape.slice(1)),
  ...(slicePrimitive.vjp === undefined ? {} : { vjp: slicePrimitive.vjp }),
};

const sliceRaw = (x: Tensor, attrs: SliceAttributes): Tensor => {
  const { start, size, step } = attrs;
  const whole = x.shape.map((n, axis) => start[axis] === 0 && size[axis] === n && step[axis] === 1);
  if (whole.every(Boolean)) return x;
  const leading = (step[0] === 1 || size[0] <= 1) && whole.every((w, axis) => w || axis === 0);
  return leading && sizeOf(size) > 0
    ? bind(leadingSlicePrimitive, [x], attrs)
    : bind(slicePrimitive, [x], attrs);
};

/** What `slice` takes for one axis: a place (the axis goes away), [start, end], [start, end, step], or null for all of it. */
export type SliceRange = number | readonly [number | null, (number | null)?, number?] | null;

/**
 * Basic indexing: slice(x, 1, [2, 5], null, [null, null, -1]) is Python's x[1, 2:5, :, ::-1]. Ends are exclusive, negative places count from
 * the end, ranges are cut to the axis as in Python; a single place out of range is an error. Slices along the first axis share storage.
 */
export function slice(x: TensorLike, ...ranges: readonly SliceRange[]): Tensor {
  const input = toTensor('slice', x);
  const { shape, ndim } = input;
  if (ranges.length > ndim) {
    throw new RangeError(`slice: ${ranges.length} ranges for shape ${formatShape(shape)}`);
  }
  const start: number[] = [];
  const size: number[] = [];
  const step: number[] = [];
  const dropped: number[] = [];
  const backwards: number[] = [];
  shape.forEach((length, axis) => {
    const range = ranges[axis] ?? null;
    if (typeof range === 'number') {
      start.push(checkAxisPlace(range, axis, shape));
      size.push(1);
      step.push(1);
      dropped.push(axis);
      return;
    }
    if (range !== null && !Array.isArray(range)) {
      throw new TypeError(`slice: a range must be a number, [start, end, step] or null: ${describe(range)}`);
    }
    const [from, to, by = 1] = range === null ? [] : checkList('slice', 'a range', range, (part) => part, 3);
    if (typeof by !== 'number') throw new TypeError(`slice: step must be a number: ${describe(by)}`);
    if (!Number.isInteger(by) || by === 0)
      throw new RangeError(`slice: step must be a whole number other than 0: ${by}`);
    const clampPlace = (place: unknown, missing: number): number => {
      if (place === null || place === undefined) return missing;
      if (typeof place !== 'number')
        throw new TypeError(`slice: places must be numbers or null: ${describe(place)}`);
      if (!Number.isInteger(place)) throw new RangeError(`slice: places must be whole numbers: ${place}`);
      const fromStart = place < 0 ? place + length : place;
      return by > 0
        ? Math.min(Math.max(fromStart, 0), length)
        : Math.min(Math.max(fromStart, -1), length - 1);
    };
    const first = clampPlace(from, by > 0 ? 0 : length - 1);
    const end = clampPlace(to, by > 0 ? length : -1);
    const count = Math.max(0, Math.ceil((end - first) / by));
    // A range that runs backwards is cut forwards, then flipped.
    start.push(count === 0 ? 0 : by > 0 ? first : first + (count - 1) * by);
    size.push(count);
    // A step past the end is as good as any other.
    step.push(Math.min(Math.abs(by), Math.max(length, 1)));
    if (by < 0) backwards.push(axis);
  });
  const cut = sliceRaw(input, { start, size, step });
  return squeeze(backwards.length > 0 ? flip(cut, backwards) : cut, dropped);
}

const checkAxisPlace = (place: number, axis: number, shape: Shape): number => {
  const length = shape[axis];
  if (!Number.isInteger(place) || place < -length || place >= length) {
    throw new RangeError(
      `slice: place out of range: ${place} on axis ${axis} of shape ${formatShape(shape)}`,
    );
  }
  return place < 0 ? place + length : place;
};

interface PadAttributes {
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** How many elements go between neighbours. */
  readonly interior: readonly number[];
}

const padPrimitive: LoopPrimitive<PadAttributes> = {
  name: 'pad',
  shape: ([shape], { low, high, interior }) =>
    shape.map((n, axis) => low[axis] + n + Math.max(0, n - 1) * interior[axis] + high[axis]),
  loops: ([shape], { low, interior }, out) => {
    const strides = stridesOf(out);
    const offset = low.reduce((sum, l, axis) => sum + l * strides[axis], 0);
    return [
      copyLoop(out, { input: 1, offset: 0, strides: out.map(() => 0) }),
      copyLoop(
        shape,
        { input: 0, offset: 0, strides: stridesOf(shape) },
        { offset, strides: strides.map((s, axis) => s * (interior[axis] + 1)) },
      ),
    ];
  },
  vjp: (ct, [x], _out, { low, interior }) => [
    () => sliceRaw(ct, { start: low, size: x.shape, step: interior.map((i) => i + 1) }),
    // Where x lies the value does not show.
    () => {
      const hole = bind(broadcastToPrimitive, [0], { shape: x.shape });
      const mask = padWith(
        hole,
        low,
        ct.shape.map((n, a) => n - low[a] - spread(x.shape[a], interior[a])),
        interior,
        1,
      );
      return mul(ct, mask);
    },
  ],
};

const spread = (size: number, interior: number): number => size + Math.max(0, size - 1) * interior;

const padWith = (
  x: Tensor,
  low: readonly number[],
  high: readonly number[],
  interior: readonly number[],
  value: TensorLike,
): Tensor => bind(padPrimitive, [x, value], { low, high, interior });

/** How much to pad: everywhere the same, or [before, after] for each axis. */
export type PadWidth = number | readonly (readonly [number, number])[];

/** x with `width` more elements of `value` (default 0) around it. Mirrors numpy.pad with mode 'constant'. */
export function pad(x: TensorLike, width: PadWidth, value: TensorLike = 0): Tensor {
  const input = toTensor('pad', x);
  const constant = toTensor('pad', value, 'value');
  if (constant.ndim !== 0)
    throw new RangeError(`pad: value must be a scalar: shape ${formatShape(constant.shape)}`);
  const misfit = (): RangeError =>
    new RangeError(
      `pad: width must be a number or [before, after] for each axis of shape ${formatShape(input.shape)}: ${describe(width)}`,
    );
  const checkPair = (pair: unknown): readonly number[] => {
    if (!Array.isArray(pair) || pair.length !== 2) throw misfit();
    return checkList('pad', 'width', pair, (side) => checkInteger('pad', 'width', side, 0), 2);
  };
  const given: readonly unknown[] = Array.isArray(width) ? width : input.shape.map(() => [width, width]);
  if (given.length !== input.ndim) throw misfit();
  const pairs = checkList('pad', 'width', given, checkPair, MAXIMUM_AXES);
  const [low, high] = [pairs.map(([before]) => before), pairs.map(([, after]) => after)];
  checkShape(
    'pad',
    input.shape.map((n, axis) => n + low[axis] + high[axis]),
  );
  return padWith(
    input,
    low,
    high,
    input.shape.map(() => 0),
    constant,
  );
}

const flipPrimitive: LoopPrimitive<{ axes: readonly number[] }> = {
  name: 'flip',
  shape: ([shape]) => shape,
  loops: ([shape], { axes }) => {
    const strides = stridesOf(shape);
    const offset = axes.reduce((sum, axis) => sum + (shape[axis] - 1) * strides[axis], 0);
    return [
      copyLoop(shape, { input: 0, offset, strides: strides.map((s, a) => (axes.includes(a) ? -s : s)) }),
    ];
  },
  vjp: (ct, _inputs, _out, { axes }) => [() => flip(ct, axes)],
};

/** x in reverse order along one axis, several or (without `axis`) all. */
export function flip(x: TensorLike, axis?: number | readonly number[]): Tensor {
  const input = toTensor('flip', x);
  return bind(flipPrimitive, [input], { axes: checkAxes('flip', axis, input.shape) });
}

const concatenatePrimitive: LoopPrimitive<{ axis: number }> = {
  name: 'concatenate',
  shape: (shapes, { axis }) => {
    const [first] = shapes;
    for (const shape of shapes) {
      if (shape.length !== first.length || !shape.every((n, a) => a === axis || n === first[a])) {
        throw new RangeError(
          `concatenate: shapes differ outside of axis ${axis}: ${shapes.map(formatShape).join(' and ')}`,
        );
      }
    }
    return first.map((n, a) => (a === axis ? shapes.reduce((sum, shape) => sum + shape[axis], 0) : n));
  },
  loops: (shapes, { axis }, out) => {
    const strides = stridesOf(out);
    let place = 0;
    return shapes.map((shape, input) => {
      const to = { offset: place * strides[axis], strides };
      place += shape[axis];
      return copyLoop(shape, { input, offset: 0, strides: stridesOf(shape) }, to);
    });
  },
  vjp: (ct, inputs, _out, { axis }) => {
    let place = 0;
    return inputs.map((input) => {
      const start = input.shape.map((_, a) => (a === axis ? place : 0));
      place += input.shape[axis];
      return () => sliceRaw(ct, { start, size: input.shape, step: start.map(() => 1) });
    });
  },
};

interface AxisOption {
  readonly axis?: number;
}

/** Joins tensors along an existing axis (default 0). Mirrors numpy.concatenate. */
export function concatenate(tensors: readonly TensorLike[], options: AxisOption = {}): Tensor {
  const inputs = checkTensors('concatenate', tensors);
  const { axis: given = 0 } = checkOptions('concatenate', options, ['axis']);
  const axis = checkAxis('concatenate', given, inputs[0].ndim, inputs[0].shape);
  return inputs.length === 1 ? inputs[0] : bind(concatenatePrimitive, inputs, { axis });
}

const checkTensors = (op: string, tensors: unknown): readonly Tensor[] => {
  if (!Array.isArray(tensors)) throw new TypeError(`${op}: needs an array of tensors: ${describe(tensors)}`);
  const inputs = checkList(op, 'the operands', tensors, (tensor, i) => toTensor(op, tensor, `operand ${i}`));
  if (inputs.length === 0) throw new RangeError(`${op}: needs at least one tensor`);
  return inputs;
};

/** Joins tensors of one shape along a new axis (default 0), counted in the result. Mirrors numpy.stack. */
export function stack(tensors: readonly TensorLike[], options: AxisOption = {}): Tensor {
  const inputs = checkTensors('stack', tensors);
  const [{ shape, ndim }] = inputs;
  for (const input of inputs) {
    if (!sameShape(input.shape, shape)) {
      throw new RangeError(`stack: shapes differ: ${formatShape(shape)} and ${formatShape(input.shape)}`);
    }
  }
  const { axis: given = 0 } = checkOptions('stack', options, ['axis']);
  const axis = checkAxis('stack', given, ndim + 1);
  checkSize('stack', [inputs.length, ...shape]);
  return concatenate(
    inputs.map((input) => expandDims(input, axis)),
    { axis },
  );
}

/**
 * Cuts x along an axis (default 0) into `sections` equal parts, or at the given places. Mirrors numpy.split: a number that does
 * not divide the axis is an error; see `arraySplit`.
 */
export function split(
  x: TensorLike,
  sections: number | readonly number[],
  options: AxisOption = {},
): Tensor[] {
  const input = toTensor('split', x);
  const { axis: given = 0 } = checkOptions('split', options, ['axis']);
  const axis = checkAxis('split', given, input.ndim, input.shape);
  if (typeof sections === 'number' && input.shape[axis] % sections !== 0) {
    throw new RangeError(
      `split: ${sections} equal parts do not fit axis ${axis} of shape ${formatShape(input.shape)}; arraySplit allows unequal ones`,
    );
  }
  return splitAt('split', input, sections, axis);
}

/** Like `split`, but the first parts are larger by one where the axis does not divide evenly. Mirrors numpy.array_split. */
export function arraySplit(
  x: TensorLike,
  sections: number | readonly number[],
  options: AxisOption = {},
): Tensor[] {
  const input = toTensor('arraySplit', x);
  const { axis: given = 0 } = checkOptions('arraySplit', options, ['axis']);
  const axis = checkAxis('arraySplit', given, input.ndim, input.shape);
  return splitAt('arraySplit', input, sections, axis);
}

/** More sections than the axis is long are empty; so many of them are a mistake. */
const MAXIMUM_EMPTY_SECTIONS = 2 ** 16;

const splitAt = (op: string, x: Tensor, sections: number | readonly number[], axis: number): Tensor[] => {
  const length = x.shape[axis];
  let places: number[];
  if (Array.isArray(sections)) {
    places = checkList(op, 'the places', sections, (place) => checkInteger(op, 'place', place, 0));
  } else {
    const count = checkInteger(op, 'sections', sections, 1, Math.max(length, MAXIMUM_EMPTY_SECTIONS));
    const small = Math.floor(length / count);
    const larger = length % count;
    places = Array.from({ length: count - 1 }, (_, i) => (i + 1) * small + Math.min(i + 1, larger));
  }
  return [0, ...places].map((from, i) => {
    const start = Math.min(from, length);
    const end = Math.max(start, Math.min(places[i] ?? length, length));
    return sliceRaw(x, {
      start: x.shape.map((_, a) => (a === axis ? start : 0)),
      size: x.shape.map((n, a) => (a === axis ? end - start : n)),
      step: x.shape.map(() => 1),
    });
  });
};

/** x repeated `repeats` times along each axis (a number: along the last). Mirrors numpy.tile. */
export function tile(x: TensorLike, repeats: number | readonly number[]): Tensor {
  const input = toTensor('tile', x);
  const given: readonly unknown[] = Array.isArray(repeats) ? repeats : [repeats];
  const counts = checkList(
    'tile',
    'repeats',
    given,
    (count) => checkInteger('tile', 'repeats', count, 0),
    MAXIMUM_AXES,
  );
  const ndim = Math.max(input.ndim, counts.length);
  const shape = [...new Array<number>(ndim - input.ndim).fill(1), ...input.shape];
  const all = [...new Array<number>(ndim - counts.length).fill(1), ...counts];
  const out = checkSize(
    'tile',
    shape.map((n, a) => n * all[a]),
  );
  // Axes of size 1 need no place of their own, of which there are only so many.
  const parts = shape.flatMap((n, a) => [
    ...(all[a] === 1 ? [] : [[all[a], 1]]),
    ...(n === 1 ? [] : [[n, n]]),
  ]);
  const apart = reshape(
    input,
    parts.map(([, own]) => own),
  );
  return reshape(
    broadcastTo(
      apart,
      parts.map(([size]) => size),
    ),
    out,
  );
}
