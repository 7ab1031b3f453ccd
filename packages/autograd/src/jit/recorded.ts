/** Compiled functions inside of a derivative, which records them. */
import { resolve } from '../core/replaced.ts';
import { isDebugging } from '../core/hooks.ts';
import type { AnyFunction } from '../transforms/any-function.ts';
import {
  type KnownForm,
  findKnown,
  flattenArguments,
  formsOf,
  remember,
  toLeafFunction,
} from '../transforms/known-forms.ts';
import { type Form, buildFrom, rebuild } from '../tree/form.ts';
import { type Differentiated, arePlain, callDifferentiated, differentiate } from './differentiated.ts';

/**
 * A compiled function and its compiled pullback. The mask tells which leaves are differentiated.
 */
export interface Recorded extends KnownForm {
  readonly compiled: Differentiated;
  readonly result: Form;
}

/**
 * Runs a function inside of a derivative: compiled if it is differentiated by its arguments alone,
 * else op by op.
 */
export const callRecorded = (
  f: AnyFunction,
  known: Recorded[],
  limit: number,
  args: readonly unknown[],
): unknown => {
  const flat = flattenArguments(args);
  const leaves = flat.flatMap((own) => own.leaves).map(resolve);
  const mask = leaves.map(({ record }) => record !== undefined);
  if (!mask.includes(true) || !arePlain(leaves) || isDebugging()) return f(...rebuild(flat, leaves));
  const { run, resultForm } = toLeafFunction(f, flat);
  let entry = findKnown(known, flat, mask);
  if (entry === undefined) {
    const compiled = differentiate(
      run,
      leaves.map(({ shape }) => shape),
      mask,
    );
    if (compiled === undefined) return f(...rebuild(flat, leaves));
    entry = { forms: formsOf(flat), mask, compiled, result: resultForm() };
    remember(known, entry, limit);
  }
  return buildFrom(entry.result, callDifferentiated(entry.compiled, leaves));
};
