/**
 * Checks of the arguments of public functions.
 *
 * The checks accept any value: a symbol, a proxy, a sparse array. Their errors name the op, the
 * invalid argument, the expected one, and the value.
 */
import { describe, isBranded } from '../base/describe.ts';
import { rangeError, typeError, withOp } from '../base/errors.ts';
import { MAX_ARGUMENTS, MAX_AXES, MAX_EXACT_INTEGER, MAX_SIZE } from '../base/limits.ts';
import { broadcastShapes, formatShape, type Shape, sizeOf } from '../base/shape.ts';
import { frozen } from '../base/frozen-shape.ts';
import { isTensor, Tensor } from './tensor.ts';

/** Creates the TypeError for a value whose type is not the expected one. */
export const wrongType = (op: string, what: string, expected: string, value: unknown, hint = ''): Error =>
  typeError(op, `invalid ${what}: expected ${expected}, got ${describe(value)}${hint}`);

/** Creates the RangeError for a value of the right type that is not allowed. */
const outOfRange = (op: string, what: string, expected: string, value: unknown): Error =>
  rangeError(op, `invalid ${what}: expected ${expected}, got ${describe(value)}`);

/** Checks an integer in [low, high]. */
export const checkInteger = (
  op: string,
  what: string,
  value: unknown,
  low: number,
  high: number = MAX_SIZE,
): number => {
  if (typeof value !== 'number') throw wrongType(op, what, 'an integer', value);
  if (!Number.isInteger(value) || value < low || value > high) {
    const range = high < MAX_SIZE || low < 0 || value > high ? `from ${low} to ${high}` : `≥ ${low}`;
    throw outOfRange(op, what, `an integer ${range}`, value);
  }
  // -0 becomes 0.
  return value + 0;
};

/**
 * Checks a finite number that satisfies `holds`. `range` describes it, such as "a number > 0".
 *
 * Ops use its float32 value, which must be finite and satisfy `holds`, too. With `holds`, also
 * throws for a number that is not 0 and whose float32 value is 0.
 */
export const checkNumber = (
  op: string,
  what: string,
  value: unknown,
  range: string = 'a finite number',
  holds?: (value: number) => boolean,
): number => {
  if (typeof value !== 'number') throw wrongType(op, what, range, value);
  const rounded = Math.fround(value);
  if (!Number.isFinite(value) || holds?.(value) === false) throw outOfRange(op, what, range, value);
  const isLost = holds !== undefined && (!holds(rounded) || (rounded === 0 && value !== 0));
  if (!Number.isFinite(rounded) || isLost)
    throw rangeError(op, `invalid ${what}: expected ${range}, got ${value}, which is ${rounded} in float32`);
  return value;
};

/** Checks a finite number ≥ 0. */
export const checkNotNegative = (op: string, what: string, value: unknown): number =>
  checkNumber(op, what, value, 'a finite number ≥ 0', (x) => x >= 0);

export const checkBoolean = (op: string, what: string, value: unknown): boolean => {
  if (typeof value !== 'boolean') throw wrongType(op, what, 'true or false', value);
  return value;
};

export const checkFunction = (op: string, what: string, value: unknown): void => {
  if (typeof value !== 'function') throw wrongType(op, what, 'a function', value);
};

/** Checks an object whose properties can be read, also an array or a class instance. */
export const checkObject = (op: string, what: string, value: unknown): void => {
  if (typeof value !== 'object' || value === null) throw wrongType(op, what, 'an object', value);
};

/** Whether a value is an object with names of its own: no list, Map, Tensor or Key. */
const isRecord = (value: unknown): boolean =>
  Object.prototype.toString.call(value) === '[object Object]' && !isBranded(value as object);

/** Checks an object of values by name, such as { loss: 0.5 }. */
export const checkRecord = (
  op: string,
  what: string,
  value: unknown,
  expected: string = 'an object',
): void => {
  if (!isRecord(value)) throw wrongType(op, what, expected, value);
};

export const checkTensor = (op: string, what: string, value: unknown): Tensor => {
  if (isTensor(value)) return value;
  throw wrongType(op, what, 'a Tensor', value, typeof value === 'number' ? '; wrap it with tensor()' : '');
};

/** Throws for a promise of any realm: async functions return one instead of a result. */
export const checkNoPromise = (op: string, what: string, value: unknown): void => {
  if (Object.prototype.toString.call(value) === '[object Promise]')
    throw typeError(op, `${what} must not be async: expected a result, got a Promise`);
};

/** Returns `value`, which must be one of `choices`; undefined among them stands for none. */
export const checkChoice = <T>(op: string, what: string, value: unknown, choices: readonly T[]): T => {
  if (choices.includes(value as T)) return value as T;
  const names = choices
    .filter((choice) => choice !== undefined)
    .map((choice) => (typeof choice === 'string' ? `'${choice}'` : String(choice)));
  const last = names.pop();
  const expected = names.length === 0 ? String(last) : `${names.join(', ')} or ${last}`;
  throw typeof value === 'string'
    ? outOfRange(op, what, expected, value)
    : wrongType(op, what, expected, value);
};

/** Checks the options of `op`, whose names are `known`. Public functions default them to {}. */
export const checkOptions = <T extends object>(
  op: string,
  options: T,
  known: readonly (keyof T & string)[],
  what: string = 'options',
): T => {
  // A Map or a Date has no properties to check. A Tensor or a Key has some that are no options, and
  // an object that only inherits from one throws when they are read.
  if (!isRecord(options)) throw wrongType(op, what, `an object, { ${known[0]}: … }`, options);
  const names: readonly string[] = known;
  for (const name of Object.keys(options)) {
    if (!names.includes(name))
      throw typeError(
        op,
        `unknown option${what === 'options' ? '' : ` of ${what}`}: expected ${names.join(', ')}, got ${describe(name)}`,
      );
  }
  return options;
};

/**
 * Returns a copy of an array, with every item checked, including holes.
 *
 * Each item is read once, so the value that is used is the value that was checked. `limit` is the
 * most items of a list that is not tensor data, such as the operands of `concatenate`.
 */
export const checkList = <T>(
  op: string,
  what: string,
  list: unknown,
  check: (item: unknown, index: number) => T,
  limit: number = 2 ** 20,
): T[] => {
  if (!Array.isArray(list)) throw wrongType(op, what, 'an array', list);
  const length = checkInteger(op, `length of ${what}`, list.length, 0, limit);
  const checked: T[] = [];
  for (let index = 0; index < length; index++) checked.push(check(list[index], index));
  return checked;
};

/** Checks argument numbers: one number, or a list without repetition. */
export const checkArgnums = (op: string, what: string, argnums: unknown): readonly number[] => {
  const list: readonly unknown[] = Array.isArray(argnums) ? argnums : [argnums];
  const checked = checkList(op, what, list, (argnum) => checkInteger(op, what, argnum, 0, MAX_ARGUMENTS));
  if (new Set(checked).size !== checked.length) throw outOfRange(op, what, 'each argument once', argnums);
  return checked;
};

/** Throws if a shape has too many axes or elements. For shapes computed from those of operands. */
export const checkSize = (op: string, shape: Shape): Shape => {
  if (shape.length > MAX_AXES)
    throw rangeError(op, `too many axes: expected at most ${MAX_AXES}, got ${shape.length}`);
  if (!(sizeOf(shape) <= MAX_SIZE))
    throw rangeError(op, `too many elements: expected at most ${MAX_SIZE}, got shape ${formatShape(shape)}`);
  return shape;
};

/**
 * Returns a frozen copy of `shape`. Throws unless it is an array of integers ≥ 0 with an allowed
 * product.
 */
export const checkShape = (op: string, shape: unknown): Shape => {
  if (!Array.isArray(shape)) {
    const advice =
      typeof shape === 'number' ? `[${shape}], or [${shape}, …]` : isTensor(shape) ? 'x.shape' : undefined;
    const hint = advice === undefined ? '' : `; write ${advice}`;
    throw wrongType(op, 'shape', 'an array of sizes', shape, hint);
  }
  const ndim = checkInteger(op, 'length of shape', shape.length, 0, MAX_AXES);
  const sizes: number[] = [];
  for (let axis = 0; axis < ndim; axis++) {
    const size: unknown = shape[axis];
    if (!Number.isInteger(size) || (size as number) < 0)
      checkInteger(op, `size ${axis} of shape ${describe(shape)}`, size, 0, Infinity);
    // -0 becomes 0.
    sizes.push((size as number) + 0);
  }
  return frozen(checkSize(op, sizes));
};

/** Returns the common shape of operands. The error shows the shapes `shown`. */
export const checkBroadcast = (
  op: string,
  shapes: readonly Shape[],
  shown: readonly Shape[] = shapes,
): Shape => {
  const shape = broadcastShapes(shapes);
  if (shape === undefined)
    throw rangeError(
      op,
      `shapes do not broadcast: expected sizes that are equal or 1, got ${shown.map(formatShape).join(' and ')}`,
    );
  return sizeOf(shape) <= MAX_SIZE ? shape : checkSize(op, shape);
};

/** Returns `axis` as a number from 0 to ndim - 1. Negative ones count from the end. */
export const checkAxis = (op: string, axis: unknown, ndim: number, shape?: Shape): number => {
  if (typeof axis !== 'number') throw wrongType(op, 'axis', 'a number', axis);
  if (!Number.isInteger(axis) || axis < -ndim || axis >= ndim) {
    const of = shape === undefined ? `${ndim} axes` : `shape ${formatShape(shape)}`;
    const range = ndim === 0 ? 'no axis' : `an integer from ${-ndim} to ${ndim - 1}`;
    throw rangeError(op, `axis out of range: expected ${range} for ${of}, got ${axis}`);
  }
  return axis < 0 ? axis + ndim : axis + 0;
};

/** Checks one axis or several, without repetition. Keeps their order. */
export const orderedAxes = (op: string, axis: unknown, shape: Shape): number[] => {
  const given: readonly unknown[] = Array.isArray(axis) ? axis : [axis];
  const axes = checkList(op, 'axes', given, (one) => checkAxis(op, one, shape.length, shape), MAX_AXES);
  if (new Set(axes).size !== axes.length)
    throw rangeError(op, `repeated axis: expected each axis once, got ${describe(axis)}`);
  return axes;
};

/** An axis, or several, alone or as an option. */
export type AxisArgument =
  | number
  | readonly number[]
  | { readonly axis?: number | readonly number[] | undefined };

/** Returns the axis of an argument that can also be given as an option. */
export const readAxis = (op: string, given: unknown): unknown =>
  typeof given === 'object' && given !== null && !Array.isArray(given)
    ? checkOptions(op, given as { axis?: unknown }, ['axis']).axis
    : given;

/** Checks one axis, several or all (undefined). Returns ascending numbers without repetition. */
export const checkAxes = (op: string, axis: unknown, shape: Shape): readonly number[] => {
  if (axis === undefined || axis === null) return shape.map((_, a) => a);
  return orderedAxes(op, axis, shape).sort((a, b) => a - b);
};

/** Throws for an axis whose indices float32 cannot represent. */
export const checkIndexable = (op: string, shape: Shape, axis: number): void => {
  if (shape[axis] > MAX_EXACT_INTEGER)
    throw rangeError(
      op,
      `axis too long for indices: expected at most ${MAX_EXACT_INTEGER}, got shape ${formatShape(shape)}`,
    );
};

/**
 * Returns a tensor, or a tensor of shape [] for a number.
 *
 * Throws for other values: `what` names the operand in the error.
 */
export const toTensor = (op: string, value: unknown, what = 'operand'): Tensor => {
  if (isTensor(value)) return value;
  if (typeof value === 'number') return new Tensor(SCALAR, Float32Array.of(value));
  const isList = Array.isArray(value) || ArrayBuffer.isView(value);
  const hint = isList ? '; wrap it with tensor()' : typeof value === 'boolean' ? '; write 1 or 0' : '';
  throw wrongType(op, what, 'a Tensor or a number', value, hint);
};
const SCALAR: Shape = frozen([]);

/**
 * Checks the operands of an op that is composed of others. They must broadcast; errors name `op`.
 */
export const toTensors = (op: string, ...operands: readonly unknown[]): Tensor[] => {
  const tensors = operands.map((operand) => toTensor(op, operand));
  checkBroadcast(
    op,
    tensors.map(({ shape }) => shape),
  );
  return tensors;
};

/**
 * Returns the elements of a tensor.
 *
 * Throws a TypeError if they were transferred; the property `data` does not.
 */
export const elementsOf = (op: string, x: Tensor): Float32Array => {
  x.read(op);
  return x.data;
};

/**
 * Allocates `of` zeros, or copies the elements of the typed array `of`.
 *
 * The copy does not depend on the array's own `length` and iterator. Throws if the engine has too
 * little memory, or if the elements are not numbers.
 */
export const newElements = (op: string, of: number | ArrayBufferView): Float32Array<ArrayBuffer> => {
  try {
    return new Float32Array(of as number);
  } catch (error) {
    throw withOp(op, error);
  }
};
