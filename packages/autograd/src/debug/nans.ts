/** Finds the first op that makes NaN or an infinity from finite numbers. */
import { callSite } from './call-site.ts';
import { checkBoolean } from '../core/check.ts';
import { type NaNWatch, debugging, withoutKeyWatch } from '../core/hooks.ts';
import { add, mul } from '../ops/arithmetic.ts';
import { zeros } from '../ops/creation.ts';
import { sum } from '../ops/reduce.ts';
import { type Interpreter, eager, setEager, withInterpreter } from '../core/interpreter.ts';
import { setSiteOf } from '../core/record.ts';
import { formatShape, unravelIndex } from '../base/shape.ts';
import type { OpRecord, Tensor } from '../core/tensor.ts';

/** The error that `debugNaNs` throws: an op made NaN or an infinity from finite numbers. */
export class NonFiniteError extends RangeError {
  override readonly name: string = 'NonFiniteError';
}

interface NonFinite {
  /** The offsets of the first NaN and of the first element that is NaN or infinite; -1 if none. */
  readonly nan: number;
  readonly nonFinite: number;
}

const locateNonFinite = (elements: ArrayLike<number>): NonFinite => {
  let nonFinite = -1;
  for (let i = 0; i < elements.length; i++) {
    const x = elements[i];
    if (x !== x) return { nan: i, nonFinite: nonFinite < 0 ? i : nonFinite };
    // The difference is 0 for finite numbers only.
    if (nonFinite < 0 && x - x !== 0) nonFinite = i;
  }
  return { nan: -1, nonFinite };
};

/** The op whose gradient rule is running. */
let differentiated: OpRecord | undefined;

/** Runs the gradient rule of `record`. Errors of the ops in the rule name its op. */
const inGradientOf = <T>(record: OpRecord, rule: () => T): T => {
  const before = differentiated;
  differentiated = record;
  try {
    return rule();
  } finally {
    differentiated = before;
  }
};

/** Returns the element of an operand that broadcasts to a result at `index`. */
const operandAt = ({ shape, storage }: Tensor, index: readonly number[]): number => {
  const added = index.length - shape.length;
  const offset = shape.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : index[added + axis]), 0);
  return storage[offset];
};

const describeOperands = (inputs: readonly Tensor[], isMap: boolean, index: readonly number[]): string => {
  const shapes = inputs.map(({ shape }) => formatShape(shape)).join(' and ');
  const values = isMap ? ` (there ${inputs.map((x) => operandAt(x, index)).join(' and ')})` : '';
  return `operands of shape ${shapes}${values}`;
};

const formatSite = (site: string | undefined): string =>
  site === undefined || site === '' ? '' : `, at ${site}`;

/**
 * Computes eagerly, and throws for new infinities and NaN.
 *
 * An infinity is new if all operands are finite. NaN is new if no operand has NaN.
 */
const check: Interpreter = (primitive, inputs, attrs, lowered) => {
  const { kind, shape } = lowered;
  const elements = eager(primitive, inputs, attrs, lowered) as Float32Array;
  // A view shares the elements of its input, and bits are not numbers.
  if (kind === 'view' || primitive.isBits === true) return elements;
  const found = locateNonFinite(elements);
  if (found.nonFinite < 0) return elements;
  const operands = inputs.map(({ storage }) => locateNonFinite(storage));
  // Another op made the NaN of operands. But NaN from infinities, as in ∞ - ∞, is new.
  if (operands.some(({ nan }) => nan >= 0)) return elements;
  const areFinite = operands.every(({ nonFinite }) => nonFinite < 0);
  const offset = areFinite ? found.nonFinite : found.nan;
  if (offset < 0) return elements;
  const index = unravelIndex(offset, shape);
  const gradient =
    differentiated === undefined
      ? ''
      : `, in the gradient of ${differentiated.op}${formatSite(differentiated.site)}`;
  throw new NonFiniteError(
    `${primitive.name}: ${elements[offset]} at ${formatShape(index)} of a result of shape ${formatShape(shape)}, from ${areFinite ? 'finite ' : ''}${describeOperands(inputs, kind === 'map', index)}${gradient}${gradient === '' ? formatSite(callSite()) : ''}`,
  );
};

/** Runs loops op by op, so that the error can name the op. */
const checked: Interpreter = Object.assign(check, { unrollsLoops: true });

/** Runs `f` op by op with the checks of `debugNaNs`. */
const withNaNChecks = <T>(f: () => T): T => {
  const before = setSiteOf(callSite);
  try {
    return withoutKeyWatch(() => withInterpreter(() => checked, f));
  } finally {
    setSiteOf(before);
  }
};

const watch: NaNWatch = {
  run: withNaNChecks,
  inGradientOf,
  probe: (results) => results.map((x) => sum(mul(x, 0))).reduce(add, zeros([])),
};

/**
 * Makes ops throw for new infinities and NaN, until it is disabled.
 *
 * The first op that makes an infinity from finite operands, or NaN from operands without NaN,
 * throws a NonFiniteError. It has the op, the shapes, the first bad element and the line of your
 * code, also for ops in gradients. Numbers that float32 cannot represent, such as 1e39, are
 * infinite from the start.
 *
 * Compiled functions check their results after each call. If the check fails, they compute again op
 * by op to find the op; arguments, donated or not, then have their elements as before. The check
 * costs compiled functions little, and others much. Mirrors JAX's jax_debug_nans and
 * jax_debug_infs.
 *
 * @example
 * debugNaNs(true);
 * try {
 *   log(tensor([1, -1]));
 * } catch (error) {
 *   console.log((error as Error).message.slice(0, 22)); // → log: NaN at [1] of a r
 * }
 * debugNaNs(false);
 */
export function debugNaNs(enabled: boolean): void {
  checkBoolean('debugNaNs', 'enabled', enabled);
  debugging.nans = enabled ? watch : undefined;
  setEager(enabled ? checked : eager);
  setSiteOf(enabled ? callSite : undefined);
}
