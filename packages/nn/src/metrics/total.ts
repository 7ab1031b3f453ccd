/**
 * Totals that keep counting.
 *
 * A float32 number stops growing at 2²⁴ if 1 is added to it. A total is therefore the sum of two
 * numbers: `high`, and the rounding errors of the additions to it, `low`. It counts exactly up to
 * 2⁴⁷, and keeps 14 digits of other sums.
 */
import { add, isFinite, sub, type Tensor, where, zeros } from '@mini/autograd';
import { checkObject, checkTensor, formatShape, rangeError, sameShape } from '@mini/autograd/check';

/** A total: the unrounded sum of two tensors. */
export interface Total {
  readonly high: Tensor;
  readonly low: Tensor;
}

/** Returns a total of zeros. */
export const startTotal = (shape: readonly number[]): Total => ({
  high: zeros([...shape]),
  low: zeros([...shape]),
});

/** Adds x to a total. Source: Knuth, The Art of Computer Programming 2, 4.2.2, theorem B. */
export const addTo = ({ high, low }: Total, x: Tensor): Total => {
  const rounded = add(high, x);
  const added = sub(rounded, high);
  const error = add(sub(high, sub(rounded, added)), sub(x, added));
  // An infinite sum has no error.
  const rest = add(low, where(isFinite(rounded), error, 0));
  const total = add(rounded, rest);
  return { high: total, low: where(isFinite(total), sub(rest, sub(total, rounded)), 0) };
};

/** Returns a total, rounded to float32. */
export const valueOf = ({ high, low }: Total): Tensor => add(high, low);

/** Checks the total of this name in a state. */
export const checkTotal = (op: string, name: string, state: unknown, shape: readonly number[]): Total => {
  checkObject(op, 'state', state);
  const total = (state as Readonly<Record<string, unknown>>)[name];
  checkObject(op, `${name} in the state`, total);
  const { high, low } = total as Total;
  for (const x of [high, low]) {
    const { shape: found } = checkTensor(op, `${name} in the state`, x);
    if (!sameShape(found, shape))
      throw rangeError(
        op,
        `invalid ${name} in the state: expected shape ${formatShape(shape)}, got ${formatShape(found)}`,
      );
  }
  return { high, low };
};
