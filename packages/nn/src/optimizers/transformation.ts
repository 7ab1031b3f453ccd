/** Makes the transformations of this package. */
import { full, mul, tree, zeros } from '@mini/autograd';
import { asOp } from '@mini/autograd/check';
import { checkLike, checkNames, checkOrder, checkStep } from './checks.ts';
import type { Memory, Transformation } from './types.ts';

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
): M =>
  checkOrder(op, 'transformation', [gradients, state, params], () => {
    checkNames(op, names, state);
    checkLike(op, 'gradients', params, gradients);
    let checked = state;
    for (const name of names) {
      const value = (state as Readonly<Record<string, unknown>>)[name];
      if (name === 'step') checked = { ...state, step: checkStep(op, 'step', value) };
      else checkLike(op, name, params, value);
    }
    return checked;
  });
