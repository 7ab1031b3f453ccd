/**
 * What a target format has to express: some thirty operations on arrays.
 *
 * The lowering uses nothing else, so a new target is one implementation of this interface.
 */

import { broadcastShapes } from '@mini/autograd/check';

export type Shape = readonly number[];

/**
 * The type of elements: float32 numbers, integers that are positions, unsigned 32-bit words of
 * random keys and bits, and truth values.
 */
export type ElementType = 'float' | 'index' | 'word' | 'truth';

/** An array in a program of the target. */
export interface Value {
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
}

/** Functions of one number that every target has. */
export type UnaryName =
  | 'abs'
  | 'ceil'
  | 'cos'
  | 'exp'
  | 'floor'
  | 'log'
  | 'neg'
  | 'not'
  | 'round'
  | 'sin'
  | 'sqrt'
  | 'tanh';

/** Functions of two arrays. `fmod` has the sign of its first operand. Words wrap at 32 bits. */
export type BinaryName =
  | 'add'
  | 'and'
  | 'div'
  | 'fmod'
  | 'max'
  | 'min'
  | 'mul'
  | 'or'
  | 'pow'
  | 'sub'
  | 'xor';

export type CompareName = 'equal' | 'less' | 'lessEqual';

export type ReduceName = 'max' | 'min' | 'prod' | 'sum';

/** The first element, the one after the last, and the step along an axis. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** The numbers of elements to add before, after and between those of an axis. None is negative. */
export interface Padding {
  readonly low: number;
  readonly high: number;
  readonly between: number;
}

/** Matrices [batch, …] of a product, as they are or transposed. */
export interface Factor {
  readonly value: Value;
  readonly isTransposed: boolean;
}

/** A function of arrays inside of the program: it adds its operations, and returns its results. */
export type Body = (inputs: readonly Value[]) => readonly Value[];

/** Binary operations and `select` broadcast their operands as NumPy does. */
export interface Target {
  /** An array with known elements, in row-major order. */
  constant(type: ElementType, shape: Shape, elements: ArrayLike<number>): Value;
  /** 0, 1, 2, … along an axis of the shape, as positions. */
  iota(shape: Shape, axis: number): Value;

  unary(name: UnaryName, x: Value): Value;
  binary(name: BinaryName, a: Value, b: Value): Value;
  compare(name: CompareName, a: Value, b: Value): Value;
  select(mask: Value, a: Value, b: Value): Value;
  /** Converts numbers that the type can hold. */
  convert(x: Value, type: ElementType): Value;
  /** Shifts words, by less than 32 bits. Rotated words get the bits that leave at the other end. */
  rotateLeft(x: Value, bits: number): Value;
  shiftRight(x: Value, bits: number): Value;
  /** x modulo a constant, for words. */
  remainder(x: Value, divisor: number): Value;

  reshape(x: Value, shape: Shape): Value;
  /** Axis i of the result is axis order[i] of x. */
  transpose(x: Value, order: readonly number[]): Value;
  broadcast(x: Value, shape: Shape): Value;
  slice(x: Value, ranges: readonly Range[]): Value;
  reverse(x: Value, axes: readonly number[]): Value;
  concatenate(xs: readonly Value[], axis: number): Value;
  /** Adds zeros. */
  pad(x: Value, paddings: readonly Padding[]): Value;

  /** Reduces axes, which the result does not have any more. */
  reduce(name: ReduceName, x: Value, axes: readonly number[]): Value;
  /** Products of matrices [batch, rows, columns]; a batch can have one matrix for all. */
  matmul(a: Factor, b: Factor): Value;
  /** Rows of x, by their indices [count]. */
  takeRows(x: Value, indices: Value): Value;
  /**
   * Sets rows of x, adds to them, or replaces them if the new elements are greater. The indices of
   * rows to set differ.
   */
  scatterRows(how: 'set' | 'add' | 'max', x: Value, indices: Value, rows: Value): Value;
  /** The indices that sort an axis. Equal elements keep their order. */
  argsort(x: Value, axis: number, descending: boolean): Value;

  /** The results of one of two bodies without inputs, by a truth value. */
  branch(choice: Value, onTrue: Body, onFalse: Body): Value[];
  /** Carries after a loop that runs while the first result of `goesOn` holds. */
  whileLoop(carries: readonly Value[], captured: readonly Value[], goesOn: Body, step: Body): Value[];
  /** A loop with a known number of steps. */
  scan(scan: Scan): Value[];
}

/**
 * A loop over the first axis of `xs`. Its body maps carries, elements of `xs` and captured arrays
 * to carries and outputs. Its results are the last carries and the stacked outputs.
 */
export interface Scan {
  readonly steps: number;
  readonly reverse: boolean;
  readonly carries: readonly Value[];
  readonly xs: readonly Value[];
  readonly captured: readonly Value[];
  readonly outputs: readonly Pick<Value, 'shape' | 'type'>[];
  readonly body: Body;
}

/** The rows and columns of a factor. */
export const matrixShape = ({ value, isTransposed }: Factor): readonly [number, number] => {
  const [, rows, columns] = value.shape;
  return isTransposed ? [columns, rows] : [rows, columns];
};

/** The shape that shapes broadcast to. They are known to fit. */
export const broadcastShape = (...shapes: readonly Shape[]): Shape => broadcastShapes(shapes) ?? [];
