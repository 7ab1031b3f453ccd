/** Substitutes for tensors, while a function runs again for its gradient. */
import type { LeafFunction } from './interpreter.ts';
import type { Tensor } from './tensor.ts';

/**
 * Substitutes for tensors that a function closes over. They are active while the function runs
 * again for its gradient, and are the variables to differentiate with respect to.
 */
let replaced: ReadonlyMap<Tensor, Tensor> | undefined;

/** Returns the substitute for x, or x itself if it has none. */
export const resolve = (x: Tensor): Tensor => replaced?.get(x) ?? x;

const runReplaced = <T>(all: ReadonlyMap<Tensor, Tensor>, f: () => T): T => {
  const before = replaced;
  replaced = all;
  try {
    return f();
  } finally {
    replaced = before;
  }
};

/** Runs `f` with each key of `replacements` replaced with its value. */
export const withReplaced = <T>(replacements: ReadonlyMap<Tensor, Tensor>, f: () => T): T => {
  const all = new Map(replacements);
  replaced?.forEach((value, key) => {
    if (!all.has(key)) all.set(key, replacements.get(value) ?? value);
  });
  return runReplaced(all, f);
};

/**
 * Returns a function that runs `f` with the replacements that are active now, and also replaces its
 * results.
 *
 * Replacements that are active when it is called apply as well, also to the substitutes from now.
 */
export const keepReplaced = (f: LeafFunction): LeafFunction => {
  const kept = replaced;
  const run: LeafFunction = (...leaves) => f(...leaves).map(resolve);
  if (kept === undefined) return run;
  return (...leaves) => {
    const all = new Map(replaced);
    kept.forEach((value, key) => all.set(key, resolve(value)));
    return runReplaced(all, () => run(...leaves));
  };
};
