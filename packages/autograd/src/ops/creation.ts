/** Making tensors from numbers. */
import { checkNumber, named, newElements } from '../check.ts';
import { toTensor } from '../primitive.ts';
import {
  checkInteger,
  checkShape,
  describe,
  formatShape,
  MAXIMUM_AXES,
  type Shape,
  sizeOf,
} from '../shape.ts';
import { linkOperators, Tensor, type TensorLike } from '../tensor.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { matmul } from './linalg.ts';
import { pow } from './math.ts';
import { broadcastTo } from './structure.ts';

linkOperators({ add, sub, mul, div, neg, pow, matmul });

/** What `tensor` takes: a number, nested arrays of numbers, a typed array, or a tensor. */
export type TensorData = number | boolean | readonly TensorData[] | ArrayLike<number> | Tensor;

/** Whether a value is a tensor. */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

const isTypedArray = (data: unknown): data is ArrayLike<number> & ArrayBufferView =>
  ArrayBuffer.isView(data) && !(data instanceof DataView);

/** The shape of nested arrays, read off their first elements. */
const nestedShape = (data: unknown): number[] => {
  const shape: number[] = [];
  let level = data;
  while (Array.isArray(level) || isTypedArray(level)) {
    shape.push(level.length);
    if (shape.length > MAXIMUM_AXES)
      throw new RangeError('tensor: arrays are nested too deeply (more than 64 levels, or in a cycle)');
    level = level[0];
  }
  // Before anything is allocated for an array whose length is all that it has.
  if (!shape.includes(0)) checkElement(level, '[0]'.repeat(shape.length));
  return shape;
};

const checkElement = (part: unknown, path: string): void => {
  if (typeof part !== 'number' && typeof part !== 'boolean')
    throw new TypeError(`tensor: elements must be numbers: ${describe(part)} at ${path || 'the top'}`);
};

const fillNested = (values: Float32Array, data: unknown, shape: Shape): void => {
  let position = 0;
  const visit = (part: unknown, axis: number, path: string): void => {
    if (axis === shape.length) {
      if (Array.isArray(part) || isTypedArray(part)) throw ragged(path, 'a number', part);
      checkElement(part, path);
      values[position++] = Number(part);
      return;
    }
    if (!Array.isArray(part) && !isTypedArray(part)) throw ragged(path, `${shape[axis]} elements`, part);
    if (part.length !== shape[axis]) throw ragged(path, `${shape[axis]} elements`, part);
    for (let i = 0; i < shape[axis]; i++) visit(part[i], axis + 1, `${path}[${i}]`);
  };
  visit(data, 0, '');
};

const ragged = (path: string, expected: string, found: unknown): RangeError => {
  const length = (found as { length?: unknown } | null)?.length;
  const got = typeof length === 'number' ? `${length} elements` : describe(found);
  return new RangeError(`tensor: ragged nested array: expected ${expected} at ${path}, found ${got}`);
};

/**
 * A tensor from a number, nested arrays or a typed array (which are copied and rounded to float32), in the given shape if there is
 * one. Throws a TypeError for elements that are no numbers, a RangeError for ragged arrays or a shape of another size.
 *
 * @example console.log(tensor([[1, 2, 3], [4, 5, 6]]).shape); // → [ 2, 3 ]
 */
export function tensor(data: TensorData, shape?: Shape): Tensor {
  const made = fromData(data);
  if (shape === undefined) return made;
  const checked = checkShape('tensor', shape);
  if (sizeOf(checked) !== made.size) {
    throw new RangeError(`tensor: ${made.size} elements do not fit shape ${formatShape(checked)}`);
  }
  return new Tensor(checked, made.source, made.origin);
}

/** The elements of a typed array, whatever its own `length` and iterator say. */
export const copyElements = (op: string, data: ArrayBufferView): Float32Array<ArrayBuffer> => {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const type = data instanceof BigInt64Array ? 'BigInt64Array' : 'BigUint64Array';
    throw new TypeError(`${op}: elements must be numbers: ${describe(data[0] ?? 0n)} in ${type}`);
  }
  try {
    return new Float32Array(data as unknown as ArrayLike<number>);
  } catch (error) {
    throw named(op, error);
  }
};

/** Far more than fits into arrays of boxed numbers in reasonable time. */
const MAXIMUM_NESTED = 2 ** 26;

const fromData = (data: unknown): Tensor => {
  if (data instanceof Tensor) return data;
  if (typeof data === 'number') return new Tensor([], Float32Array.of(data));
  if (typeof data === 'boolean') return new Tensor([], Float32Array.of(data ? 1 : 0));
  if (isTypedArray(data)) {
    const elements = copyElements('tensor', data);
    return new Tensor([elements.length], elements);
  }
  if (!Array.isArray(data)) {
    throw new TypeError(
      `tensor: data must be a number, nested arrays of numbers or a typed array: ${describe(data)}`,
    );
  }
  const shape = checkShape('tensor', nestedShape(data));
  if (sizeOf(shape) > MAXIMUM_NESTED) {
    throw new RangeError(
      `tensor: arrays of more than ${MAXIMUM_NESTED} numbers must be typed arrays: shape ${formatShape(shape)}`,
    );
  }
  const values = newElements('tensor', sizeOf(shape));
  fillNested(values, data, shape);
  return new Tensor(shape, values);
};

/** A tensor of `shape` with every element `value`. */
export function full(shape: Shape, value: TensorLike): Tensor {
  return broadcastTo(toTensor('full', value, 'value'), checkShape('full', shape));
}

/** A tensor of `shape` with every element 0. */
export function zeros(shape: Shape): Tensor {
  return broadcastTo(0, checkShape('zeros', shape));
}

/** A tensor of `shape` with every element 1. */
export function ones(shape: Shape): Tensor {
  return broadcastTo(1, checkShape('ones', shape));
}

/** Zeros in the shape of x. */
export function zerosLike(x: TensorLike): Tensor {
  return zeros(toTensor('zerosLike', x).shape);
}

/** Ones in the shape of x. */
export function onesLike(x: TensorLike): Tensor {
  return ones(toTensor('onesLike', x).shape);
}

/** start, start + step, … below `end`; arange(n) is 0 … n - 1. Mirrors numpy.arange. */
export function arange(startOrEnd: number, end?: number, step: number = 1): Tensor {
  const [from, to] = end === undefined ? [0, startOrEnd] : [startOrEnd, end];
  checkNumber('arange', 'start', from);
  checkNumber('arange', 'end', to);
  checkNumber('arange', 'step', step, 'finite and not 0', (by) => by !== 0);
  const [length] = checkShape('arange', [Math.max(0, Math.ceil((to - from) / step))]);
  const values = newElements('arange', length);
  for (let i = 0; i < length; i++) values[i] = from + i * step;
  return new Tensor([length], values);
}

/** `count` (default 50) evenly spaced numbers from `start` to `end`, both included. Mirrors numpy.linspace. */
export function linspace(start: number, end: number, count: number = 50): Tensor {
  for (const value of [start, end]) {
    if (typeof value !== 'number')
      throw new TypeError(`linspace: start and end must be numbers: ${describe(value)}`);
  }
  const length = checkInteger('linspace', 'count', count, 0);
  const step = length > 1 ? (end - start) / (length - 1) : 0;
  const values = newElements('linspace', length);
  for (let i = 0; i < length; i++) values[i] = start + i * step;
  if (length > 1) values[length - 1] = end;
  return new Tensor([length], values);
}

/** Ones on the main diagonal of a matrix [rows, columns], zeros elsewhere. */
export function eye(rows: number, columns: number = rows): Tensor {
  const shape = checkShape('eye', [rows, columns]);
  const values = newElements('eye', sizeOf(shape));
  for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = 1;
  return new Tensor(shape, values);
}
