/** Loops and branches: how their operands and results belong to those of their bodies. */
import { sizeOf } from '@mini/autograd/check';
import type { Equation, Graph, Value } from '@mini/autograd/graph';
import type { Shape } from './target.ts';

/** A value of a graph. */
export type Place = readonly [Graph, Value];

/**
 * One result of a loop or a branch: the output of a body, and its shape and place in all results.
 */
export interface HostPart {
  readonly index: number;
  readonly value: Place;
  readonly shape: Shape;
  readonly offset: number;
}

interface HostOp {
  readonly parts: readonly HostPart[];
  /** The part at an offset, if a value of this shape is that part. */
  partAt(offset: number, shape: Shape): HostPart | undefined;
  /** Values that have the same type. */
  groups(own: Graph): readonly (readonly Place[])[];
}

/** The parameters of `scan`, `cond` and `whileLoop`. */
export interface HostParams {
  readonly steps: number;
  readonly reverse: boolean;
  readonly carries: number;
  readonly xs: number;
  readonly operands: number;
  readonly captured: readonly number[];
}

export const paramsOf = ({ params }: Equation): HostParams => params as unknown as HostParams;

/**
 * The inputs of each body, as indices of the operands of the equation: arguments that all bodies
 * have, and what each of them captures.
 */
export const bodyInputs = (equation: Equation): readonly (readonly number[])[] => {
  const { op, inputs } = equation;
  if (op === 'scan') return [[...inputs.keys()]];
  const { carries, operands, captured } = paramsOf(equation);
  // The first operand of `cond` is its predicate.
  const first = op === 'cond' ? 1 : 0;
  const count = op === 'cond' ? operands : carries;
  const shared = Array.from({ length: count }, (_, i) => first + i);
  const start = first + count;
  return captured.map((length, body) => [
    ...shared,
    ...Array.from({ length }, (_, i) => start + (body === 0 ? 0 : captured[0]) + i),
  ]);
};

export const hostOf = (equation: Equation): HostOp => {
  const { op, inputs, bodies } = equation;
  const { steps, carries } = paramsOf(equation);
  // The condition of a loop has no results.
  const body = op === 'whileLoop' ? bodies[1] : bodies[0];
  let offset = 0;
  const parts = body.results.map(({ value }, i) => {
    const shape = op === 'scan' && i >= carries ? [steps, ...value.shape] : value.shape;
    const part: HostPart = { index: i, value: [body, value], shape, offset };
    offset += sizeOf(shape);
    return part;
  });
  return {
    parts,
    partAt: (at, shape) => parts.find((part) => part.offset === at && sizeOf(part.shape) === sizeOf(shape)),
    groups: (own) => {
      const groups: Place[][] = [];
      bodyInputs(equation).forEach((indices, b) =>
        indices.forEach((operand, i) =>
          groups.push([
            [own, inputs[operand]],
            [bodies[b], bodies[b].inputs[i].value],
          ]),
        ),
      );
      if (op === 'cond')
        bodies[0].results.forEach(({ value }, i) =>
          groups.push([
            [bodies[0], value],
            [bodies[1], bodies[1].results[i].value],
          ]),
        );
      else
        body.results.slice(0, carries).forEach(({ value }, i) =>
          groups.push([
            [body, value],
            [body, body.inputs[i].value],
          ]),
        );
      return groups;
    },
  };
};
