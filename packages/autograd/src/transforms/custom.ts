/** Functions with a custom gradient rule. */
import { rangeError, typeError } from '../base/errors.ts';
import { checkFunction, checkList, toTensor, wrongType } from '../core/check.ts';
import { bindFunction } from '../core/bind.ts';
import { describe } from '../base/describe.ts';
import { type Tensor, isTensor } from '../core/tensor.ts';
import { joinParts, splitParts } from '../ops/parts.ts';
import { type Flat, buildFrom, flattenArgument, leavesOf, rebuild } from '../tree/form.ts';
import { leavesLike, flattenResult } from './results.ts';

/**
 * Returns a function that computes f and is differentiated by the rule `backward`.
 *
 * Inputs and results are trees of tensors. The rule takes the cotangent of the result, the inputs
 * and the result. It returns a list with the cotangent of each input, a tree of the same form and
 * shapes; undefined means zero. Use it for a rule that is more accurate or cheaper than the derived
 * one, or that differs from it on purpose. A value that f stores elsewhere counts as a constant
 * there.
 *
 * Throws a TypeError if f uses a tensor that is being differentiated but is not an argument, or if
 * the rule does not return a tree of the form of each input or undefined; a RangeError if a
 * cotangent has another shape than its input. Mirrors jax.custom_vjp; instead of residuals, the
 * rule takes the inputs and the result. What a rule needs besides can be a part of the result.
 *
 * @example
 * const clipped = customVjp((x: Tensor) => x, (ct) => [clip(ct, -1, 1)]);
 * console.log(grad((x: Tensor) => clipped(x).mul(5))(tensor(2)).item()); // → 1
 */
export function customVjp<A extends unknown[], R = Tensor>(
  f: (...inputs: A) => R,
  backward: (ct: NoInfer<R>, inputs: A, out: NoInfer<R>) => readonly (A[number] | undefined)[],
): (...inputs: A) => R {
  const op = 'customVjp';
  checkFunction(op, 'f', f);
  checkFunction(op, 'backward', backward);
  return (...inputs) => {
    const flat = inputs.map((input, i) =>
      flattenArgument(op, i, typeof input === 'number' ? toTensor(op, input) : input),
    );
    let result: Flat | undefined;
    /** Returns the tree that a tensor with all leaves of the result stands for. */
    const treeOf = (all: Tensor): R => {
      const { form } = result as Flat;
      if (form.kind === 'leaf') return all as R;
      return buildFrom(
        form,
        splitParts(
          all,
          leavesOf(form).map(({ shape }) => shape),
        ),
      ) as R;
    };
    const all = bindFunction(
      {
        name: op,
        f: (...leaves) => {
          result = flattenResult(op, f(...(rebuild(flat, leaves) as A)));
          if (result.leaves.length === 0)
            throw rangeError(op, 'empty result of the function: expected at least one Tensor, got none');
          return result.form.kind === 'leaf' ? result.leaves[0] : joinParts(result.leaves);
        },
        rule: (ct, recorded, out) => {
          const at = rebuild(flat, recorded);
          const cotangents: unknown = backward(treeOf(ct), at as A, treeOf(out));
          if (!Array.isArray(cotangents) || cotangents.length !== inputs.length) {
            const isList = Array.isArray(cotangents);
            const got =
              isList && cotangents.length > 0 ? `a list of ${cotangents.length}` : describe(cotangents);
            throw typeError(
              op,
              `invalid result of the rule: expected ${isList ? '' : 'a list of '}${inputs.length} cotangents, got ${got}`,
            );
          }
          const own = checkList(op, 'cotangents', cotangents, (cotangent) => cotangent as unknown);
          return own.flatMap((cotangent, i) => pullbacksOf(i, flat[i], at[i], cotangent));
        },
      },
      flat.flatMap(({ leaves }) => leaves),
    );
    return treeOf(all);
  };
}

/** Returns the pullbacks to the leaves of argument number i; undefined for a cotangent of zero. */
const pullbacksOf = (
  i: number,
  { leaves }: Flat,
  input: unknown,
  cotangent: unknown,
): ((() => Tensor) | undefined)[] => {
  if (cotangent === undefined) return leaves.map(() => undefined);
  if (isTensor(input) && !isTensor(cotangent))
    throw wrongType('customVjp', `cotangent ${i}`, 'a Tensor', cotangent);
  return leavesLike('customVjp', `cotangent ${i}`, 'its input', input, cotangent).map((ct) => () => ct);
};
