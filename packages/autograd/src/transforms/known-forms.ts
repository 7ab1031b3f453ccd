/**
 * Functions of trees as functions of leaves, and what is remembered for each form of their
 * arguments.
 */
import type { LeafFunction } from '../core/interpreter.ts';
import { checkNoPromise } from '../core/check.ts';
import { type Flat, type Form, rebuild, sameForm } from '../tree/form.ts';
import { type AnyFunction, nameOf } from './any-function.ts';
import { flattenLeaves } from './leaves.ts';

/** What is remembered for arguments of one form. */
export interface KnownForm {
  readonly forms: readonly Form[];
  /** Which leaves of the arguments are special, such as those that are differentiated. */
  readonly mask: readonly boolean[];
}

/** Returns what is remembered for arguments of this form, and moves it to the front. */
export const findKnown = <K extends KnownForm>(
  known: K[],
  flat: readonly Flat[],
  mask: readonly boolean[],
): K | undefined => {
  const index = known.findIndex(
    (entry) =>
      entry.forms.length === flat.length &&
      entry.mask.length === mask.length &&
      entry.mask.every((isSpecial, i) => isSpecial === mask[i]) &&
      entry.forms.every((form, i) => sameForm(form, flat[i].form)),
  );
  if (index > 0) known.unshift(...known.splice(index, 1));
  return index < 0 ? undefined : known[0];
};

/** Remembers an entry, and drops those beyond `limit` that were not used for longest. */
export const remember = <K extends KnownForm>(known: K[], entry: K, limit: number): void => {
  known.unshift(entry);
  known.splice(limit);
};

/** Returns the forms alone, which do not keep the tensors of the arguments alive. */
export const formsOf = (flat: readonly Flat[]): Form[] => flat.map(({ form }) => form);

/** Flattens the arguments of a function that `jit` compiles. */
export const flattenArguments = (args: readonly unknown[]): Flat[] =>
  args.map((argument, argnum) => flattenLeaves('jit', argument, `argument ${argnum}`));

/**
 * Returns `f` as a function of the leaves of its arguments. After a call, `resultForm` returns the
 * form of its result.
 */
export const toLeafFunction = (
  f: AnyFunction,
  flat: readonly Flat[],
): { readonly run: LeafFunction; readonly resultForm: () => Form } => {
  const forms = formsOf(flat).map((form) => ({ form }));
  let resultForm: Form = { kind: 'nothing', value: undefined };
  const run: LeafFunction = (...leaves) => {
    const result: unknown = f(...rebuild(forms, leaves));
    checkNoPromise('jit', nameOf(f), result);
    const results = flattenLeaves('jit', result, 'result');
    resultForm = results.form;
    return results.leaves;
  };
  return { run, resultForm: () => resultForm };
};
