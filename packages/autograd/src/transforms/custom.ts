/** Functions with a custom gradient rule. */
import { rangeError, typeError } from '../base/errors.ts';
import { checkFunction, checkList, toTensor, wrongType } from '../core/check.ts';
import { bindFunction } from '../core/bind.ts';
import { describe } from '../base/describe.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import { type Tensor, isTensor } from '../core/tensor.ts';
import { type Flat, flattenArgument, rebuild } from '../tree/form.ts';
import { mapTrees } from '../tree/map-trees.ts';

/**
 * Returns a function that computes f and is differentiated by the rule `backward`.
 *
 * Inputs are trees of tensors, and the result is a tensor. The rule takes the cotangent of the
 * result, the inputs and the result. It returns a list with the cotangent of each input, a tree of
 * the same form and shapes; undefined means zero. Use it for a rule that is more accurate or
 * cheaper than the derived one, or that differs from it on purpose.
 *
 * Throws a TypeError if f uses a tensor that is being differentiated but is not an argument, or if
 * the rule does not return a tree of the form of each input or undefined; a RangeError if a
 * cotangent has another shape than its input. Mirrors jax.custom_vjp; instead of residuals, the
 * rule takes the inputs and the result.
 *
 * @example
 * const clipped = customVjp((x: Tensor) => x, (ct) => [clip(ct, -1, 1)]);
 * console.log(grad((x: Tensor) => clipped(x).mul(5))(tensor(2)).item()); // → 1
 */
export function customVjp<A extends unknown[]>(
  f: (...inputs: A) => Tensor,
  backward: (ct: Tensor, inputs: A, out: Tensor) => readonly (A[number] | undefined)[],
): (...inputs: A) => Tensor {
  checkFunction('customVjp', 'f', f);
  checkFunction('customVjp', 'backward', backward);
  return (...inputs) => {
    const flat = inputs.map((input, i) =>
      flattenArgument('customVjp', i, typeof input === 'number' ? toTensor('customVjp', input) : input),
    );
    return bindFunction(
      {
        name: 'customVjp',
        f: (...leaves) => f(...(rebuild(flat, leaves) as A)),
        rule: (ct, recorded, out) => {
          const at = rebuild(flat, recorded);
          const cotangents: unknown = backward(ct, at as A, out);
          if (!Array.isArray(cotangents) || cotangents.length !== inputs.length) {
            throw typeError(
              'customVjp',
              `invalid result of the rule: expected ${inputs.length} cotangents, got ${describe(cotangents)}`,
            );
          }
          const own = checkList('customVjp', 'cotangents', cotangents, (cotangent) => cotangent as unknown);
          return own.flatMap((cotangent, i) => leavesOfCotangent(i, flat[i], at[i], cotangent));
        },
      },
      flat.flatMap(({ leaves }) => leaves),
    );
  };
}

/** Returns the pullbacks to the leaves of argument number i; undefined for a cotangent of zero. */
const leavesOfCotangent = (
  i: number,
  { form, leaves }: Flat,
  input: unknown,
  cotangent: unknown,
): ((() => Tensor) | undefined)[] => {
  if (cotangent === undefined) return leaves.map(() => undefined);
  if (form.kind === 'leaf' && !isTensor(cotangent))
    throw wrongType('customVjp', `cotangent ${i}`, 'a Tensor', cotangent);
  const pullbacks: (() => Tensor)[] = [];
  mapTrees(
    'customVjp',
    (path, [own, ct]) => {
      if (!sameShape(ct.shape, own.shape))
        throw rangeError(
          'customVjp',
          `invalid cotangent ${i}${path === '' ? '' : ` at ${path}`}: expected its input's shape ${formatShape(own.shape)}, got ${formatShape(ct.shape)}`,
        );
      return pullbacks.push(() => ct);
    },
    [input, cotangent],
  );
  return pullbacks;
};
