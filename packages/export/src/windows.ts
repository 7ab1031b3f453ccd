/**
 * Sliding windows: convolution, pooling and their derivatives.
 *
 * Their loops run over many rectangles, so that the library needs no padded copies. Targets do
 * better with whole arrays: one after another, each place of the windows is lined up with the
 * windows.
 */
import { identity, sizeOf, type WindowAttributes, type WindowAxis } from '@mini/autograd/check';
import type { ElementLoop, Equation, ReduceLoop, ScalarRule } from '@mini/autograd/graph';
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

/** An op on windows, with operands that have one axis for the channels of all groups. */
interface WindowOp extends WindowAttributes {
  readonly target: ElementaryTarget;
  readonly inputs: readonly Value[];
  readonly rule: ScalarRule;
  readonly reduction: string;
}

/** Returns windows [groups, n, ...O, ...K, c] as an array [n, ...O, ...K, groups · c]. */
const ungrouped = (target: ElementaryTarget, groups: number, x: Value): Value => {
  if (groups === 1) return x;
  const last = x.shape.length - 1;
  const order = [...Array.from({ length: last - 1 }, (_, i) => i + 1), 0, last];
  const moved = target.transpose(x, order);
  return target.reshape(moved, [...moved.shape.slice(0, -2), groups * x.shape[last]]);
};

/** The elements of an operand at one place of each window: [n, ...O, c], or [c]. */
const operandAt = (
  { target, inputs, operands, axes }: WindowOp,
  i: number,
  place: readonly number[],
): Value => {
  const x = inputs[i];
  const kind = operands[i];
  if (kind === 'output') return x;
  if (kind === 'input') return inputAt(target, x, axes, place);
  const first = kind === 'kernel' ? 0 : 1 + axes.length;
  const part = place.reduce(
    (rest, k, a) => sliceAxis(target, rest, first + a, { start: k, end: k + 1, step: 1 }),
    x,
  );
  return target.reshape(
    part,
    x.shape.filter((_, axis) => axis < first || axis >= first + axes.length),
  );
};

/** Computes the rule of an op at one position of each window. */
const valueAt = (op: WindowOp, place: readonly number[]): Value => {
  const { target, inputs, axes, result, rule, reduction } = op;
  const value = rule(algebraOf(target), ...inputs.map((_, i) => operandAt(op, i, place)));
  // What is outside is not part of a result that is an input, and 0 in copies.
  if (result === 'input' || (rule === identity && reduction === 'sum')) return value;
  const mask = maskAt(target, axes, place);
  return mask === undefined
    ? value
    : target.select(mask, value, target.constant('float', [], [IDENTITIES[reduction]]));
};

/** Stacks arrays along a new axis. */
const stack = (target: ElementaryTarget, values: readonly Value[], axis: number): Value =>
  target.concatenate(
    values.map((value) =>
      target.reshape(value, [...value.shape.slice(0, axis), 1, ...value.shape.slice(axis)]),
    ),
    axis,
  );

/** Puts the values of all places together, for each kind of result. */
const RESULTS: Readonly<Record<WindowAttributes['result'], (op: WindowOp, shape: Shape) => Value>> = {
  output: (op, shape) => {
    const { target, axes, reduction } = op;
    const name = reduction === 'sum' ? 'add' : (reduction as 'max' | 'min');
    const values = placesOf(axes).map((place) => valueAt(op, place));
    return target.broadcast(
      values.reduce((a, b) => target.binary(name, a, b)),
      shape,
    );
  },
  input: (op, shape) => {
    const { target, axes } = op;
    const windowsShape = [shape[0], ...axes.map(({ output }) => output), shape.at(-1) as number];
    const isUsed = (place: readonly number[]): boolean =>
      axes.every((axis, a) => insideOf(axis, place[a])[0] <= insideOf(axis, place[a])[1]);
    const parts = placesOf(axes)
      .filter(isUsed)
      .map((place) => spread(target, target.broadcast(valueAt(op, place), windowsShape), axes, place));
    return parts.length === 0
      ? full(target, 'float', shape, 0)
      : parts.reduce((a, b) => target.binary('add', a, b));
  },
  kernel: (op, shape) => {
    const { target, axes, reduction } = op;
    const reduced = [0, ...axes.map((_, a) => 1 + a)];
    const sums = placesOf(axes).map((place) =>
      target.reduce(reduction as ReduceName, valueAt(op, place), reduced),
    );
    return target.reshape(stack(target, sums, 0), shape);
  },
  windows: (op, shape) => {
    const { target, axes, groups } = op;
    const all = stack(
      target,
      placesOf(axes).map((place) => valueAt(op, place)),
      1 + axes.length,
    );
    if (groups === 1) return target.reshape(all, shape);
    const channels = all.shape.at(-1) as number;
    const split = target.reshape(all, [sizeOf(all.shape) / channels, groups, channels / groups]);
    return target.reshape(target.transpose(split, [1, 0, 2]), shape);
  },
};

/** Computes an op on windows; returns undefined for other ops. */
export const lowerWindows = (
  target: ElementaryTarget,
  equation: Equation,
  inputs: readonly Value[],
): Value | undefined => {
  const attributes = attributesOf(equation);
  const { computation, outputs } = equation;
  if (attributes === undefined || computation.kind !== 'loops') return undefined;
  const { groups, result, operands } = attributes;
  const loops = computation.loops as readonly ElementLoop[];
  const loop = loops.find(({ kind }) => kind === 'reduce') as ReduceLoop | undefined;
  // Without an element that is inside of the input, the result is constant.
  if (loop === undefined && result !== 'windows') return undefined;
  const op: WindowOp = {
    ...attributes,
    target,
    inputs: inputs.map((x, i) => (operands[i] === 'windows' ? ungrouped(target, groups, x) : x)),
    rule: loop?.rule ?? identity,
    reduction: loop?.reduction.name ?? 'sum',
  };
  return RESULTS[result](op, outputs[0].shape);
};
