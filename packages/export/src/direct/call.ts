/** Calls of ops whose loops are functions of the library, and rules for them. */
import { sizeOf } from '@mini/autograd/check';
import type { Shape, Target, Value } from '../target.ts';

/** The call of an op, for all examples. */
export interface Call {
  readonly target: Target;
  /** The operands, [1 or count, ...shape]. */
  readonly inputs: readonly Value[];
  /** The number of examples. */
  readonly count: number;
  /** The shape of one example of the result. */
  readonly shape: Shape;
  readonly params: Readonly<Record<string, unknown>>;
}

export type Rule = (call: Call) => Value;

/** The axis of an operand that the parameters name: the examples are in front of it. */
export const axisIn = (params: Call['params']): number => (params['axis'] as number) + 1;

/** x seen as [examples · before, size, after], with all of it for each example. */
export const asLines = (target: Target, x: Value, count: number, axis: number): Value => {
  const whole = target.broadcast(x, [count, ...x.shape.slice(1)]);
  return target.reshape(whole, [
    sizeOf(whole.shape.slice(0, axis)),
    whole.shape[axis],
    sizeOf(whole.shape.slice(axis + 1)),
  ]);
};
