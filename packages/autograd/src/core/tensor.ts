/** Tensor: an immutable n-d array of float32 values, contiguous and row-major, whose storage the garbage collector frees. */
import { rangeError, typeError } from '../base/errors.ts';
import { Deferred, Traced } from '../base/deferred.ts';
import { brand, hasExactly } from '../base/describe.ts';
import { type Shape, formatShape, sizeOf } from '../base/shape.ts';

/** Elements of a tensor. Double precision occurs only inside `inFloat64`. */
export type Storage = Float32Array | Float64Array;

/** Where the elements of a tensor are. */
export type Source = Storage | Deferred;

/**
 * The cotangents of the inputs of an op, as functions that are called only for inputs that are
 * differentiated; undefined where the derivative is zero.
 */
export type Pullbacks = readonly ((() => Tensor) | undefined)[];

/** How tensors were computed from others that are being differentiated. */
export interface OpRecord {
  /** Ascending in the order of computation. */
  readonly id: number;
  /** The op's name; 'variable' for the variables of a derivative, which copy their input. */
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly outs: readonly Tensor[];
  /** From the cotangents of `outs`, undefined where zero, to those of `inputs`. */
  pull(cts: readonly (Tensor | undefined)[]): Pullbacks;
  /** The line of the user's code, if a debugging mode needs it. */
  readonly site: string | undefined;
}

/** What an op takes as an operand: numbers stand for tensors of shape []. */
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
 * Ops are made of tensors, and tensors have operators: to keep imports going one way, ops/creation.ts puts the functions in here. Everything that makes the first tensor of a
 * program stands on that file, so that bundles contain it, too.
 */
let operators: Operators;
export const linkOperators = (functions: Operators): void => {
  operators = functions;
};

/** The name of the method whose result Node's `console.log` shows. */
export const INSPECT: symbol = Symbol.for('nodejs.util.inspect.custom');

const throwUnmade = (): never => {
  throw typeError(
    'Tensor',
    'invalid object: expected a Tensor made by tensor() or an op, got another object; unwrap a Proxy, such as Vue makes',
  );
};

/** Nested arrays of numbers, as `toArray` gives them. */
export type NestedArray = number | NestedArray[];

/**
 * Whether a plain object is what structuredClone or postMessage makes of a Tensor: its own
 * properties, without the class.
 */
export const isTensorClone = (value: object): boolean => {
  if (!hasExactly(value, 'shape', 'data')) return false;
  const { shape, data } = value as Readonly<Record<'shape' | 'data', unknown>>;
  return Array.isArray(shape) && ArrayBuffer.isView(data);
};

/** `data` of a tensor whose elements have to be fetched first. */
const FETCHED_DATA: PropertyDescriptor & ThisType<Tensor> = {
  get() {
    const { storage } = this;
    return storage instanceof Float32Array ? storage : Float32Array.from(storage);
  },
  enumerable: true,
  configurable: true,
};

/**
 * `shape` and `data` are own properties, and the only ones: deep equality (node:assert, Vitest,
 * Jest) compares exactly those, and structuredClone copies them.
 */
export class Tensor {
  /** Sizes of the axes; [] for a scalar. */
  readonly shape: Shape;
  /** The elements in row-major order. To be read, not written: tensors share storage. */
  declare readonly data: Float32Array;
  #source: Source;
  readonly #record: OpRecord | undefined;

  /** @internal Tensors are made by `tensor`, `zeros` and so on, and by ops. */
  constructor(shape: Shape, source: Source, record?: OpRecord) {
    this.shape = shape;
    this.#source = source;
    this.#record = record;
    // An accessor costs 0.1 µs, and more if it replaces a property: use it only for elements that
    // are not there yet.
    if (source instanceof Float32Array) (this as { data: Float32Array }).data = source;
    else Object.defineProperty(this, 'data', FETCHED_DATA);
  }

  /**
   * @internal Whether a value is a tensor of this copy of the package, not a Proxy of one, nor an
   * object that inherits from one.
   */
  static is(value: unknown): value is Tensor {
    return typeof value === 'object' && value !== null && #source in value;
  }

  /** @internal Where the elements are. */
  get source(): Source {
    try {
      return this.#source;
    } catch {
      // Asking first whether there is one would cost each op a tenth.
      return throwUnmade();
    }
  }

  /** @internal Replaces the elements, for donation alone: see transforms/jit.ts. */
  replaceSource(source: Source): void {
    if (this.#source instanceof Float32Array) {
      // Turning a property into an accessor is slow; removing the one that was added last, and
      // adding another, is not.
      delete (this as { data?: Float32Array }).data;
      Object.defineProperty(this, 'data', FETCHED_DATA);
    }
    this.#source = source;
  }

  /** @internal How it was computed, inside of a derivative. */
  get record(): OpRecord | undefined {
    return this.#record;
  }

  /** @internal The elements, whatever their precision, for `op`. */
  read(op: string): Storage {
    const { shape, source } = this;
    const storage = source instanceof Deferred ? source.read() : source;
    // A typed array that was sent elsewhere, as by structuredClone or postMessage.
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

  /** Number of axes. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The value of a tensor with one element. Throws a RangeError for any other. */
  item(): number {
    if (this.size !== 1) {
      throw rangeError(
        'item',
        `more than one value: expected a tensor with one element, got shape ${formatShape(this.shape)}`,
      );
    }
    return this.read('item')[0];
  }

  /** The elements as nested arrays; a number for shape []. */
  toArray(): NestedArray {
    const { shape } = this;
    const storage = this.read('toArray');
    // Empty arrays are arrays, too.
    let arrays = 1;
    for (const size of shape.slice(0, -1))
      if ((arrays *= size) > MAX_ARRAYS)
        throw rangeError(
          'toArray',
          `too many arrays: expected at most ${MAX_ARRAYS}, got shape ${formatShape(shape)}`,
        );
    let position = 0;
    const level = (axis: number): NestedArray =>
      axis === shape.length
        ? storage[position++]
        : Array.from({ length: shape[axis] }, () => level(axis + 1));
    return level(0);
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

  /** Shape and values, the latter rounded to 4 decimals and with the middle of long axes left out; in words if there are none, as in a function that is compiled. */
  toString(): string {
    const { shape } = this;
    const { unreadable } = this.source as Partial<Deferred>;
    const values = unreadable === undefined ? printValues(shape, this.storage) : `(${unreadable})`;
    return shape.length === 0 ? `Tensor ${values}` : `Tensor ${formatShape(shape)} ${values}`;
  }

  /** What JSON.stringify writes: the elements as `toArray` gives them. JSON has no NaN and no infinities: they become null. */
  toJSON(): NestedArray {
    return this.toArray();
  }

  static {
    Object.defineProperties(this.prototype, {
      [INSPECT]: { value: this.prototype.toString },
      // A tensor has a shape of its own: this is what objects get that only inherit from the class.
      shape: { get: throwUnmade },
    });
    brand(this.prototype, {
      kind: 'Tensor',
      isMade: Tensor.is,
      isClone: isTensorClone,
      advice: 'tensor(x.data, x.shape)',
    });
  }

  /** A tensor in a place that wants a number is a mistake that JavaScript would make NaN of. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new TypeError(
      `a Tensor of shape ${formatShape(this.shape)} was used as a number: write a.add(b) for a + b, less(a, b) for a < b, a.item() for its value`,
    );
  }
}

/** Whether a value is a tensor. */
export function isTensor(value: unknown): value is Tensor {
  return Tensor.is(value);
}

/** Whether the elements of a tensor are unknown, because a function is being compiled. */
export const isTraced = (x: Tensor): boolean => x.source instanceof Traced;

/** More arrays than an engine's heap can be trusted to hold. */
const MAX_ARRAYS = 2 ** 22;

/** Numbers printed at most. */
const MAX_ITEMS = 1000;
const EDGE_ITEMS = 3;
const FULL_AXIS = 8;

const printValues = (shape: Shape, storage: Storage): string => {
  let left = MAX_ITEMS;
  const level = (axis: number, offset: number, length: number): string => {
    if (left-- <= 0) return '…';
    if (axis === shape.length) return printNumber(storage[offset]);
    const size = shape[axis];
    const step = length / size;
    const items: string[] = [];
    for (let i = 0; i < size; i++) {
      if (size > FULL_AXIS && i === EDGE_ITEMS) {
        items.push('…');
        i = size - EDGE_ITEMS;
      }
      items.push(level(axis + 1, offset + i * step, step));
    }
    return `[${items.join(axis === shape.length - 1 ? ', ' : `,\n${' '.repeat(axis + 1)}`)}]`;
  };
  return level(0, 0, storage.length);
};

const printNumber = (value: number): string => {
  // Whole, infinite or NaN.
  if (!(value % 1)) return String(value);
  const magnitude = Math.abs(value);
  return magnitude >= 1e6 || magnitude < 1e-3 ? value.toExponential(3) : String(Number(value.toFixed(4)));
};
