/**
 * Ops that check the elements of their operand.
 *
 * They return the operand, and throw for an element that is not allowed. In a compiled function the
 * elements exist only when it runs, so the check runs then.
 */
import { rangeError } from '../base/errors.ts';
import type { Values } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { MAX_EXACT_INTEGER } from '../base/limits.ts';
import type { Shape } from '../base/shape.ts';
import type { Tensor } from '../core/tensor.ts';

/**
 * Returns an op named `name` that returns its operand after `check`, which throws for bad elements.
 */
/* @__NO_SIDE_EFFECTS__ */
export const checkedPrimitive = <A>(
  name: string,
  check: (elements: Values, attrs: A, shape: Shape) => void,
): LoopPrimitive<A> => ({
  name,
  shape: ([shape]) => shape,
  loops: ([shape], attrs) => [
    {
      kind: 'direct',
      mayFail: true,
      compute: (out, x) => {
        check(x, attrs, shape);
        out.set(x);
      },
    },
  ],
  vjp: (ct) => [() => ct],
});

const countPrimitive = checkedPrimitive<{ op: string; what: string }>(
  'checkedCount',
  (counts, { op, what }) => {
    const bad = counts.find((count) => !(Number.isInteger(count) && count >= 0 && count < MAX_EXACT_INTEGER));
    if (bad !== undefined)
      throw rangeError(
        op,
        `invalid ${what}: expected an integer from 0 to ${MAX_EXACT_INTEGER - 1}, as far as float32 can count, got ${bad}`,
      );
  },
);

/**
 * Returns x, whose elements must be counts: integers from 0 to 2²⁴ - 1.
 *
 * For such a count, float32 also holds count + 1 exactly. Throws a RangeError of `op` when it runs,
 * for any other element.
 */
export const checkedCount = (op: string, what: string, x: Tensor): Tensor =>
  bind(countPrimitive, [x], { op, what });

interface RangeAttrs {
  readonly op: string;
  readonly what: string;
  readonly low: number;
  readonly high: number;
  readonly expected: string;
  readonly allowsNaN: boolean;
}

const rangePrimitive = checkedPrimitive<RangeAttrs>(
  'checkedRange',
  (elements, { op, what, low, high, expected, allowsNaN }) => {
    for (const element of elements)
      if (!(element >= low && element <= high) && !(allowsNaN && element !== element))
        throw rangeError(op, `invalid ${what}: expected ${expected}, got ${element}`);
  },
);

/**
 * Returns x, whose elements must be from `low` to `high`, or NaN if `allowsNaN`.
 *
 * Throws a RangeError of `op` for any other element, when the check runs. `expected` is the text
 * after "expected" in the message.
 */
export const checkedRange = (
  op: string,
  what: string,
  x: Tensor,
  [low, high]: readonly [number, number],
  expected: string,
  allowsNaN: boolean = true,
): Tensor => bind(rangePrimitive, [x], { op, what, low, high, expected, allowsNaN });
