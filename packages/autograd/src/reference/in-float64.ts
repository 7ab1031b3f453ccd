/** Runs functions in double precision, to check kernels and gradient rules. */
import { executeFloat64 } from './float64.ts';
import { type Interpreter, withInterpreter } from '../core/interpreter.ts';
import { loopsOf } from '../core/primitive.ts';
import { sizeOf } from '../base/shape.ts';
import { frozen } from '../base/frozen-shape.ts';
import { Tensor } from '../core/tensor.ts';

const float64: Interpreter = ({ name }, inputs, _attrs, lowered) => {
  const values = inputs.map((input) => input.read(name));
  const size = sizeOf(lowered.shape);
  if (size === 0) return new Float64Array(0);
  if (lowered.kind === 'view') return values[0].subarray(lowered.offset, lowered.offset + size);
  const shapes = inputs.map((input) => input.shape);
  return executeFloat64(loopsOf(lowered, shapes), values, size);
};

const unrolled: Interpreter = Object.assign(float64, { unrollsLoops: true });

/**
 * Runs `f` with every op in it computed in double precision.
 *
 * The reference implementation computes the ops. It is slow.
 */
export const inFloat64 = <T>(f: () => T): T => withInterpreter(() => unrolled, f);

/** Creates a tensor with double-precision elements, for use inside `inFloat64`. */
export const float64Tensor = (shape: readonly number[], values: ArrayLike<number>): Tensor =>
  // An array without elements can have been transferred. It cannot be iterated then.
  new Tensor(frozen(shape), values.length === 0 ? new Float64Array(0) : Float64Array.from(values));
