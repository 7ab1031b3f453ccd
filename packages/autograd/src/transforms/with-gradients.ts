/** A function together with its backward pass. */
import type { LeafFunction } from '../core/interpreter.ts';
import { recording } from '../core/record.ts';
import { backwardOrZeros } from './cotangents.ts';
import { variable } from './variable.ts';

/**
 * Returns a function of leaves and of cotangents of its results. It returns the results, then the
 * gradients with respect to the leaves that are targets.
 */
export const withGradients =
  (f: LeafFunction, targets: readonly boolean[], onRefusal?: () => void): LeafFunction =>
  (...all) => {
    const leaves = all.slice(0, targets.length).map((x, i) => (targets[i] ? variable(x) : x));
    const outs = recording(() => f(...leaves));
    const variables = leaves.filter((_, i) => targets[i]);
    return [...outs, ...backwardOrZeros(outs, all.slice(targets.length), variables, onRefusal)];
  };
