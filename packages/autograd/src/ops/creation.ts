/** Functions that create tensors from numbers. */
import { asOp, rangeError, typeError } from '../base/errors.ts';
import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOptions,
  checkShape,
  newElements,
  toTensor,
  wrongType,
} from '../core/check.ts';
import { describe, typeNameOf } from '../base/describe.ts';
import { type Shape, formatShape, sizeOf } from '../base/shape.ts';
import { frozen } from '../base/frozen-shape.ts';
import { MAX_AXES, MAX_EXACT_INTEGER } from '../base/limits.ts';
import { isEager } from '../core/interpreter.ts';
import { Tensor, type TensorLike, isTensor, linkOperators } from '../core/tensor.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { matmul } from './linalg.ts';
import { pow } from './powers.ts';
import { broadcastTo, withShape } from './structure.ts';

linkOperators({ add, sub, mul, div, neg, pow, matmul });

/**
 * The data that `tensor` accepts: a number, nested arrays of numbers, a typed array, or a tensor.
 *
 * true and false count as 1 and 0.
 */
export type TensorData = number | boolean | readonly TensorData[] | ArrayLike<number> | Tensor;

/** Whether `data` is a typed array, also one of another realm; a DataView is not. */
export const isTypedArray = (data: unknown): data is ArrayLike<number> & ArrayBufferView =>
  // Unlike `instanceof`, this holds in every realm. A DataView has no length.
  ArrayBuffer.isView(data) && 'length' in data;

const isList = (data: unknown): data is ArrayLike<unknown> => Array.isArray(data) || isTypedArray(data);

/**
 * The most numbers in nested arrays: far more than can be read from boxed numbers in reasonable
 * time. Typed arrays can hold more.
 */
const MAX_NESTED = 2 ** 26;

/** Returns the shape of nested arrays, read from the first element of each level. */
const nestedShape = (op: string, data: unknown): number[] => {
  const shape: number[] = [];
  let level = data;
  for (; isList(level); level = level[0]) {
    shape.push(level.length);
    if (shape.length > MAX_AXES || sizeOf(shape) > MAX_NESTED)
      throw rangeError(
        op,
        `nested arrays are too large, or in a cycle: expected at most ${MAX_AXES} levels and ${MAX_NESTED} numbers, got shape ${formatShape(shape)}`,
      );
  }
  // Check the first element before anything is allocated: a sparse array can have a huge length and
  // no elements.
  if (!shape.includes(0)) checkElement(op, level, '[0]'.repeat(shape.length));
  return shape;
};

const checkElement = (op: string, part: unknown, path: string): void => {
  if (typeof part === 'number' || typeof part === 'boolean') return;
  const advice = isTensor(part) ? '; join tensors by stack() or concatenate()' : '';
  throw typeError(
    op,
    `invalid element: expected a number, got ${describe(part)} at ${path || 'the top'}${advice}`,
  );
};

const fillNested = (op: string, values: Float32Array, data: unknown, shape: Shape): void => {
  let position = 0;
  const visit = (part: unknown, axis: number, path: string): void => {
    const size = shape[axis];
    if (isList(part) ? part.length !== size : axis < shape.length) {
      const expected = axis < shape.length ? `${size} elements` : 'a number';
      const found = isList(part) ? `${part.length} elements` : describe(part);
      throw rangeError(op, `ragged nested array: expected ${expected} at ${path}, got ${found}`);
    }
    if (isList(part)) {
      for (let i = 0; i < size; i++) visit(part[i], axis + 1, `${path}[${i}]`);
      return;
    }
    checkElement(op, part, path);
    values[position++] = Number(part);
  };
  visit(data, 0, '');
};

export interface TensorOptions {
  /** Whether to copy the elements; true by default. false shares them, for a Float32Array only. */
  readonly copy?: boolean;
}

/**
 * Returns a tensor made from a number, nested arrays or a typed array; `shape` reshapes it.
 *
 * The elements are copied, rounded to float32, and fill the shape in row-major order. With `copy:
 * false` the tensor shares the memory of a Float32Array, which must not change any more; this saves
 * memory for large data. A tensor is not copied: the result shares its storage. Throws a TypeError
 * for elements that are not numbers and for data that cannot be shared, and a RangeError for ragged
 * arrays or for a shape of another size. Mirrors numpy.array.
 *
 * @example
 * console.log(tensor([[1, 2, 3], [4, 5, 6]]).shape); // → [ 2, 3 ]
 * const pixels = new Float32Array(784);
 * console.log(tensor(pixels, [28, 28], { copy: false }).data === pixels); // → true
 */
export function tensor(data: TensorData, shape?: Shape, options?: TensorOptions): Tensor {
  const result = options === undefined ? readTensor('tensor', data) : shareOrRead(data, options);
  if (shape === undefined) return result;
  const checked = checkShape('tensor', shape);
  if (sizeOf(checked) !== result.size) {
    throw rangeError(
      'tensor',
      `sizes do not match: expected ${sizeOf(checked)} elements for shape ${formatShape(checked)}, got ${result.size}`,
    );
  }
  return result.record === undefined ? new Tensor(checked, result.source) : withShape(result, checked);
}

const shareOrRead = (data: TensorData, options: TensorOptions): Tensor => {
  const { copy = true } = checkOptions('tensor', options, ['copy']);
  if (checkBoolean('tensor', 'copy', copy)) return readTensor('tensor', data);
  if (!(data instanceof Float32Array))
    throw wrongType('tensor', 'data', 'a Float32Array for copy: false', data);
  return new Tensor(frozen([data.length]), data);
};

/** Returns a tensor of shape [n] with a copy of the n elements of a typed array. */
export const vector = (op: string, data: ArrayBufferView): Tensor => {
  if (typeNameOf(data)?.startsWith('Big') === true)
    throw typeError(
      op,
      `elements are bigint: expected numbers, got ${describe(data)}; write Float64Array.from(data, Number)`,
    );
  const elements = newElements(op, data);
  return new Tensor(frozen([elements.length]), elements);
};

/** Returns a tensor of the data that `op` received. Errors name the data `what`. */
export const readTensor = (op: string, data: unknown, what: string = 'data'): Tensor => {
  if (isTensor(data)) return data;
  if (isTypedArray(data)) return vector(op, data);
  if (!Array.isArray(data) && typeof data !== 'number' && typeof data !== 'boolean')
    throw typeError(
      op,
      `invalid ${what}: expected a number, nested arrays of numbers or a typed array, got ${describe(data)}`,
    );
  const shape = checkShape(op, nestedShape(op, data));
  const values = newElements(op, sizeOf(shape));
  fillNested(op, values, data, shape);
  return new Tensor(shape, values);
};

/**
 * Returns a tensor of equal numbers: its elements where ops are computed at once, else an op, which
 * is shorter.
 */
const filled = (op: string, shape: Shape, value: number): Tensor => {
  if (!isEager()) return asOp(op, () => broadcastTo(value, shape));
  const elements = newElements(op, sizeOf(shape));
  return new Tensor(shape, value === 0 && !Object.is(value, -0) ? elements : elements.fill(value));
};

/**
 * Returns a tensor of `shape` with every element `value`, which broadcasts. Mirrors numpy.full.
 *
 * Throws a RangeError for a value whose shape does not broadcast to `shape`.
 *
 * @example
 * console.log(full([2, 2], 7).toArray()); // → [ [ 7, 7 ], [ 7, 7 ] ]
 */
export function full(shape: Shape, value: TensorLike): Tensor {
  const filling = toTensor('full', value, 'value');
  const checked = checkShape('full', shape);
  if (typeof value === 'number') return filled('full', checked, value);
  return asOp('full', () => broadcastTo(filling, checked));
}

/**
 * Returns a tensor of `shape` with every element 0. Mirrors numpy.zeros.
 *
 * @example
 * console.log(zeros([2, 3]).toArray()); // → [ [ 0, 0, 0 ], [ 0, 0, 0 ] ]
 */
export function zeros(shape: Shape): Tensor {
  const checked = checkShape('zeros', shape);
  return filled('zeros', checked, 0);
}

/**
 * Returns a tensor of `shape` with every element 1. Mirrors numpy.ones.
 *
 * @example
 * console.log(ones([3])); // → Tensor [3] [1, 1, 1]
 */
export function ones(shape: Shape): Tensor {
  const checked = checkShape('ones', shape);
  return filled('ones', checked, 1);
}

/**
 * Returns zeros in the shape of x. Mirrors numpy.zeros_like.
 *
 * @example
 * console.log(zerosLike(tensor([1, 2]))); // → Tensor [2] [0, 0]
 */
export function zerosLike(x: TensorLike): Tensor {
  const { shape } = toTensor('zerosLike', x);
  return asOp('zerosLike', () => zeros(shape));
}

/**
 * Returns ones in the shape of x. Mirrors numpy.ones_like.
 *
 * @example
 * console.log(onesLike(tensor([[1, 2]]))); // → Tensor [1, 2] [[1, 1]]
 */
export function onesLike(x: TensorLike): Tensor {
  const { shape } = toTensor('onesLike', x);
  return asOp('onesLike', () => ones(shape));
}

const tooLargeInteger = (op: string, value: number): Error =>
  rangeError(op, `integer too large: expected integers that float32 can hold, got ${value}`);

/**
 * Writes start, start + step, … to `values`. Throws a RangeError for integers up to 2⁵³ that
 * float32 does not hold exactly. Larger integers are rounded, and so are fractions.
 */
const fillEvenly = (op: string, values: Float32Array, start: number, step: number): void => {
  const areIntegers = Number.isInteger(start) && Number.isInteger(step);
  const last = start + (values.length - 1) * step;
  if (!areIntegers || (Math.abs(start) <= MAX_EXACT_INTEGER && Math.abs(last) <= MAX_EXACT_INTEGER)) {
    for (let i = 0; i < values.length; i++) values[i] = start + i * step;
    return;
  }
  for (let i = 0; i < values.length; i++) {
    const value = start + i * step;
    values[i] = value;
    if (values[i] !== value && Number.isSafeInteger(value)) throw tooLargeInteger(op, value);
  }
};

/**
 * Returns start, start + step, … below `end`; arange(n) returns 0 … n - 1. Mirrors numpy.arange.
 *
 * With a negative step, the numbers are above `end`. Throws a RangeError for integers that float32
 * does not hold exactly, such as 2²⁴ + 1, for a step of 0, and for arguments that are not finite.
 *
 * @example
 * console.log(arange(3).toArray()); // → [ 0, 1, 2 ]
 * console.log(arange(1, 2, 0.25).toArray()); // → [ 1, 1.25, 1.5, 1.75 ]
 */
export function arange(startOrEnd: number, end?: number, step: number = 1): Tensor {
  const [from, to] = end === undefined ? [0, startOrEnd] : [startOrEnd, end];
  checkNumber('arange', 'start', from);
  checkNumber('arange', 'end', to);
  checkNumber('arange', 'step', step, 'a finite number other than 0', (by) => by !== 0);
  const [length] = checkShape('arange', [Math.max(0, Math.ceil((to - from) / step))]);
  const values = newElements('arange', length);
  fillEvenly('arange', values, from, step);
  return new Tensor(frozen([length]), values);
}

/**
 * Returns `count` (default 50) evenly spaced numbers from `start` to `end`, both included.
 *
 * A count of 1 returns `start` alone. Throws a RangeError for integers that float32 does not hold
 * exactly. Mirrors numpy.linspace.
 *
 * @example console.log(linspace(0, 1, 5).toArray()); // → [ 0, 0.25, 0.5, 0.75, 1 ]
 */
export function linspace(start: number, end: number, count: number = 50): Tensor {
  for (const value of [start, end]) {
    if (typeof value !== 'number') throw wrongType('linspace', 'start or end', 'a number', value);
  }
  const length = checkInteger('linspace', 'count', count, 0);
  for (const value of [start, end].slice(0, length))
    if (Number.isSafeInteger(value) && Math.fround(value) !== value) throw tooLargeInteger('linspace', value);
  const step = length > 1 ? (end - start) / (length - 1) : 0;
  const values = newElements('linspace', length);
  fillEvenly('linspace', values, start, step);
  if (length > 1) values[length - 1] = end;
  return new Tensor(frozen([length]), values);
}

/**
 * Returns a matrix [rows, columns] with ones on the main diagonal and zeros elsewhere. Mirrors
 * numpy.eye.
 *
 * @example
 * console.log(eye(2).toArray()); // → [ [ 1, 0 ], [ 0, 1 ] ]
 */
export function eye(rows: number, columns: number = rows): Tensor {
  const shape = checkShape('eye', [rows, columns]);
  const values = newElements('eye', sizeOf(shape));
  for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = 1;
  return new Tensor(shape, values);
}
