/** Functions with a gradient rule of their own. */
import { rangeError, typeError } from '../base/errors.ts';
import { checkFunction, checkList, wrongType } from '../core/check.ts';
import { bindFunction } from '../core/bind.ts';
import { describe } from '../base/describe.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import { type Tensor, isTensor } from '../core/tensor.ts';

/**
 * A function that computes f but is differentiated by `backward`: from the cotangent of the result, the inputs and the result, to the cotangents of
 * the inputs (undefined: zero). For rules that are more accurate or cheaper than what would be derived, or that differ on purpose.
 * Mirrors jax.custom_vjp, with inputs and result in the place of residuals.
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
      'customVjp',
      inputs,
      (...constants) => f(...(constants as A)),
      (ct, recorded, out) => {
        const cotangents: unknown = backward(ct, [...recorded] as A, out);
        if (!Array.isArray(cotangents) || cotangents.length !== inputs.length) {
          throw typeError(
            'customVjp',
            `invalid result of the rule: expected ${inputs.length} cotangents, got ${describe(cotangents)}`,
          );
        }
        return checkList('customVjp', 'the cotangents', cotangents, (cotangent, i) => {
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
    );
}
