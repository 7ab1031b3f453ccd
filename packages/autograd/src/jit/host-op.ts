/** Ops that run compiled programs. */
import { withOp } from '../base/errors.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import type { DirectLoop, LoopBody } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import type { Tensor } from '../core/tensor.ts';
import { splitParts } from '../ops/parts.ts';
import type { StepProgram } from '../runtime/step-program.ts';
import { type Body, compileBody } from './body.ts';

/**
 * The property for the traced functions that a host op runs. A symbol, so that comparing ops skips
 * it.
 */
export const BODIES: unique symbol = Symbol('bodies');

/** A function that a host op runs, traced and compiled. */
export interface CompiledBody {
  /** What it is to the op, for printing. */
  readonly role: string;
  readonly body: Pick<Body, 'inputs' | 'outputs'>;
  readonly program: StepProgram;
}

/** Links the programs, calls `run`, and unlinks them again. */
const withBodies = ([body, ...others]: readonly LoopBody[], run: () => void): void => {
  if (body === undefined) return run();
  body.link();
  try {
    withBodies(others, run);
  } finally {
    body.unlink();
  }
};

/** Applies an op with several results. `compute` writes them one after another into one array. */
export const bindHost = (
  name: string,
  operands: readonly Tensor[],
  params: Readonly<Record<string, unknown>>,
  shapes: readonly Shape[],
  bodies: readonly CompiledBody[],
  compute: DirectLoop['compute'],
): Tensor[] => {
  const total = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  const programs = bodies.map(({ program }) => program);
  const primitive: LoopPrimitive<object> = {
    name,
    shape: () => [total],
    loops: () => [
      {
        kind: 'direct',
        bodies: programs,
        mayFail: programs.some(({ mayFail }) => mayFail),
        describe: () => bodies.map(({ role, program }) => `${role}:\n${program}`).join('\n'),
        // An eager op links its programs only for this call.
        compute: (...values) => withBodies(programs, () => compute(...values)),
      },
    ],
  };
  const all = bind(primitive, operands, { ...params, [BODIES]: bodies });
  return splitParts(all, shapes);
};

/** Compiles a body: see `compileBody`. Errors name `op`. */
export const compileFor = (op: string, role: string, body: Body, carries: number = 0): CompiledBody => {
  try {
    return { role, body, program: compileBody(body, carries) };
  } catch (error) {
    throw withOp(op, error);
  }
};

export const shapesOf = (tensors: readonly { readonly shape: Shape }[]): Shape[] =>
  tensors.map(({ shape }) => shape);
