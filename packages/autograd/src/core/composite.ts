/** Ops that are composed of others, and can be computed at once where that is faster. */
import { asOp } from '../base/errors.ts';
import { resolve } from './replaced.ts';
import { toTensor } from './check.ts';
import type { Tensor, TensorLike } from './tensor.ts';

/** An op that is composed of other ops. */
export interface Composite<A> {
  readonly name: string;
  /** Computes the result by public ops, from nothing but the inputs and plain data. */
  readonly compute: (inputs: readonly Tensor[], attrs: A) => Tensor;
}

/** Computes a composite as one compiled function; undefined where it has to run op by op. */
export type CompositeRunner = <A>(
  composite: Composite<A>,
  inputs: readonly Tensor[],
  attrs: A,
) => Tensor | undefined;

let runCompiled: CompositeRunner | undefined;

/** Lets `jit` compute composites. Programs that do not import it run them op by op. */
export const setCompositeRunner = (runner: CompositeRunner | undefined): void => {
  runCompiled = runner;
};

/** Applies an op that is composed of others. The result has the same bits either way. */
export const bindComposite = <A>(
  composite: Composite<A>,
  operands: readonly TensorLike[],
  attrs: A,
): Tensor => {
  const { name, compute } = composite;
  const inputs = operands.map((operand) => toTensor(name, operand));
  const result = runCompiled?.(composite, inputs.map(resolve), attrs);
  return result ?? asOp(name, () => compute(inputs, attrs));
};
