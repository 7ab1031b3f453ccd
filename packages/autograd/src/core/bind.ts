/** `bind`: the one function that applies ops. */
import { Deferred } from '../base/deferred.ts';
import { typeError, withOp } from '../base/errors.ts';
import { toTensor, wrongType } from './check.ts';
import { type FunctionOp, currentInterpreter } from './interpreter.ts';
import { lower } from './lowering.ts';
import type { Lowered, Primitive } from './primitive.ts';
import { areRecorded, isRecording, nextRecordId, recordOp, recordedBefore } from './record.ts';
import { resolve } from './replaced.ts';
import { type Source, Tensor, type TensorLike, isTensor } from './tensor.ts';

/** Returns a tensor without its record. Inside `vmap`, derivatives still flow to the batch. */
export const withoutRecord = (x: Tensor): Tensor =>
  x.record === undefined ? x : new Tensor(x.shape, x.source);

/**
 * x as a constant: derivatives do not flow through it. Mirrors jax.lax.stop_gradient.
 *
 * @example
 * const f = (x: Tensor) => mul(x, stopGradient(x));
 * console.log(grad(f)(tensor(3)).item()); // → 3
 */
export function stopGradient(x: TensorLike): Tensor {
  const input = toTensor('stopGradient', x);
  const { shape, source } = input;
  return source instanceof Deferred ? new Tensor(shape, source.constant()) : withoutRecord(input);
}

/**
 * Applies a primitive: lowers it, lets the interpreter compute it, and inside of a derivative
 * records what the gradient rule needs.
 */
export const bind = <A>(primitive: Primitive<A>, operands: readonly TensorLike[], attrs: A): Tensor => {
  const inputs: Tensor[] = [];
  for (let i = 0; i < operands.length; i++) inputs.push(resolve(toTensor(primitive.name, operands[i])));
  const shapes = inputs.map((input) => input.shape);
  return bindLowered(primitive, inputs, attrs, lower(primitive, shapes, attrs));
};

/** `bind` of a primitive that is lowered already, to tensors that replace no others. */
export const bindLowered = <A>(
  primitive: Primitive<A>,
  inputs: readonly Tensor[],
  attrs: A,
  lowered: Lowered,
): Tensor => {
  const { name, vjp } = primitive;
  let tracked = false;
  for (let i = 0; i < inputs.length; i++) if (inputs[i].record !== undefined) tracked = true;
  let source: Source;
  try {
    source = currentInterpreter()(primitive, inputs, attrs, lowered);
  } catch (error) {
    throw withOp(name, error);
  }
  const { shape } = lowered;
  if (!tracked || vjp === undefined || !isRecording()) return new Tensor(shape, source);
  return recordOp(name, inputs, shape, source, vjp, attrs);
};

/**
 * Applies an op defined by functions: runs `f` on the inputs as constants, and records its result
 * with the gradient rule.
 */
export const bindFunction = (op: FunctionOp, operands: readonly TensorLike[]): Tensor => {
  const { name, f, rule } = op;
  const inputs = operands.map((operand, i) => resolve(toTensor(name, operand, `input ${i}`)));
  const first = nextRecordId();
  const constants = inputs.map(withoutRecord);
  const interpreter = currentInterpreter();
  const given: unknown =
    interpreter.applyFunction === undefined ? f(...constants) : interpreter.applyFunction(op, inputs);
  const out = isTensor(given) ? resolve(given) : given;
  if (!isTensor(out)) throw wrongType(name, 'result of the function', 'a Tensor', out);
  if (recordedBefore([out], first).length > 0)
    throw typeError(
      name,
      'differentiated value in a closure: expected it as an argument, got it from outside of the function',
    );
  // Derivatives that f takes itself leave their records, which are of constants.
  if (!areRecorded(inputs)) return withoutRecord(out);
  return recordOp(name, inputs, out.shape, out.source, rule, undefined);
};
