/**
 * Transformations of gradients, the parts that optimizers are made of.
 *
 * A transformation is a pair of pure functions. Its state is an object of trees by name. The name
 * `step` is common to all of them: the number of steps taken.
 */
import { full, mul, type Tensor, tree, zeros } from '@mini/autograd';
import { asOp } from '@mini/autograd/check';
import { checkLike, checkNames, checkOrder, checkStep } from './checks.ts';

/**
 * The trees of a state, by name, for parameters of type P.
 *
 * In S, `true` stands for a tree like the parameters, Tensor for a tensor, and an object for names
 * of its own.
 */
export type Memory<S, P> = { readonly [K in keyof S]: Kept<S[K], P> };
type Kept<M, P> = M extends true ? P : M extends Tensor ? M : Memory<M, P>;

/**
 * A transformation of gradients, as in optax.
 *
 * The updates that it returns are for the next transformation of a chain. Those of the last one are
 * added to the parameters.
 */
export interface Transformation<S = object> {
  /** Returns the state before the first step. */
  init<P>(params: P): Memory<S, P>;
  /** Returns the updates that replace the gradients, and the state after the step. */
  update<P>(gradients: P, state: Memory<S, P>, params: NoInfer<P>): [P, Memory<S, P>];
}

/** The memory of a transformation that counts the steps. */
export interface StepMemory {
  readonly step: Tensor;
}

/** The memory of a transformation without state, and of an optimizer whose state is only the step. */
export type NoMemory = Readonly<Record<never, never>>;

/** How each tree of a state starts: filled with a number, or as a copy of the parameters. */
type Start<S> = { readonly [K in keyof S]: number | 'params' };
type Update<S> = <P>(gradients: P, state: Memory<S, P>, params: P) => [P, Memory<S, P>];

/**
 * Makes a transformation whose state has the names of `start`: trees like the parameters, and
 * possibly `step`.
 *
 * `update` receives checked arguments. Errors start with `op`.
 */
/* @__NO_SIDE_EFFECTS__ */
export const makeTransformation = <S extends object>(
  op: string,
  start: Start<S>,
  update: Update<S>,
): Transformation<S> => ({
  init: <P>(params: P) => {
    checkLike(`${op}.init`, 'params', params, params);
    const filled = (value: number | 'params'): P =>
      tree.map((w) => (value === 'params' ? mul(w, 1) : full(w.shape, value)), params);
    return asOp(
      `${op}.init`,
      () =>
        Object.fromEntries(
          Object.entries<number | 'params'>(start).map(([name, value]) => [
            name,
            name === 'step' ? zeros([]) : filled(value),
          ]),
        ) as Memory<S, P>,
    );
  },
  update: (gradients, state, params) => {
    const checked = checkArguments(`${op}.update`, Object.keys(start), gradients, state, params);
    return asOp(`${op}.update`, () => update(gradients, checked, params));
  },
});

/** Returns the state, with a checked step if `step` is one of the names of trees. */
export const checkArguments = <M extends object>(
  op: string,
  names: readonly string[],
  gradients: unknown,
  state: M,
  params: unknown,
): M => {
  let checked = state;
  checkOrder(op, 'transformation', [gradients, state, params], () => {
    checkNames(op, names, state);
    checkLike(op, 'gradients', params, gradients);
    for (const name of names) {
      const value = (state as Readonly<Record<string, unknown>>)[name];
      if (name === 'step') checked = { ...state, step: checkStep(op, 'step', value) };
      else checkLike(op, name, params, value);
    }
  });
  return checked;
};
