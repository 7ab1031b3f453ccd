/** Finding the first op that makes NaN or an infinity of finite numbers. */
import { callSite } from './call-site.ts';
import { checkBoolean } from '../core/check.ts';
import { type NaNWatch, debugging } from '../core/hooks.ts';
import { add, mul } from '../ops/arithmetic.ts';
import { zeros } from '../ops/creation.ts';
import { sum } from '../ops/reduce.ts';
import { type Interpreter, eager, setEager, withInterpreter } from '../core/bind.ts';
import { setSiteOf } from '../core/record.ts';
import { type Shape, formatShape } from '../base/shape.ts';
import type { OpRecord, Tensor } from '../core/tensor.ts';

/** An op made NaN or an infinity of finite numbers: what `debugNaNs` throws. */
export class NonFiniteError extends RangeError {
  override readonly name: string = 'NonFiniteError';
}

interface Found {
  /** The places of the first NaN and of the first element that is NaN or infinite; -1 if there is none. */
  readonly nan: number;
  readonly nonFinite: number;
}

const search = (elements: ArrayLike<number>): Found => {
  let nonFinite = -1;
  for (let i = 0; i < elements.length; i++) {
    const x = elements[i];
    if (x !== x) return { nan: i, nonFinite: nonFinite < 0 ? i : nonFinite };
    // The difference is 0 for finite numbers alone.
    if (nonFinite < 0 && x - x !== 0) nonFinite = i;
  }
  return { nan: -1, nonFinite };
};

/** The op whose gradient rule is being applied. */
let differentiated: OpRecord | undefined;

/** Runs a gradient rule; errors of the ops in it say so. */
const inGradientOf = <T>(record: OpRecord, rule: () => T): T => {
  const before = differentiated;
  differentiated = record;
  try {
    return rule();
  } finally {
    differentiated = before;
  }
};

const indexOf = (place: number, shape: Shape): number[] => {
  const index: number[] = [];
  let rest = place;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
};

/** The element of an operand that broadcasts to a result at `index`. */
const operandAt = ({ shape, storage }: Tensor, index: readonly number[]): number => {
  const added = index.length - shape.length;
  const place = shape.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : index[added + axis]), 0);
  return storage[place];
};

const describeOperands = (inputs: readonly Tensor[], isMap: boolean, index: readonly number[]): string => {
  const shapes = inputs.map(({ shape }) => formatShape(shape)).join(' and ');
  const values = isMap ? ` (there ${inputs.map((x) => operandAt(x, index)).join(' and ')})` : '';
  return `operands of shape ${shapes}${values}`;
};

const at = (site: string | undefined): string => (site === undefined || site === '' ? '' : `, at ${site}`);

/** Computes at once, and throws for the first infinity that is made of finite numbers, and for the first NaN that is not made of NaN. */
const checked: Interpreter = (primitive, inputs, attrs, lowered) => {
  const { kind, shape } = lowered;
  const elements = eager(primitive, inputs, attrs, lowered) as Float32Array;
  // A view shows what is there already; bits are no numbers.
  if (kind === 'view' || primitive.isBits === true) return elements;
  const found = search(elements);
  if (found.nonFinite < 0) return elements;
  const operands = inputs.map(({ storage }) => search(storage));
  // What was there before is not the fault of this op; but NaN of infinities is, as in ∞ - ∞.
  if (operands.some(({ nan }) => nan >= 0)) return elements;
  const areFinite = operands.every(({ nonFinite }) => nonFinite < 0);
  const place = areFinite ? found.nonFinite : found.nan;
  if (place < 0) return elements;
  const index = indexOf(place, shape);
  const gradient =
    differentiated === undefined ? '' : `, in the gradient of ${differentiated.op}${at(differentiated.site)}`;
  throw new NonFiniteError(
    `${primitive.name}: ${elements[place]} at ${formatShape(index)} of a result of shape ${formatShape(shape)}, from ${areFinite ? 'finite ' : ''}${describeOperands(inputs, kind === 'map', index)}${gradient}${gradient === '' ? at(callSite()) : ''}`,
  );
};

/** Runs `f` op by op, as `debugNaNs` does. */
const withNaNChecks = <T>(f: () => T): T => {
  const before = setSiteOf(callSite);
  const { keys } = debugging;
  debugging.keys = undefined;
  try {
    return withInterpreter(() => checked, f);
  } finally {
    setSiteOf(before);
    debugging.keys = keys;
  }
};

const watch: NaNWatch = {
  run: withNaNChecks,
  inGradientOf,
  probe: (results) => results.map((x) => sum(mul(x, 0))).reduce(add, zeros([])),
};

/**
 * Makes the first op that gives an infinity for finite operands, or NaN for operands without NaN, throw a NonFiniteError with the op, the shapes, the first bad element and
 * the line of your code, in the gradient as well, until it is turned off again. Numbers that float32 cannot hold, such as 1e39, are infinite from the start. Compiled functions check their results after each call, and compute again op by op to find the op: then arguments, donated or not, are as they were. Mirrors
 * JAX's jax_debug_nans and jax_debug_infs. It costs compiled functions little, and others much.
 */
export function debugNaNs(enabled: boolean): void {
  checkBoolean('debugNaNs', 'enabled', enabled);
  debugging.nans = enabled ? watch : undefined;
  setEager(enabled ? checked : eager);
  setSiteOf(enabled ? callSite : undefined);
}
