/** What losses have in common: how they read targets, and how they become one number. */
import { isTensor, mean, sum, type Tensor, tensor, type TensorData } from '@mini/autograd';
import {
  asOp,
  checkedRange,
  checkOptions,
  checkTensor,
  formatShape,
  rangeError,
  checkChoice,
  sameShape,
} from '@mini/autograd/check';
import { forTree } from '../trees.ts';

/**
 * How the losses of several examples become a result: their mean, their sum, or a tensor of all of
 * them.
 */
export type Reduction = 'mean' | 'sum' | 'none';

export interface LossOptions {
  /** How to combine the losses of all examples. */
  readonly reduction?: Reduction;
}

/** Checks the reduction. */
export const readReduction = (op: string, { reduction }: LossOptions, otherwise: Reduction): Reduction =>
  checkChoice(op, 'reduction', reduction === undefined ? otherwise : reduction, ['mean', 'sum', 'none']);

/** Checks options that are only the reduction. */
export const readOptions = (op: string, options: LossOptions, otherwise: Reduction = 'mean'): Reduction =>
  readReduction(op, checkOptions(op, options, ['reduction']), otherwise);

/** Returns the mean or the sum of the losses, or the losses themselves. */
export const reduce = (losses: Tensor, reduction: Reduction): Tensor => {
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? sum(losses) : mean(losses);
};

/** Up to this many elements are checked. More of them, such as pixels, would take too long. */
const MAX_CHECKED = 2 ** 12;

/** Like `checkedRange`, but returns large tensors unchecked. */
export const inRange = (...[op, what, x, ...rest]: Parameters<typeof checkedRange>): Tensor =>
  x.size > MAX_CHECKED ? x : asOp(op, () => checkedRange(op, what, x, ...rest));

/** From 0 to 1, with a tolerance for probabilities that were rounded. */
export const UNIT_INTERVAL: readonly [number, number] = [-1e-3, 1 + 1e-3];

/** Throws for probabilities that are not from 0 to 1, but returns large tensors unchecked. */
export const inUnitInterval = (op: string, what: string, x: Tensor, advice: string = ''): Tensor =>
  inRange(op, what, x, UNIT_INTERVAL, `numbers from 0 to 1${advice}`);

/** Sums over the last axis, if there is one. */
export const sumRows = (x: Tensor): Tensor => (x.ndim === 0 ? x : sum(x, { axis: -1 }));

/** Returns a tensor of targets: a tensor, a number, nested arrays of numbers or a typed array. */
export const readTargets = (op: string, targets: TensorData, what: string = 'targets'): Tensor =>
  isTensor(targets) ? targets : forTree(op, what, () => tensor(targets));

/** Advice where shapes differ by a last axis of size 1; '' elsewhere. */
export const squeezeAdvice = (wanted: readonly number[], name: string, found: readonly number[]): string =>
  sameShape([...wanted, 1], found) ? `; write squeeze(${name}, { axis: -1 })` : '';

/** Throws unless the shapes are equal. `names` are those of the arguments, for advice. */
export const checkSameShape = (
  op: string,
  a: Tensor,
  b: Tensor,
  names: readonly [string, string] = ['predictions', 'targets'],
): void => {
  if (sameShape(a.shape, b.shape)) return;
  const advice = squeezeAdvice(b.shape, names[0], a.shape) || squeezeAdvice(a.shape, names[1], b.shape);
  throw rangeError(
    op,
    `shapes differ: expected two equal shapes, got ${formatShape(a.shape)} and ${formatShape(b.shape)}${advice}`,
  );
};

/** Returns predictions and targets as tensors of equal shapes. */
export const readPair = (op: string, predictions: Tensor, targets: TensorData): readonly [Tensor, Tensor] => {
  const pair = [checkTensor(op, 'predictions', predictions), readTargets(op, targets)] as const;
  checkSameShape(op, ...pair);
  return pair;
};
