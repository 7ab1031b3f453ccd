/** The class Tensor. The garbage collector frees the storage of tensors. */
import { rangeError, typeError } from '../base/errors.ts';
import { Deferred, Traced } from '../base/deferred.ts';
import { brand, hasExactly } from '../base/describe.ts';
import { type Shape, formatShape, sizeOf } from '../base/shape.ts';

/** The elements of a tensor. Double precision occurs only in `inFloat64`. */
export type Storage = Float32Array | Float64Array;

/** The elements of a tensor, or where they are stored. */
export type Source = Storage | Deferred;

/**
 * The cotangents of an op's inputs, as functions.
 *
 * They are called only for inputs that are differentiated. An entry is undefined where the
 * derivative is zero.
 */
export type Pullbacks = readonly ((() => Tensor) | undefined)[];

/** The record of an op: how tensors were computed from others that are being differentiated. */
export interface OpRecord {
  /** Increases in the order of computation. */
  readonly id: number;
  /** The op's name. For the variables of a derivative, which copy their input, it is 'variable'. */
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly outs: readonly Tensor[];
  /**
   * Maps the cotangents of `outs`, undefined where zero, to those of `inputs` that are needed.
   *
   * With `onRefusal`, only the records of the cotangents matter, not their elements. An op that has
   * tangents but no cotangents then calls it, and returns 0 with a record.
   */
  pull(
    cts: readonly (Tensor | undefined)[],
    isNeeded: readonly boolean[],
    onRefusal: (() => void) | undefined,
  ): Pullbacks;
  /** The line of the user's code; undefined unless a debugging mode needs it. */
  readonly site: string | undefined;
}

/** An operand of an op. A number stands for a tensor of shape []. */
export type TensorLike = Tensor | number;

/** The functions behind the operator methods. */
export interface Operators {
  add(a: TensorLike, b: TensorLike): Tensor;
  sub(a: TensorLike, b: TensorLike): Tensor;
  mul(a: TensorLike, b: TensorLike): Tensor;
  div(a: TensorLike, b: TensorLike): Tensor;
  neg(a: TensorLike): Tensor;
  pow(a: TensorLike, b: TensorLike): Tensor;
  matmul(a: TensorLike, b: TensorLike): Tensor;
}

/**
 * The functions that the operator methods call.
 *
 * Ops import Tensor, and Tensor has operators. To keep imports acyclic, ops/creation.ts registers
 * the functions here. Everything that creates the first tensor of a program imports that file, so
 * bundles contain it too.
 */
let operators: Operators;
export const linkOperators = (functions: Operators): void => {
  operators = functions;
};

/** The method whose result Node's `console.log` prints. */
export const INSPECT: symbol = Symbol.for('nodejs.util.inspect.custom');

const throwNotTensor = (): never => {
  throw typeError(
    'Tensor',
    'invalid object: expected a Tensor made by tensor() or an op, got another object; unwrap a Proxy, such as Vue makes',
  );
};

/** Nested arrays of numbers, as `toArray` returns them. */
export type NestedArray = number | NestedArray[];

/**
 * Whether a plain object is a copy of a Tensor that structuredClone or postMessage made.
 *
 * Such a copy has the own properties of the tensor, but not its class.
 */
export const isTensorClone = (value: object): boolean => {
  if (!hasExactly(value, 'shape', 'data')) return false;
  const { shape, data } = value as Readonly<Record<'shape' | 'data', unknown>>;
  return Array.isArray(shape) && ArrayBuffer.isView(data);
};

/** The property `data` of a tensor whose elements are not in a Float32Array. */
const FETCHED_DATA: PropertyDescriptor & ThisType<Tensor> = {
  get() {
    const { storage } = this;
    return storage instanceof Float32Array ? storage : Float32Array.from(storage);
  },
  enumerable: true,
  configurable: true,
};

/**
 * An immutable n-d array of float32 values, contiguous and row-major.
 *
 * `shape` and `data` are own properties, and the only ones: deep equality (node:assert, Vitest,
 * Jest) compares exactly those, and structuredClone copies them.
 */
export class Tensor {
  /** The sizes of the axes; [] for a scalar. The array is frozen. */
  readonly shape: Shape;
  /**
   * The elements in row-major order. Do not write to them: tensors share storage. Those of a slice
   * are a part of a larger buffer: post, transfer or save `x.data.slice()`.
   */
  declare readonly data: Float32Array;
  #source: Source;
  readonly #record: OpRecord | undefined;

  /** @internal Use `tensor`, `zeros` and so on, or ops. `shape` has to come from `frozen`. */
  constructor(shape: Shape, source: Source, record?: OpRecord) {
    this.shape = shape;
    this.#source = source;
    this.#record = record;
    // An accessor costs 0.1 µs, and more if it replaces a property. Use one only for elements that
    // are not in a Float32Array yet.
    if (source instanceof Float32Array) (this as { data: Float32Array }).data = source;
    else Object.defineProperty(this, 'data', FETCHED_DATA);
  }

  /**
   * @internal Whether a value is a tensor of this copy of the package.
   *
   * False for a Proxy of a tensor, and for an object that inherits from one.
   */
  static is(value: unknown): value is Tensor {
    return typeof value === 'object' && value !== null && #source in value;
  }

  /** @internal The elements, or where they are stored. */
  get source(): Source {
    try {
      return this.#source;
    } catch {
      // A check in advance would make each op a tenth slower.
      return throwNotTensor();
    }
  }

  /** @internal Replaces the elements. Only for donation: see jit/jit.ts. */
  replaceSource(source: Source): void {
    if (this.#source instanceof Float32Array) {
      // Converting a property to an accessor is slow. Deleting the property that was added last,
      // and adding another, is fast.
      delete (this as { data?: Float32Array }).data;
      Object.defineProperty(this, 'data', FETCHED_DATA);
    }
    this.#source = source;
  }

  /** @internal The record of the op that computed the tensor inside of a derivative. */
  get record(): OpRecord | undefined {
    return this.#record;
  }

  /** @internal Returns the elements in any precision. Errors name `op`. */
  read(op: string): Storage {
    const { shape, source } = this;
    const storage = source instanceof Deferred ? source.read() : source;
    // The typed array was transferred, as by structuredClone or postMessage.
    if (storage.length === 0 && sizeOf(shape) !== 0)
      throw typeError(
        op,
        `no elements: expected those of shape ${formatShape(shape)}, got an ArrayBuffer that was transferred`,
      );
    return storage;
  }

  /** @internal */
  get storage(): Storage {
    return this.read('Tensor');
  }

  /** The number of axes. */
  get ndim(): number {
    return this.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Returns the value of a tensor with one element. Throws a RangeError for other sizes. */
  item(): number {
    if (this.size !== 1) {
      throw rangeError(
        'item',
        `not a single value: expected a tensor with one element, got shape ${formatShape(this.shape)}`,
      );
    }
    return this.read('item')[0];
  }

  /** Returns the elements as nested arrays, or as a number for shape []. */
  toArray(): NestedArray {
    const { shape } = this;
    const storage = this.read('toArray');
    // Count empty arrays too: they need memory.
    let arrays = 1;
    for (const size of shape.slice(0, -1))
      if ((arrays *= size) > MAX_ARRAYS)
        throw rangeError(
          'toArray',
          `too many arrays: expected at most ${MAX_ARRAYS}, got shape ${formatShape(shape)}`,
        );
    let position = 0;
    const nestFrom = (axis: number): NestedArray =>
      axis === shape.length
        ? storage[position++]
        : Array.from({ length: shape[axis] }, () => nestFrom(axis + 1));
    return nestFrom(0);
  }

  /** Python's a + b: see `add`. */
  add(other: TensorLike): Tensor {
    return operators.add(this, other);
  }
  /** Python's a - b: see `sub`. */
  sub(other: TensorLike): Tensor {
    return operators.sub(this, other);
  }
  /** Python's a * b: see `mul`. */
  mul(other: TensorLike): Tensor {
    return operators.mul(this, other);
  }
  /** Python's a / b: see `div`. */
  div(other: TensorLike): Tensor {
    return operators.div(this, other);
  }
  /** Python's -a: see `neg`. */
  neg(): Tensor {
    return operators.neg(this);
  }
  /** Python's a ** b: see `pow`. */
  pow(power: TensorLike): Tensor {
    return operators.pow(this, power);
  }
  /** Python's a @ b: see `matmul`. */
  matmul(other: TensorLike): Tensor {
    return operators.matmul(this, other);
  }

  /**
   * Returns the shape and the values.
   *
   * Values are rounded to 4 decimals. Long axes show only their first and last values. If the
   * values cannot be read, as while a function is compiled, the reason replaces them.
   */
  toString(): string {
    const { shape } = this;
    const { unreadable } = this.source as Partial<Deferred>;
    const values = unreadable === undefined ? printValues(shape, this.storage) : `(${unreadable})`;
    return shape.length === 0 ? `Tensor ${values}` : `Tensor ${formatShape(shape)} ${values}`;
  }

  /**
   * Returns the elements as `toArray` does, for JSON.stringify.
   *
   * JSON has neither NaN nor infinities: they become null.
   */
  toJSON(): NestedArray {
    return this.toArray();
  }

  static {
    Object.defineProperties(this.prototype, {
      [INSPECT]: { value: this.prototype.toString },
      // Only objects that inherit from the class read this: tensors have an own property `shape`.
      shape: { get: throwNotTensor },
    });
    brand(this.prototype, {
      kind: 'Tensor',
      isInstance: Tensor.is,
      isClone: isTensorClone,
      describe: (x) => `a Tensor of shape ${formatShape((x as Tensor).shape)}`,
      advice: 'tensor(x.data, x.shape)',
    });
  }

  /** Converts a tensor to a string. Throws for arithmetic, which would otherwise result in NaN. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new TypeError(
      `a Tensor of shape ${formatShape(this.shape)} was used as a number: write a.add(b) for a + b, less(a, b) for a < b, a.item() for its value, \`${'$'}{a}\` for its text`,
    );
  }
}

/**
 * Returns whether a value is a tensor.
 *
 * @example
 * console.log([isTensor(tensor(1)), isTensor([1])]); // → [ true, false ]
 */
export function isTensor(value: unknown): value is Tensor {
  return Tensor.is(value);
}

/** Whether the elements of a tensor are unknown, because a function is being traced. */
export const isTraced = (x: Tensor): boolean => x.source instanceof Traced;

/** The most arrays that `toArray` creates. More can exhaust the engine's heap. */
const MAX_ARRAYS = 2 ** 22;

/** The most items that `toString` prints. */
const MAX_ITEMS = 1000;
const EDGE_ITEMS = 3;
const MAX_FULL_AXIS = 8;

const printValues = (shape: Shape, storage: Storage): string => {
  let itemsLeft = MAX_ITEMS;
  const printFrom = (axis: number, offset: number, length: number): string => {
    if (itemsLeft-- <= 0) return '…';
    if (axis === shape.length) return printNumber(storage[offset]);
    const size = shape[axis];
    const step = length / size;
    const items: string[] = [];
    for (let i = 0; i < size; i++) {
      if (size > MAX_FULL_AXIS && i === EDGE_ITEMS) {
        items.push('…');
        i = size - EDGE_ITEMS;
      }
      items.push(printFrom(axis + 1, offset + i * step, step));
    }
    return `[${items.join(axis === shape.length - 1 ? ', ' : `,\n${' '.repeat(axis + 1)}`)}]`;
  };
  return printFrom(0, 0, storage.length);
};

const printNumber = (value: number): string => {
  // Integers, infinities and NaN.
  if (!(value % 1)) return String(value);
  const magnitude = Math.abs(value);
  return magnitude >= 1e6 || magnitude < 1e-3 ? value.toExponential(3) : String(Number(value.toFixed(4)));
};
