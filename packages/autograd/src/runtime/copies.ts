/** Ops that only copy: they run on arrays, so that nothing is copied to the kernels and back. */
import { sizeOf } from '../base/shape.ts';
import { type Loop, type MapLoop, collapse } from '../compiler/loops.ts';
import { identity } from '../kernels/algebra.ts';
import { SLOT_COUNT } from './scratch.ts';

/** From this length on, the engine copies a row in less time than it takes to find it. */
const LONG_ROW = 64;
/** So few rows of any length take less time than a kernel. */
const FEW_ROWS = 8;
/** An op of many loops has a kernel call for each: up to this many elements, that takes longer. */
const FEW_ELEMENTS = 2 ** 14;

/** Copies of rows that lie at equal distances along `sizes`; strides and offsets count elements. */
interface RowCopies {
  readonly input: number;
  readonly sizes: readonly number[];
  readonly to: { readonly offset: number; readonly strides: readonly number[] };
  readonly from: { readonly offset: number; readonly strides: readonly number[] };
  /** The number of elements of a row, and their strides in the result and in the input. */
  readonly row: { readonly length: number; readonly to: number; readonly from: number };
}

/** Returns what a loop copies; undefined if it computes something. */
const copiesOf = (loop: Loop): RowCopies | undefined => {
  if (loop.kind !== 'map' || loop.rule !== identity) return undefined;
  const { operands, out } = loop;
  const [operand] = operands;
  const { sizes, strides } = collapse(loop.sizes, [out.strides, operand.strides]);
  const row = { length: sizes.pop() ?? 1, to: strides[0].pop() ?? 1, from: strides[1].pop() ?? 1 };
  const [to, from] = strides;
  return {
    input: operand.input,
    sizes,
    to: { offset: out.offset, strides: to },
    from: { offset: operand.offset, strides: from },
    row,
  };
};

/** Whether both sides of a row are adjacent elements. */
const isAdjacent = ({ row }: RowCopies): boolean => row.to === 1 && row.from === 1;

/** Copies the rows of an input to `out`. */
const copyRows = ({ sizes, to, from, row }: RowCopies, out: Float32Array, input: Float32Array): void => {
  const { length } = row;
  const isSet = row.to === 1 && row.from === 1;
  // As integers, since not all engines keep each bit of a number that is NaN.
  const bits = isSet ? [] : [out, input].map((x) => new Int32Array(x.buffer, x.byteOffset, x.length));
  const copyFrom = (axis: number, target: number, source: number): void => {
    if (axis < sizes.length) {
      for (let i = 0; i < sizes[axis]; i++)
        copyFrom(axis + 1, target + i * to.strides[axis], source + i * from.strides[axis]);
    } else if (isSet) {
      out.set(length === input.length ? input : input.subarray(source, source + length), target);
    } else {
      const [outBits, inputBits] = bits;
      for (let i = 0; i < length; i++) outBits[target + i * row.to] = inputBits[source + i * row.from];
    }
  };
  copyFrom(0, to.offset, from.offset);
};

/**
 * Returns the function that computes an op which only copies, from its inputs; undefined if it
 * computes something, or if kernels do it faster.
 */
export const planCopies = (
  loops: readonly Loop[],
  size: number,
): ((inputs: readonly Float32Array[]) => Float32Array) | undefined => {
  const isSmall = loops.length >= SLOT_COUNT && size <= FEW_ELEMENTS;
  const all: RowCopies[] = [];
  for (const loop of loops) {
    const copies = copiesOf(loop);
    if (copies === undefined) return undefined;
    const isFast = isAdjacent(copies) && (copies.row.length >= LONG_ROW || sizeOf(copies.sizes) <= FEW_ROWS);
    if (!isFast && !isSmall) return undefined;
    if ((loop as MapLoop).sizes.every((n) => n > 0)) all.push(copies);
  }
  return (inputs) => {
    const out = new Float32Array(size);
    for (const copies of all) copyRows(copies, out, inputs[copies.input]);
    return out;
  };
};
