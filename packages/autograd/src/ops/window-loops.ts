/**
 * Loops of ops on sliding windows.
 *
 * There are four kinds of operand and result. With n the batch, c the channels, I the sizes of the
 * input, O the numbers of windows and K the sizes of a window:
 *
 *   input    [n, ...I, c]
 *   output   [n, ...O, c]         one number for each window
 *   kernel   [...K, c]            one number for each place in a window
 *   windows  [n, ...O, ...K, c]   one number for each place of each window
 *
 * An op here combines all triples (element of the input, window, place) that belong to one element
 * of its result.
 */
import type { Loop, MapLoop, ReduceLoop, View } from '../compiler/loops.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, sizeOf, stridesOf } from '../base/shape.ts';
import { type ScalarRule, identity } from '../kernels/algebra.ts';
import type { Reduction } from '../kernels/reductions.ts';
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

export interface WindowAttributes extends Windows {
  readonly result: WindowKind;
  readonly operands: readonly WindowKind[];
}

/** Returns the sizes of the spatial axes of a kind. */
export const spatialSizes = (kind: WindowKind, axes: readonly WindowAxis[]): number[] => {
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

/** Returns the loops that copy the input to the windows, with `fill` in the padding. */
const copyLoops = (fill: ScalarRule, attrs: WindowAttributes, n: number, c: number): MapLoop[] =>
  combinations<Rectangle>(attrs.axes.map(rectanglesOf)).map((rectangles) => {
    const { sizes, viewOf } = nestOf(rectangles, attrs, n, c);
    const out = viewOf('windows');
    return rectangles.every(({ isInside }) => isInside)
      ? { kind: 'map', rule: identity, sizes, operands: [{ input: 0, ...viewOf('input') }], out }
      : fillLoop(fill, sizes, out);
  });

/**
 * Returns the loops that combine the triples of each element of the result; `fill` is for elements
 * without triples.
 */
const reduceLoops = (
  rule: ScalarRule,
  fill: ScalarRule,
  reduction: Reduction,
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
      return fillLoop(fill, sizes.slice(0, kept), {
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

/** Returns the fields that all ops on windows share, except the loops of `windows`. */
/* @__NO_SIDE_EFFECTS__ */
export const windowPrimitive = (
  name: string,
  rule: ScalarRule,
  reduction: Reduction,
  vjp?: LoopPrimitive<WindowAttributes>['vjp'],
): LoopPrimitive<WindowAttributes> => {
  /** The loops of recent calls: to describe them takes longer than small ops run. */
  const known = new Map<string, readonly Loop[]>();
  const fill: ScalarRule = (s) => s.constant(reduction.identity);
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
        loops =
          result === 'windows'
            ? copyLoops(fill, attrs, n, c)
            : reduceLoops(rule, fill, reduction, attrs, n, c);
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
