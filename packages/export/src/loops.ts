/** Loops of the library, as operations of a target. */
import { elementaryFunctions, sizeOf } from '@mini/autograd/check';
import type { Algebra, BitsLoop, ElementLoop, Loop, MatmulLoop } from '@mini/autograd/graph';
import { type Part, assemble, matrices, readView } from './arrays.ts';
import { definitions } from './elementary.ts';
import { randomBits } from './random.ts';
import type { Factor, ReduceName, Shape, Target, Value } from './target.ts';

const nameOfFunction: ReadonlyMap<unknown, string> = new Map(
  Object.entries(elementaryFunctions).map(([name, f]) => [f, name]),
);

/** A target, and the elementary functions that it has itself. */
export interface ElementaryTarget extends Target {
  /** Returns undefined for functions that it does not have. */
  elementary(name: string, operands: readonly Value[]): Value | undefined;
}

/** The algebra of scalar rules: its numbers are arrays, which broadcast. */
export const algebraOf = (target: ElementaryTarget): Algebra<Value, Value> => {
  const call = (name: string, ...operands: Value[]): Value => {
    const own = target.elementary(name, operands);
    if (own !== undefined) return own;
    const define = definitions[name];
    if (define === undefined) throw new Error(`unknown elementary function ${name}`);
    return define(algebra, call, ...operands);
  };
  const algebra: Algebra<Value, Value> = {
    constant: (value) => target.constant('float', [], [value]),
    add: (a, b) => target.binary('add', a, b),
    sub: (a, b) => target.binary('sub', a, b),
    mul: (a, b) => target.binary('mul', a, b),
    div: (a, b) => target.binary('div', a, b),
    neg: (a) => target.unary('neg', a),
    abs: (a) => target.unary('abs', a),
    sqrt: (a) => target.unary('sqrt', a),
    min: (a, b) => target.binary('min', a, b),
    max: (a, b) => target.binary('max', a, b),
    floor: (a) => target.unary('floor', a),
    ceil: (a) => target.unary('ceil', a),
    round: (a) => target.unary('round', a),
    elementary: (f, ...operands) => call(nameOfFunction.get(f) ?? 'of no name', ...operands),
    equal: (a, b) => target.compare('equal', a, b),
    less: (a, b) => target.compare('less', a, b),
    lessEqual: (a, b) => target.compare('lessEqual', a, b),
    not: (a) => target.unary('not', a),
    and: (a, b) => target.binary('and', a, b),
    select: (mask, a, b) => target.select(mask, a, b),
  };
  return algebra;
};

/** The axes of a loop in an order that needs few transpositions: from long to short strides. */
const orderOf = (strides: readonly number[]): number[] =>
  [...strides.keys()].sort((a, b) => Math.abs(strides[b]) - Math.abs(strides[a]));

const picked = (numbers: readonly number[], order: readonly number[]): number[] =>
  order.map((axis) => numbers[axis]);

/** Computes the elements of a map or a reduction, as a part of the result. */
const elementPart = (target: ElementaryTarget, loop: ElementLoop, inputs: readonly Value[]): Part => {
  const { rule, sizes, operands, out } = loop;
  const kept = sizes.length - (loop.kind === 'reduce' ? loop.reducedAxes : 0);
  // A map goes in the order of its result, a reduction in that of its operand.
  const order = orderOf(loop.kind === 'map' ? out.strides : operands[0].strides);
  const values = operands.map(({ input, offset, strides }) =>
    readView(target, inputs[input], {
      offset,
      sizes: picked(sizes, order),
      strides: picked(strides, order),
    }),
  );
  const computed = rule(algebraOf(target), ...values);
  const whole = target.broadcast(computed, picked(sizes, order));
  if (loop.kind === 'map')
    return {
      value: whole,
      view: { offset: out.offset, sizes: picked(sizes, order), strides: picked(out.strides, order) },
    };
  const reduced = [...order.keys()].filter((i) => order[i] >= kept);
  const rest = order.filter((axis) => axis < kept);
  return {
    value: target.reduce(loop.reduction.name as ReduceName, whole, reduced),
    view: { offset: out.offset, sizes: picked(sizes, rest), strides: picked(out.strides, rest) },
  };
};

const matmulValue = (target: Target, loop: MatmulLoop, [a, b]: readonly Value[], shape: Shape): Value => {
  const { rows, columns, depth, transposeA, transposeB, offsetsA, offsetsB } = loop;
  const factor = (x: Value, isTransposed: boolean, sizes: Shape, offsets: readonly number[]): Factor => {
    const stack = matrices(target, x, sizeOf(sizes), offsets);
    const stored = isTransposed ? sizes.toReversed() : sizes;
    return { value: target.reshape(stack, [stack.shape[0], ...stored]), isTransposed };
  };
  const product = target.matmul(
    factor(a, transposeA, [rows, depth], offsetsA),
    factor(b, transposeB, [depth, columns], offsetsB),
  );
  return target.reshape(product, shape);
};

/** The reductions that targets have. */
const REDUCTIONS: readonly string[] = ['max', 'min', 'prod', 'sum'] satisfies ReduceName[];

/** Whether `lowerLoops` can compute loops. */
export const isLowerable = (loops: readonly Loop[]): boolean =>
  loops.every((loop) =>
    loop.kind === 'reduce'
      ? loop.isRunning !== true && REDUCTIONS.includes(loop.reduction.name)
      : loop.kind !== 'direct',
  );

/** Computes the result of loops, of the given shape. */
export const lowerLoops = (
  target: ElementaryTarget,
  loops: readonly Loop[],
  inputs: readonly Value[],
  shape: Shape,
): Value => {
  const [first] = loops;
  if (first.kind === 'matmul') return matmulValue(target, first, inputs, shape);
  if (first.kind === 'bits') return randomBits(target, first as BitsLoop, inputs, shape);
  // Loops over 0 elements write nothing.
  const parts = (loops as readonly ElementLoop[]).filter(({ sizes }) => sizeOf(sizes) > 0);
  return assemble(
    target,
    shape,
    parts.map((loop) => elementPart(target, loop, inputs)),
  );
};
