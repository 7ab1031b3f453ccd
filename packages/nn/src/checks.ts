/** Checks that layers, losses, optimizers and schedules share. */
import type { Shape, Tensor } from '@mini/autograd';
import { checkNumber, checkTensor, formatShape, rangeError, sameShape } from '@mini/autograd/check';

/** Checks a number in [0, 1), such as a decay rate. */
export const checkFraction = (op: string, what: string, value: unknown): number =>
  checkNumber(op, what, value, 'a number in [0, 1)', (part) => part >= 0 && part < 1);

/** Checks a number in [0, 1], such as a weight of two terms. */
export const checkPart = (op: string, what: string, value: unknown): number =>
  checkNumber(op, what, value, 'a number in [0, 1]', (part) => part >= 0 && part <= 1);

/** Checks a finite number above 0. */
export const checkPositive = (op: string, what: string, value: unknown): number =>
  checkNumber(op, what, value, 'a finite number > 0', (number) => number > 0);

/** Checks a tensor that must have a shape. */
export const checkShaped = (op: string, what: string, value: unknown, shape: Shape): Tensor => {
  const x = checkTensor(op, what, value);
  if (!sameShape(x.shape, shape))
    throw rangeError(
      op,
      `${what} ${shape.length === 0 ? 'is not a scalar' : 'does not fit'}: expected shape ${formatShape(shape)}, got ${formatShape(x.shape)}`,
    );
  return x;
};
