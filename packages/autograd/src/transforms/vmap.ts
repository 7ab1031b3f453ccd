/** `vmap`: turns a function of one example into a function of a batch. */
import { asOpCalling, rangeError, typeError } from '../base/errors.ts';
import { describe } from '../base/describe.ts';
import { resolve } from '../core/replaced.ts';
import { checkAxis, checkFunction, checkNoPromise, checkOptions } from '../core/check.ts';
import type { Tensor } from '../core/tensor.ts';
import { moveaxis } from '../ops/rearranging.ts';
import { type Flat, type Form, build, leavesOf } from '../tree/form.ts';
import type { AnyFunction, TreeFunction } from './any-function.ts';
import { Level, enter, isBatched, leave } from './batched-tensors.ts';
import { runInside } from './batching.ts';
import { checkSeveralKeys, flattenLeaves, shapeOfLeaf } from './leaves.ts';

/** A tree with the axis of examples for each leaf, or for all leaves of a branch; null for none. */
export type Axes = number | null | readonly Axes[] | { readonly [key: string]: Axes };

export interface VmapOptions {
  /**
   * The axis of examples in the arguments; null for arguments that all examples share. Either one
   * axis for all arguments, or an array with an axis or a tree of axes for each argument. Default
   * 0.
   */
  readonly inAxes?: Axes;
  /** The axis of examples in the results: one axis for all, or a tree of axes. Default 0. */
  readonly outAxes?: Axes;
}

/** Returns a name of a tree of axes that its branch does not have. */
const unusedName = (axes: object, form: Form & { readonly kind: 'array' | 'object' }): string | undefined => {
  const names = new Set(form.kind === 'array' ? [...form.items.keys()].map(String) : form.keys);
  return Object.keys(axes).find((name) => !names.has(name));
};

/** The path of all arguments in errors. */
const ARGUMENTS = 'arguments';

/**
 * Returns the axis for each leaf of a form. An axis in the tree `axes` can stand for a whole
 * branch.
 */
const spread = (what: string, form: Form, axes: unknown, path: string): (number | null)[] => {
  if (axes === null || typeof axes === 'number') return leavesOf(form).map(() => axes);
  const isBranch = form.kind === 'array' || form.kind === 'object';
  if (typeof axes !== 'object' || !isBranch || Array.isArray(axes) !== (form.kind === 'array'))
    throw typeError(
      'vmap',
      `invalid ${what} for ${path}: expected a number, null or a tree of them like the ${what === 'inAxes' ? 'arguments' : 'result'}, got ${describe(axes)}`,
    );
  const names: readonly (string | number)[] = form.kind === 'array' ? [...form.items.keys()] : form.keys;
  // An argument that has a default can be left out.
  const unused = path === ARGUMENTS ? undefined : unusedName(axes, form);
  if (unused !== undefined)
    throw typeError(
      'vmap',
      `${what} does not fit ${path}: expected axes for ${names.join(', ') || 'nothing'}, got one for ${unused}`,
    );
  return names.flatMap((name, i) => {
    const own = (axes as Readonly<Record<string | number, unknown>>)[name];
    return spread(what, form.items[i], own, form.kind === 'array' ? `${path}[${name}]` : `${path}.${name}`);
  });
};

/** An argument leaf. If it is mapped, its axis of examples comes first. */
interface Mapped {
  readonly x: Tensor;
  readonly isMapped: boolean;
}

/** Checks the axis of a leaf, and moves it to the front. */
const mapLeaf = (
  x: Tensor,
  form: Form & { readonly kind: 'leaf' },
  axis: number | null,
  path: string,
): Mapped => {
  if (axis === null) return { x, isMapped: false };
  const shape = shapeOfLeaf(form);
  checkSeveralKeys('vmap', form, path, 'use null in inAxes to share it');
  try {
    return { x: moveToFront(x, checkAxis('vmap', axis, shape.length, shape)), isMapped: true };
  } catch (error) {
    throw rangeError('vmap', `${(error as Error).message.replace(/^vmap: /, '')}, at ${path}`);
  }
};

const moveToFront = (x: Tensor, axis: number): Tensor => (axis === 0 ? x : moveaxis(x, axis, 0));

/** Returns the number of examples. Throws unless all mapped leaves agree on it. */
const countExamples = (leaves: readonly Mapped[], paths: readonly string[]): number => {
  const first = leaves.findIndex(({ isMapped }) => isMapped);
  if (first < 0)
    throw typeError('vmap', 'no batched argument: expected at least one with an axis of examples, got none');
  const [count] = leaves[first].x.shape;
  const other = leaves.findIndex(({ x, isMapped }) => isMapped && x.shape[0] !== count);
  if (other >= 0)
    throw rangeError(
      'vmap',
      `numbers of examples differ: expected equal sizes, got ${count} at ${paths[first]} and ${leaves[other].x.shape[0]} at ${paths[other]}`,
    );
  return count;
};

/**
 * Returns a function that applies f to each example of a batch, all at once.
 *
 * Inside f, tensors have the shape of one example. Arguments and results are trees of tensors and
 * random keys. Each leaf has an axis of examples: `inAxes` selects it in the arguments, and
 * `outAxes` in the results. All examples share an argument with axis null. To give each example its
 * own key, use `random.keys`. The result has the same bits as a loop over the examples, except
 * derivatives of an f that calls compiled functions or `cond`: these can add cotangents in another
 * order. The derivative with respect to a shared argument is the sum over all examples.
 *
 * Throws a TypeError if f reads a value or branches on it, or if no argument has an axis of
 * examples; a RangeError if an axis is out of range, or if the numbers of examples differ. Mirrors
 * jax.vmap.
 *
 * @example
 * const norms = vmap((row: Tensor) => norm(row));
 * console.log(norms(tensor([[3, 4], [6, 8]])).toArray()); // → [ 5, 10 ]
 * const slopes = vmap(grad((w: Tensor, x: Tensor) => sum(w.mul(x).pow(2))), { inAxes: [null, 0] });
 * console.log(slopes(tensor(2), tensor([1, 3])).toArray()); // → [ 4, 36 ]
 */
export function vmap<F extends TreeFunction>(f: F, options?: VmapOptions): F;
export function vmap(f: AnyFunction, options: VmapOptions = {}): AnyFunction {
  checkFunction('vmap', 'f', f);
  const { inAxes: given = 0, outAxes = 0 } = checkOptions('vmap', options, ['inAxes', 'outAxes']);
  // Copied, so that the caller can change the list later. Holes of a long list take no time.
  const inAxes = Array.isArray(given) ? (Object.assign([], given) as readonly Axes[]) : given;
  const mapped = (...args: unknown[]): unknown =>
    asOpCalling('vmap', f as (...own: unknown[]) => unknown, (run) => {
      const flat = args.map((argument, i) => flattenLeaves('vmap', argument, `argument ${i}`));
      const paths = flat.flatMap((own) => own.paths);
      const all: Form = { kind: 'array', items: flat.map(({ form }) => form) };
      const axes = spread('inAxes', all, inAxes, ARGUMENTS);
      const forms = flat.flatMap(({ form }) => leavesOf(form));
      const leaves = flat.flatMap((own) => own.leaves).map((x, i) => mapLeaf(x, forms[i], axes[i], paths[i]));
      const level = new Level(countExamples(leaves, paths));
      const inside = leaves.map(({ x, isMapped }) => (isMapped ? enter(level, x) : x));
      let next = 0;
      const own = flat.map(({ form }) => build(form, () => inside[next++]));
      try {
        const result = runInside(level, () => {
          const value = run(...own);
          checkNoPromise('vmap', 'the function', value);
          return flattenLeaves('vmap', value, 'result');
        });
        return collect(level, result, spread('outAxes', result.form, outAxes, 'result'));
      } finally {
        level.hasEnded = true;
      }
    });
  return mapped;
}

/**
 * Returns the results of all examples, with the axis of examples moved to the positions in `axes`.
 */
const collect = (level: Level, { form, leaves, paths }: Flat, axes: readonly (number | null)[]): unknown => {
  const forms = leavesOf(form);
  let next = 0;
  return build(form, () => {
    const i = next++;
    const axis = axes[i];
    const x = resolve(leaves[i]);
    if (axis === null) {
      if (isBatched(level, x))
        throw typeError(
          'vmap',
          `invalid outAxes for ${paths[i]}: expected an axis, because the result differs between examples, got null`,
        );
      return x;
    }
    const shape = [level.count, ...shapeOfLeaf(forms[i])];
    const to = checkAxis('vmap', axis, shape.length, shape);
    const outer = leave(level, x);
    return to === 0 ? outer : moveaxis(outer, 0, to);
  });
};
