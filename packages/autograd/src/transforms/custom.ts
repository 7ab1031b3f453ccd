/** Functions with a custom gradient rule. */
import { rangeError, typeError } from '../base/errors.ts';
import { checkFunction, checkList, wrongType } from '../core/check.ts';
import { bindFunction } from '../core/bind.ts';
import { describe } from '../base/describe.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import { type Tensor, isTensor } from '../core/tensor.ts';

/**
 * Returns a function that computes f and is differentiated by the rule `backward`.
 *
 * The rule takes the cotangent of the result, the inputs and the result. It returns the cotangents
 * of the inputs, each of the shape of its input; undefined means zero. Use it for a rule that is
 * more accurate or cheaper than the derived one, or that differs from it on purpose.
 *
 * Throws a TypeError if f uses a tensor that is being differentiated but is not an argument, or if
 * the rule does not return a tensor or undefined for each input; a RangeError if a cotangent has
 * another shape than its input. Mirrors jax.custom_vjp; instead of residuals, the rule takes the
 * inputs and the result.
 *
 * @example
 * const clipped = customVjp((x: Tensor) => x, (ct) => [clip(ct, -1, 1)]);
 * console.log(grad((x: Tensor) => clipped(x).mul(5))(tensor(2)).item()); // → 1
 */
export function customVjp<A extends Tensor[]>(
  f: (...inputs: A) => Tensor,
  backward: (ct: Tensor, inputs: A, out: Tensor) => readonly (Tensor | undefined)[],
): (...inputs: A) => Tensor {
  checkFunction('customVjp', 'f', f);
  checkFunction('customVjp', 'backward', backward);
  return (...inputs) =>
    bindFunction(
      {
        name: 'customVjp',
        f: (...constants) => f(...(constants as A)),
        rule: (ct, recorded, out) => {
          const cotangents: unknown = backward(ct, [...recorded] as A, out);
          if (!Array.isArray(cotangents) || cotangents.length !== inputs.length) {
            throw typeError(
              'customVjp',
              `invalid result of the rule: expected ${inputs.length} cotangents, got ${describe(cotangents)}`,
            );
          }
          return checkList('customVjp', 'cotangents', cotangents, (cotangent, i) => {
            const input = recorded[i];
            if (cotangent === undefined) return undefined;
            if (!isTensor(cotangent)) throw wrongType('customVjp', `cotangent ${i}`, 'a Tensor', cotangent);
            if (!sameShape(cotangent.shape, input.shape)) {
              throw rangeError(
                'customVjp',
                `invalid cotangent ${i}: expected its input's shape ${formatShape(input.shape)}, got ${formatShape(cotangent.shape)}`,
              );
            }
            return () => cotangent;
          });
        },
      },
      inputs,
    );
}
