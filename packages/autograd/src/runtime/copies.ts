/** Ops that only copy: they run on arrays, so that nothing is copied to the kernels and back. */
import { bitsOf } from '../base/bits.ts';
import { sizeOf } from '../base/shape.ts';
import { type Loop, collapse } from '../compiler/loops.ts';
import { identity } from '../kernels/algebra.ts';
import { SLOT_COUNT } from './scratch.ts';

/** Rows of this length or more are faster to copy with `set`. */
const LONG_ROW = 128;
/** Up to this many rows, copies are faster than a kernel, whatever the length. */
const FEW_ROWS = 8;
/**
 * For ops of many loops: up to this many elements, copies are faster than a kernel call for each
 * loop.
 */
const FEW_ELEMENTS = 2 ** 14;
/** A loop that writes only one in this many elements of a result is no reason for a kernel. */
const SPARSE = 16;

type Copy = (out: Float32Array, inputs: readonly Float32Array[]) => void;

/** Returns the function that runs a loop; undefined if it computes something, or takes too long. */
const planCopy = (loop: Loop, few: number): Copy | undefined => {
  if (loop.kind !== 'map' || loop.rule !== identity) return undefined;
  const { out: to, operands } = loop;
  const [from] = operands;
  const { sizes, strides } = collapse(loop.sizes, [to.strides, from.strides]);
  const length = sizes.pop() ?? 1;
  const rows = sizeOf(sizes);
  const [toStep, fromStep] = strides.map((own) => own.pop() ?? 1);
  const isFilled = toStep === 1 && fromStep === 0;
  const isRow = toStep === 1 && fromStep === 1;
  const areFewCalls = (isRow || isFilled) && (length >= LONG_ROW || rows <= FEW_ROWS);
  if (rows * length > few && !areFewCalls) return undefined;
  return (out, inputs) => {
    const input = inputs[from.input];
    const [outBits, inputBits] = isRow ? [out, input] : [bitsOf(out), bitsOf(input)];
    const copy = (axis: number, target: number, source: number): void => {
      if (axis < sizes.length)
        for (let i = 0; i < sizes[axis]; i++)
          copy(axis + 1, target + i * strides[0][axis], source + i * strides[1][axis]);
      else if (isRow)
        out.set(length === input.length ? input : input.subarray(source, source + length), target);
      else if (isFilled) outBits.fill(inputBits[source], target, target + length);
      else for (let i = 0; i < length; i++) outBits[target + i * toStep] = inputBits[source + i * fromStep];
    };
    copy(0, to.offset, from.offset);
  };
};

/**
 * Returns the function that computes an op which only copies, from its inputs; undefined if it
 * computes something, or if kernels do it faster.
 */
export const planCopies = (
  loops: readonly Loop[],
  size: number,
): ((inputs: readonly Float32Array[]) => Float32Array) | undefined => {
  const few = loops.length >= SLOT_COUNT && size <= FEW_ELEMENTS ? size : size / SPARSE;
  const copies = loops.map((loop) => planCopy(loop, few));
  if (!copies.every((copy) => copy !== undefined)) return undefined;
  return (inputs) => {
    const out = new Float32Array(size);
    for (const copy of copies) copy(out, inputs);
    return out;
  };
};
