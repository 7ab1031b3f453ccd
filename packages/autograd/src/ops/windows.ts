/**
 * Linear and bilinear ops on sliding windows, and the gradients of all of them.
 *
 * There are four kinds of operand and result. With n the batch, c the channels, I the sizes of the
 * input, O the numbers of windows and K the sizes of a window:
 *
 *   input    [n, ...I, c]
 *   output   [n, ...O, c]         one number for each window
 *   kernel   [...K, c]            one number for each place in a window
 *   windows  [n, ...O, ...K, c]   one number for each place of each window
 *
 * An op here adds over all triples (element of the input, window, place) that belong to one
 * element of its result. The gradient of such an op is one as well: the result and an operand
 * change places.
 */
import type { Loop, MapLoop, ReduceLoop, View } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, sizeOf, stridesOf } from '../base/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { type ScalarRule, identity } from '../kernels/algebra.ts';
import * as reductions from '../kernels/reductions.ts';
import { arange } from './creation.ts';
import { broadcastTo, withShape } from './structure.ts';
import {
  type Part,
  type Rectangle,
  type Run,
  type WindowAxis,
  partsOf,
  rectanglesOf,
} from './window-geometry.ts';

/** A kind of operand or result. */
export type WindowKind = 'input' | 'output' | 'kernel' | 'windows';

/** Sliding windows over all spatial axes. */
export interface Windows {
  readonly axes: readonly WindowAxis[];
  /**
   * The number of groups of channels. With several, windows are [groups, n, ...O, ...K, c /
   * groups].
   */
  readonly groups: number;
}

interface WindowAttributes extends Windows {
  readonly result: WindowKind;
  readonly operands: readonly WindowKind[];
}

/** Returns the sizes of the spatial axes of a kind. */
const spatialSizes = (kind: WindowKind, axes: readonly WindowAxis[]): number[] => {
  const roles = kind === 'windows' ? (['output', 'kernel'] as const) : ([kind] as const);
  return roles.flatMap((role) => axes.map((axis) => axis[role]));
};

/** Returns [n, c] of an operand. A kernel has no batch. */
const batchAndChannels = (kind: WindowKind, shape: Shape, groups: number): readonly [number, number] => {
  const isGrouped = kind === 'windows' && groups > 1;
  return [
    kind === 'kernel' ? 1 : shape[isGrouped ? 1 : 0],
    shape[shape.length - 1] * (isGrouped ? groups : 1),
  ];
};

/** Returns the shape of a kind. */
const shapeOf = (kind: WindowKind, { axes, groups }: Windows, n: number, c: number): Shape => {
  const sizes = spatialSizes(kind, axes);
  if (kind === 'kernel') return [...sizes, c];
  return kind === 'windows' && groups > 1 ? [groups, n, ...sizes, c / groups] : [n, ...sizes, c];
};

/** The strides of a kind, along everything that loops run over. */
interface Strides {
  readonly batch: number;
  readonly group: number;
  readonly channel: number;
  /** For each spatial axis, the strides along input, output and kernel. */
  readonly spatial: readonly { readonly input: number; readonly output: number; readonly kernel: number }[];
}

const stridesOfKind = (kind: WindowKind, windows: Windows, n: number, c: number): Strides => {
  const { axes, groups } = windows;
  const strides = stridesOf(shapeOf(kind, windows, n, c));
  const isGrouped = kind === 'windows' && groups > 1;
  const first = (isGrouped ? 2 : 1) - (kind === 'kernel' ? 1 : 0);
  const along = (axis: number, role: WindowKind): number => (kind === role ? strides[first + axis] : 0);
  return {
    batch: kind === 'kernel' ? 0 : strides[isGrouped ? 1 : 0],
    group: isGrouped ? strides[0] : c / groups,
    channel: 1,
    spatial: axes.map((_, axis) => ({
      input: along(axis, 'input'),
      output: kind === 'windows' ? strides[first + axis] : along(axis, 'output'),
      kernel: kind === 'windows' ? strides[first + axes.length + axis] : along(axis, 'kernel'),
    })),
  };
};

/** Returns all ways to choose one item of each list. */
const combinations = <T>(lists: readonly (readonly T[])[]): T[][] =>
  lists.reduce<T[][]>(
    (chosen, list) => chosen.flatMap((items) => list.map((item) => [...items, item])),
    [[]],
  );

/** The loops of one part: the number of steps along each, and the view of each operand. */
interface Nest {
  readonly sizes: readonly number[];
  viewOf(kind: WindowKind): View;
}

/**
 * Returns the loops over a part: over kept axes in the order of the result, then over reduced ones.
 */
const nestOf = (
  parts: readonly Part[],
  { result, ...windows }: WindowAttributes,
  n: number,
  c: number,
): Nest => {
  const kept = parts.map((part) => part.kept);
  const neighbours = parts.map((part) => part.neighbours);
  const other = parts.map((part) => part.other);
  const axis = parts.map((_, a) => a);
  const { groups } = windows;
  /**
   * Returns one number for each loop, from those of the batch, the groups, the channels and runs.
   */
  const arrange = (
    batch: number,
    group: number,
    channel: number,
    run: (run: Run, axis: number) => number,
  ): number[] => {
    const keptRuns = axis.flatMap((a) => [run(kept[a], a), run(neighbours[a], a)]);
    const otherRuns = axis.map((a) => run(other[a], a));
    if (result === 'windows') return [group, batch, ...keptRuns, ...otherRuns, channel];
    if (result === 'kernel') return [...keptRuns, group, channel, batch, ...otherRuns];
    return [batch, ...keptRuns, group, channel, ...otherRuns];
  };
  return {
    sizes: arrange(n, groups, c / groups, ({ count }) => count),
    viewOf: (kind) => {
      const { batch, group, channel, spatial } = stridesOfKind(kind, windows, n, c);
      const along = ({ input, output, kernel }: Omit<Run, 'count'>, a: number): number =>
        // Adding 0 makes 0 of -0.
        input * spatial[a].input + output * spatial[a].output + kernel * spatial[a].kernel + 0;
      return {
        offset: parts.reduce((sum, { start }, a) => sum + along(start, a), 0),
        strides: arrange(batch, group, channel, along),
      };
    },
  };
};

/** Returns a loop that fills a part of the result with one number. */
const fillLoop = (rule: ScalarRule, sizes: readonly number[], out: View): MapLoop => ({
  kind: 'map',
  rule,
  sizes,
  operands: [],
  out,
});

const zero: ScalarRule = (s) => s.constant(0);
const negativeInfinity: ScalarRule = (s) => s.constant(-Infinity);
const infinity: ScalarRule = (s) => s.constant(Infinity);
const IDENTITIES = new Map([
  [reductions.sum, zero],
  [reductions.max, negativeInfinity],
  [reductions.min, infinity],
]);

/** Returns the loops that copy the input to the windows, with 0 in the padding. */
const copyLoops = (attrs: WindowAttributes, n: number, c: number): MapLoop[] =>
  combinations<Rectangle>(attrs.axes.map(rectanglesOf)).map((rectangles) => {
    const { sizes, viewOf } = nestOf(rectangles, attrs, n, c);
    const out = viewOf('windows');
    return rectangles.every(({ isInside }) => isInside)
      ? { kind: 'map', rule: identity, sizes, operands: [{ input: 0, ...viewOf('input') }], out }
      : fillLoop(zero, sizes, out);
  });

/** Returns the loops that combine the triples of each element of the result. */
const reduceLoops = (
  rule: ScalarRule,
  reduction: reductions.Reduction,
  attrs: WindowAttributes,
  n: number,
  c: number,
): Loop[] => {
  const { axes, result, operands } = attrs;
  const role = result as Exclude<WindowKind, 'windows'>;
  const reducedAxes = axes.length + (result === 'kernel' ? 1 : 0);
  return combinations(axes.map((axis) => partsOf(axis, role))).map((parts): MapLoop | ReduceLoop => {
    const { sizes, viewOf } = nestOf(parts, attrs, n, c);
    const kept = sizes.length - reducedAxes;
    const { offset, strides } = viewOf(result);
    if (sizeOf(sizes.slice(kept)) === 0)
      return fillLoop(IDENTITIES.get(reduction) ?? zero, sizes.slice(0, kept), {
        offset,
        strides: strides.slice(0, kept),
      });
    return {
      kind: 'reduce',
      rule,
      reduction,
      sizes,
      reducedAxes,
      operands: operands.map((kind, input) => ({ input, ...viewOf(kind) })),
      out: { offset, strides },
    };
  });
};

/** Returns the fields that all ops on windows share, but for the loops of `windows`. */
/* @__NO_SIDE_EFFECTS__ */
const windowPrimitive = (
  name: string,
  rule: ScalarRule,
  reduction: reductions.Reduction,
  vjp?: LoopPrimitive<WindowAttributes>['vjp'],
): LoopPrimitive<WindowAttributes> => {
  /** The loops of recent calls: to describe them takes longer than small ops run. */
  const known = new Map<string, readonly Loop[]>();
  return {
    name,
    shape: ([shape], { result, operands: [kind], ...windows }) =>
      shapeOf(result, windows, ...batchAndChannels(kind, shape, windows.groups)),
    loops: (shapes, attrs) => {
      const { operands, result, groups } = attrs;
      const [n, c] = batchAndChannels(operands[0], shapes[0], groups);
      const key = JSON.stringify([n, c, result, operands, groups, attrs.axes]);
      let loops = known.get(key);
      if (loops === undefined) {
        if (known.size >= MAX_KNOWN) known.clear();
        loops = result === 'windows' ? copyLoops(attrs, n, c) : reduceLoops(rule, reduction, attrs, n, c);
        known.set(key, loops);
      }
      return loops;
    },
    rowOperand: (_shapes, { result, operands, groups }) =>
      groups === 1 && result !== 'kernel' && operands.slice(1).every((kind) => kind === 'kernel')
        ? 0
        : undefined,
    ...(vjp === undefined ? {} : { vjp }),
  };
};

/** The most calls whose loops each op remembers. */
const MAX_KNOWN = 100;

/** Returns x, which is of the kind `from`, as the kind `to`. */
type WindowSum = (x: Tensor, to: WindowKind, from: WindowKind, windows: Windows) => Tensor;

/** Makes a function that adds the elements of its operand. Its op has the name of the user's op. */
/* @__NO_SIDE_EFFECTS__ */
const windowSumOf = (name: string): WindowSum => {
  const primitive = windowPrimitive(
    name,
    identity,
    reductions.sum,
    (ct, _inputs, _out, { result, operands: [operand], ...windows }) => [
      () => convert(ct, operand, result, windows),
    ],
  );
  const convert: WindowSum = (x, to, from, { axes, groups }) =>
    bind(primitive, [x], { result: to, operands: [from], axes, groups });
  return convert;
};

/** From input to windows it copies them; from windows to input it adds what overlaps. */
export const sumWindows: WindowSum = /* @__PURE__ */ windowSumOf('conv');

/**
 * From input to output it adds each window; from output to input it gives each element the sum over
 * the windows that it is in.
 */
export const sumPools: WindowSum = /* @__PURE__ */ windowSumOf('avgPool');

/** An operand with its kind. */
type Operand = readonly [WindowKind, Tensor];

/** Op that adds products of its two operands. */
const productPrimitive = /* @__PURE__ */ windowPrimitive(
  'conv',
  (s, a, b) => s.mul(a, b),
  reductions.sum,
  (ct, [a, b], _out, { result, operands: [first, second], ...windows }) => [
    () => windowProduct(first, [result, ct], [second, b], windows),
    () => windowProduct(second, [result, ct], [first, a], windows),
  ],
);

/**
 * Returns, for each element of the result, the sum of the products of two operands over all
 * triples.
 *
 * The kinds of the result and the operands are input, output and kernel, each once.
 */
export const windowProduct = (result: WindowKind, a: Operand, b: Operand, windows: Windows): Tensor => {
  // The first operand has a batch.
  const [[first, x], [second, y]] = a[0] === 'kernel' ? [b, a] : [a, b];
  const { axes, groups } = windows;
  return bind(productPrimitive, [x, y], { result, operands: [first, second], axes, groups });
};

/** Op that adds the elements of its first operand at one place of each window. */
const selectPrimitive = /* @__PURE__ */ windowPrimitive(
  'maxPool',
  (s, x, chosen, place) => s.select(s.equal(chosen, place), x, s.constant(0)),
  reductions.sum,
  (ct, [, chosen, places], _out, { result, operands: [from], ...windows }) => [
    () => windowSelect(from, [result, ct], chosen, places, windows),
  ],
);

const windowSelect = (
  result: WindowKind,
  [from, x]: Operand,
  chosen: Tensor,
  places: Tensor,
  { axes, groups }: Windows,
): Tensor =>
  bind(selectPrimitive, [x, chosen, places], { result, operands: [from, 'output', 'kernel'], axes, groups });

/** Op that finds the first place of each window with the largest element, or with NaN. */
const placePrimitive = /* @__PURE__ */ windowPrimitive(
  'maxPool',
  (s, x, largest, place) => {
    const isNumber = s.equal(x, x);
    return s.select(s.equal(x, largest), place, s.select(isNumber, s.constant(Infinity), place));
  },
  reductions.min,
);

/** Op that returns the largest element of each window. */
const maxPrimitive = /* @__PURE__ */ windowPrimitive(
  'maxPool',
  identity,
  reductions.max,
  (ct, [x], out, { axes, groups }) => [
    () => {
      const sizes = spatialSizes('kernel', axes);
      const numbers = withShape(arange(sizeOf(sizes)), [...sizes, 1]);
      const places = broadcastTo(numbers, [...sizes, x.shape[x.ndim - 1]]);
      const attrs: WindowAttributes = {
        result: 'output',
        operands: ['input', 'output', 'kernel'],
        axes,
        groups,
      };
      const chosen = bind(placePrimitive, [x, out, places], attrs);
      return windowSelect('input', ['output', ct], chosen, places, { axes, groups });
    },
  ],
);

/**
 * Returns the largest element of each window; NaN if one is NaN. Padding does not count: a window
 * without elements gives -Infinity.
 *
 * The derivative flows to the first place with that element, or with NaN.
 */
export const windowMax = (x: Tensor, { axes, groups }: Windows): Tensor =>
  bind(maxPrimitive, [x], { result: 'output', operands: ['input'], axes, groups });
