/** Compiled functions inside of `vmap`: they are compiled again, for all examples at once. */
import {
  type Examples,
  type JitTools,
  type LeafFunction,
  isEager,
  currentInterpreter,
  resolve,
} from '../core/bind.ts';
import { checkNoPromise } from '../core/check.ts';
import { debugging } from '../core/hooks.ts';
import { type Form, build, matchForm, rebuild } from '../tree/form.ts';
import type { AnyFunction } from './any-function.ts';
import { flattenLeaves } from './leaves.ts';

/** A function compiled for all examples, for arguments of one form. */
interface CompiledBatch {
  readonly arguments: readonly { readonly form: Form }[];
  /** Which leaves differ between the examples. */
  readonly mask: readonly boolean[];
  readonly compiled: LeafFunction;
  result: Form | undefined;
}

const caches = new WeakMap<AnyFunction, CompiledBatch[]>();
const MAX_FORMS = 16;

/** Whether a compiled function would run compiled here, or be compiled for a `vmap` further out. */
const canRunCompiled = (): boolean => isEager() || currentInterpreter().examples !== undefined;

/**
 * Runs a compiled function inside of `vmap` for all examples. Returns undefined if it has to run op
 * by op: if an argument is differentiated inside of `vmap`, or shared by the examples and
 * differentiated, or if f closes over anything that is differentiated or batched.
 */
export const callCompiledBatch = (
  examples: Examples,
  f: AnyFunction,
  { jit, traceBody }: JitTools,
  args: readonly unknown[],
): { readonly result: unknown } | undefined => {
  const flat = args.map((argument, argnum) => flattenLeaves('jit', argument, `argument ${argnum}`));
  const leaves = flat.flatMap((own) => own.leaves).map(resolve);
  const mask = leaves.map((leaf) => examples.isBatched(leaf));
  const isDebugging = debugging.keys !== undefined || debugging.nans !== undefined;
  const isDifferentiated = leaves.some(({ record }) => record !== undefined);
  if (isDebugging || isDifferentiated || !mask.includes(true) || !examples.runOutside(canRunCompiled))
    return undefined;
  const outers = leaves.map((leaf, i) => (mask[i] ? examples.leave(leaf) : leaf));
  let cache = caches.get(f);
  if (cache === undefined) caches.set(f, (cache = []));
  let entry = cache.find(
    (known) =>
      known.arguments.length === args.length &&
      known.mask.length === mask.length &&
      known.mask.every((isBatched, i) => isBatched === mask[i]) &&
      known.arguments.every((own, i) => matchForm(own.form, rebuild([flat[i]], flat[i].leaves)[0], [])),
  );
  if (entry === undefined) {
    const run: LeafFunction = (...own) => {
      const result: unknown = f(...rebuild(flat, own));
      checkNoPromise('jit', f.name, result);
      const results = flattenLeaves('jit', result, 'result');
      made.result = results.form;
      return results.leaves;
    };
    const lifted = examples.lift(run, mask);
    const made: CompiledBatch = {
      arguments: flat.map((own) => ({ form: own.form })),
      mask,
      compiled: jit(lifted),
      result: undefined,
    };
    const { captured } = examples.runOutside(() =>
      traceBody(
        'jit',
        lifted,
        outers.map(({ shape }) => shape),
      ),
    );
    if (captured.length > 0) return undefined;
    entry = made;
    cache.unshift(entry);
    cache.splice(MAX_FORMS);
  }
  const { compiled, result } = entry;
  const results = examples.runOutside(() => compiled(...outers));
  let next = 0;
  return { result: build(result as Form, () => examples.enter(results[next++])) };
};
