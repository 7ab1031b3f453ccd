/**
 * Sliding windows: convolution, pooling and their derivatives.
 *
 * Their loops run over many rectangles, so that the library needs no padded copies. Targets do
 * better with whole arrays: one after another, each place of the windows is lined up with the
 * windows.
 */
import { identity, sizeOf, type WindowAttributes, type WindowAxis } from '@mini/autograd/check';
import type { ElementLoop, Equation, ReduceLoop } from '@mini/autograd/graph';
import { full, padAxis, sliceAxis } from './arrays.ts';
import { type ElementaryTarget, algebraOf } from './loops.ts';
import type { ReduceName, Shape, Value } from './target.ts';

/** The attributes of an op on windows; undefined for other ops, and for batches of windows. */
const attributesOf = ({ params }: Equation): WindowAttributes | undefined => {
  const { axes, groups, result, operands } = params as Partial<WindowAttributes>;
  return axes !== undefined && groups !== undefined && result !== undefined && operands !== undefined
    ? { axes, groups, result, operands }
    : undefined;
};

/** The first and the last window whose element at a place is inside of the input. */
const insideOf = ({ input, output, stride, dilation, low }: WindowAxis, place: number): [number, number] => {
  const first = place * dilation - low;
  return [
    Math.max(0, Math.ceil(-first / stride)),
    Math.min(output - 1, Math.floor((input - 1 - first) / stride)),
  ];
};

/** All places of a window, in row-major order. */
const placesOf = (axes: readonly WindowAxis[]): number[][] =>
  axes.reduce<number[][]>(
    (places, { kernel }) =>
      places.flatMap((place) => Array.from({ length: kernel }, (_, k) => [...place, k])),
    [[]],
  );

/** Returns the elements of the input at one place of each window, with 0 in the padding. */
const inputAt = (
  target: ElementaryTarget,
  x: Value,
  axes: readonly WindowAxis[],
  place: readonly number[],
): Value =>
  axes.reduce((rest, { input, output, stride, dilation, low }, a) => {
    const first = place[a] * dilation - low;
    const last = first + (output - 1) * stride;
    const padded = padAxis(target, rest, a + 1, {
      low: Math.max(0, -first),
      high: Math.max(0, last + 1 - input),
      between: 0,
    });
    const start = Math.max(0, first);
    return sliceAxis(target, padded, a + 1, { start, end: start + (output - 1) * stride + 1, step: stride });
  }, x);

/** Returns numbers for each window as elements of the input, with 0 for the others. */
const spread = (
  target: ElementaryTarget,
  x: Value,
  axes: readonly WindowAxis[],
  place: readonly number[],
): Value =>
  axes.reduce((rest, axis, a) => {
    const [first, last] = insideOf(axis, place[a]);
    const element = first * axis.stride + place[a] * axis.dilation - axis.low;
    const count = last - first + 1;
    const own = sliceAxis(target, rest, a + 1, { start: first, end: last + 1, step: 1 });
    const high = axis.input - element - ((count - 1) * axis.stride + 1);
    return padAxis(target, own, a + 1, { low: element, high, between: axis.stride - 1 });
  }, x);

/** Whether elements at a place are inside of the input: true, or a mask that broadcasts. */
const maskAt = (
  target: ElementaryTarget,
  axes: readonly WindowAxis[],
  place: readonly number[],
): Value | undefined => {
  let mask: Value | undefined;
  axes.forEach((axis, a) => {
    const [first, last] = insideOf(axis, place[a]);
    if (first === 0 && last === axis.output - 1) return;
    const shape = [axis.output, ...axes.slice(a).map(() => 1)];
    const inside = Array.from({ length: axis.output }, (_, o) => Number(o >= first && o <= last));
    const own = target.constant('truth', shape, inside);
    mask = mask === undefined ? own : target.binary('and', mask, own);
  });
  return mask;
};

const IDENTITIES: Readonly<Record<string, number>> = { sum: 0, max: -Infinity, min: Infinity };

/** Computes an op on windows; returns undefined for other ops. */
export const lowerWindows = (
  target: ElementaryTarget,
  equation: Equation,
  inputs: readonly Value[],
): Value | undefined => {
  const attributes = attributesOf(equation);
  const { computation, outputs } = equation;
  if (attributes === undefined || computation.kind !== 'loops') return undefined;
  const { axes, groups, result, operands } = attributes;
  const { shape } = outputs[0];
  const loops = computation.loops as readonly ElementLoop[];
  const loop = loops.find(({ kind }) => kind === 'reduce') as ReduceLoop | undefined;
  // Without an element that is inside of the input, the result is constant.
  if (loop === undefined && result !== 'windows') return undefined;
  const rule = loop?.rule ?? identity;
  const reduction = loop?.reduction.name ?? 'sum';
  const spatial = axes.length;
  const outputSizes = axes.map(({ output }) => output);
  const kernelSizes = axes.map(({ kernel }) => kernel);

  /** Windows as [n, ...O, ...K, c]. */
  const ungrouped = (x: Value): Value => {
    if (groups === 1) return x;
    const last = x.shape.length - 1;
    const order = [...Array.from({ length: last - 1 }, (_, i) => i + 1), 0, last];
    const moved = target.transpose(x, order);
    return target.reshape(moved, [...moved.shape.slice(0, -2), groups * x.shape[last]]);
  };
  const windows = inputs.map((x, i) => (operands[i] === 'windows' ? ungrouped(x) : x));

  /** The elements of an operand at one place of each window: [n, ...O, c], or [c]. */
  const operandAt = (i: number, place: readonly number[]): Value => {
    const x = windows[i];
    const kind = operands[i];
    if (kind === 'output') return x;
    if (kind === 'input') return inputAt(target, x, axes, place);
    const first = kind === 'kernel' ? 0 : 1 + spatial;
    const part = place.reduce(
      (rest, k, a) => sliceAxis(target, rest, first + a, { start: k, end: k + 1, step: 1 }),
      x,
    );
    return target.reshape(
      part,
      x.shape.filter((_, axis) => axis < first || axis >= first + spatial),
    );
  };

  const valueAt = (place: readonly number[]): Value => {
    const value = rule(algebraOf(target), ...inputs.map((_, i) => operandAt(i, place)));
    // What is outside is not part of a result that is an input, and 0 in copies.
    const mask =
      result === 'input' || (rule === identity && reduction === 'sum')
        ? undefined
        : maskAt(target, axes, place);
    return mask === undefined
      ? value
      : target.select(mask, value, target.constant('float', [], [IDENTITIES[reduction]]));
  };
  const places = placesOf(axes);
  const stacked = (values: readonly Value[], axis: number): Value =>
    target.concatenate(
      values.map((value) =>
        target.reshape(value, [...value.shape.slice(0, axis), 1, ...value.shape.slice(axis)]),
      ),
      axis,
    );

  switch (result) {
    case 'output': {
      const combine = (a: Value, b: Value): Value =>
        target.binary(reduction === 'sum' ? 'add' : (reduction as 'max' | 'min'), a, b);
      return target.broadcast(places.map(valueAt).reduce(combine), shape);
    }
    case 'input': {
      const channels = shape.at(-1) as number;
      const parts = places
        .filter((place) =>
          axes.every((axis, a) => insideOf(axis, place[a])[0] <= insideOf(axis, place[a])[1]),
        )
        .map((place) =>
          spread(target, target.broadcast(valueAt(place), [shape[0], ...outputSizes, channels]), axes, place),
        );
      return parts.length === 0
        ? full(target, 'float', shape, 0)
        : parts.reduce((a, b) => target.binary('add', a, b));
    }
    case 'kernel': {
      const reduced = Array.from({ length: 1 + spatial }, (_, axis) => axis);
      const sums = places.map((place) => {
        const value = valueAt(place);
        return target.reduce(reduction as ReduceName, value, reduced);
      });
      return target.reshape(stacked(sums, 0), shape);
    }
    case 'windows': {
      const all = stacked(places.map(valueAt), 1 + spatial);
      const channels = all.shape.at(-1) as number;
      const whole: Shape = [all.shape[0], ...outputSizes, ...kernelSizes];
      if (groups === 1) return target.reshape(all, shape);
      const split = target.reshape(all, [
        (sizeOf(whole) / all.shape[0]) * all.shape[0],
        groups,
        channels / groups,
      ]);
      return target.reshape(target.transpose(split, [1, 0, 2]), shape);
    }
  }
};
