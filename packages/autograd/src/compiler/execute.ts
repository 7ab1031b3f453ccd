/**
 * Runs loops at once, as WebAssembly kernels: copies operands into the kernels' memory and the result out of it. Long loops are
 * run in pieces that stay in the processor's cache, so the memory needed is bounded however large the operands are.
 */
import { MATMUL_WORKSPACE, matmulCalls } from '../wasm/matmul.ts';
import { allocate, instantiate, type Kernel, memory, release } from '../wasm/runtime.ts';
import { identity, type ScalarRule } from './algebra.ts';
import { type CollapsedReduction, cutOf, flatMapKernel, mapCall, product, reduceCall } from './calls.ts';
import type { CustomKernel } from './custom.ts';
import { gather } from './gather.ts';
import {
  collapse,
  contiguousStrides,
  type Loop,
  type MapLoop,
  type MatmulLoop,
  type OperandView,
  type ReduceLoop,
  type View,
} from './loops.ts';
import { reductionOf } from './reduce.ts';

type Values = Float32Array;

/** Elements of one operand that a piece of a map works on: 256 KB. */
const MAP_PIECE = 2 ** 16;
/** Rows of A and C of a matrix product are worked on in blocks of about this many elements. */
const MATMUL_PIECE = 2 ** 22;

/** Scratch memory for the operands and the result of one operation. */
class Scratch {
  readonly #addresses: number[] = [];

  allocate(length: number): number {
    const address = allocate(4 * length);
    this.#addresses.push(address);
    return address;
  }

  copyIn(values: Values, start: number, end: number): number {
    const address = this.allocate(end - start);
    memory.f32.set(start === 0 && end === values.length ? values : values.subarray(start, end), address / 4);
    return address;
  }

  /** Copies in what a loop reads of an operand, and gives the address of its first element. */
  place(
    inputs: readonly Values[],
    view: OperandView,
    sizes: readonly number[],
    strides: readonly number[],
  ): number {
    const [low, high] = extent(view.offset, sizes, strides);
    return this.copyIn(inputs[view.input], low, high) + 4 * (view.offset - low);
  }

  /** Gives back what was allocated since `mark` allocations. */
  releaseTo(mark: number): void {
    for (const address of this.#addresses.splice(mark)) release(address);
  }

  get mark(): number {
    return this.#addresses.length;
  }
}

const withScratch = <T>(f: (scratch: Scratch) => T): T => {
  const scratch = new Scratch();
  try {
    return f(scratch);
  } finally {
    scratch.releaseTo(0);
  }
};

let workspace: number | undefined;
/** Where packed panels of matrix products go. */
export const matmulWorkspace = (): number => (workspace ??= allocate(MATMUL_WORKSPACE));

/** Runs `loops`, which together write all of a result of `size` elements; `name` is the op's, for errors. */
export const execute = (
  name: string,
  loops: readonly Loop[],
  inputs: readonly Values[],
  size: number,
): Values => {
  if (size === 0) return new Float32Array(0);
  const [loop] = loops;
  if (loops.length === 1 && loop !== undefined) {
    switch (loop.kind) {
      case 'map':
        return executeMap(loop, inputs, size);
      case 'reduce':
        return executeReduce(loop, inputs, size);
      case 'matmul':
        return executeMatmul(loop, inputs, size);
      case 'gather': {
        const out = new Float32Array(size);
        gather(loop, name, out, inputs[0], inputs[1]);
        return out;
      }
      case 'custom':
        return executeCustom(loop.kernel, loop.sizes, inputs, size);
    }
  }
  return executeParts(loops as readonly MapLoop[], inputs, size);
};

// ---- maps -------------------------------------------------------------------------------------------------------------

/** Keeps neighbouring operands out of each other's cache sets. */
const SLOT = 4 * MAP_PIECE + 192;
const SLOTS = 5;
let slots: number | undefined;

/** out = rule(inputs…) where every input has `size` elements, or one that is repeated. At most 4 inputs. */
export const executeFlat = (rule: ScalarRule, inputs: readonly Values[], size: number): Values => {
  let pattern = '';
  for (const input of inputs) pattern += input.length === 1 ? 's' : 'v';
  const kernel = flatMapKernel(rule, pattern + 'v');
  const first = (slots ??= allocate(SLOTS * SLOT));
  const operands = inputs.length;
  const f32 = memory.f32;
  const outAddress = first + operands * SLOT;
  const outStart = outAddress >> 2;
  if (size <= MAP_PIECE) {
    for (let i = 0; i < operands; i++) f32.set(inputs[i], (first + i * SLOT) >> 2);
    callFlat(kernel, operands, first, outAddress, size);
    return f32.slice(outStart, outStart + size);
  }
  const out = new Float32Array(size);
  for (let start = 0; start < size; start += MAP_PIECE) {
    const length = Math.min(MAP_PIECE, size - start);
    for (let i = 0; i < operands; i++) {
      const input = inputs[i];
      f32.set(input.length === 1 ? input : input.subarray(start, start + length), (first + i * SLOT) >> 2);
    }
    callFlat(kernel, operands, first, outAddress, length);
    out.set(f32.subarray(outStart, outStart + length), start);
  }
  return out;
};

const callFlat = (kernel: Kernel, operands: number, first: number, out: number, count: number): void => {
  switch (operands) {
    case 1:
      return kernel(out, first, count);
    case 2:
      return kernel(out, first, first + SLOT, count);
    default:
      return kernel(out, ...Array.from({ length: operands }, (_, i) => first + i * SLOT), count);
  }
};

/** An operand's elements that a loop touches: [low, high). */
const extent = (offset: number, sizes: readonly number[], strides: readonly number[]): [number, number] => {
  let low = offset;
  let high = offset;
  for (let axis = 0; axis < sizes.length; axis++) {
    const reach = strides[axis] * (sizes[axis] - 1);
    if (reach < 0) low += reach;
    else high += reach;
  }
  return [low, high + 1];
};

const run = ({ kernel, args }: { readonly kernel: Kernel; readonly args: readonly number[] }): void =>
  kernel(...args);

const isContiguous = (sizes: readonly number[], { offset, strides }: View): boolean =>
  offset === 0 && contiguousStrides(sizes).every((stride, axis) => strides[axis] === stride);

const executeMap = (loop: MapLoop, inputs: readonly Values[], size: number): Values => {
  const views = [...loop.operands.map((view) => view.strides), loop.out.strides];
  const { sizes, strides } = collapse(loop.sizes, views);
  const out = { offset: loop.out.offset, strides: strides[loop.operands.length] };
  if (!isContiguous(sizes, out) || product(sizes) !== size) return executeParts([loop], inputs, size);
  return withScratch((scratch) => {
    const rows = sizes[0] ?? 1;
    const rowSize = size / rows;
    const rowsAtOnce = size <= MAP_PIECE ? rows : Math.max(1, Math.floor(MAP_PIECE / rowSize));
    const pieceSizes = [Math.min(rowsAtOnce, rows), ...sizes.slice(1)];
    return mapInPieces(scratch, loop, inputs, sizes, strides, pieceSizes, rowsAtOnce);
  });
};

const mapInPieces = (
  scratch: Scratch,
  { rule, operands }: MapLoop,
  inputs: readonly Values[],
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  pieceSizes: readonly number[],
  rowsAtOnce: number,
): Values => {
  const rows = sizes[0] ?? 1;
  const size = product(sizes);
  const rowSize = size / rows;
  // An operand whose piece is not much smaller than the whole is copied in once and stays.
  const staying = operands.map((view, i) => {
    const [low, high] = extent(view.offset, sizes, strides[i]);
    const [pieceLow, pieceHigh] = extent(view.offset, pieceSizes, strides[i]);
    const stays = high - low <= MAP_PIECE || pieceHigh - pieceLow > 2 * product(pieceSizes);
    return stays ? scratch.place(inputs, view, sizes, strides[i]) : undefined;
  });
  const outAddress = scratch.allocate(product(pieceSizes));
  const start = outAddress / 4;
  const { mark } = scratch;
  const out = rowsAtOnce >= rows ? undefined : new Float32Array(size);
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - row);
    const currentSizes = sizes.length === 0 ? sizes : [count, ...sizes.slice(1)];
    const addresses = operands.map((view, i) => {
      const moved = row * (strides[i][0] ?? 0);
      const address = staying[i];
      if (address !== undefined) return address + 4 * moved;
      return scratch.place(inputs, { ...view, offset: view.offset + moved }, currentSizes, strides[i]);
    });
    run(mapCall({ rule, sizes: currentSizes, strides }, addresses, outAddress));
    scratch.releaseTo(mark);
    const length = count * rowSize;
    if (out === undefined) return memory.f32.slice(start, start + length);
    out.set(memory.f32.subarray(start, start + length), row * rowSize);
  }
  return out ?? new Float32Array(0);
};

/** Runs maps that each write a part of the result. */
const executeParts = (loops: readonly MapLoop[], inputs: readonly Values[], size: number): Values =>
  withScratch((scratch) => {
    const out = scratch.allocate(size);
    const { mark } = scratch;
    for (const { rule, sizes: loopSizes, operands, out: target } of loops) {
      if (product(loopSizes) === 0) continue;
      const { sizes, strides } = collapse(loopSizes, [
        ...operands.map((view) => view.strides),
        target.strides,
      ]);
      const addresses = operands.map((view, i) => scratch.place(inputs, view, sizes, strides[i]));
      run(mapCall({ rule, sizes, strides }, addresses, out + 4 * target.offset));
      scratch.releaseTo(mark);
    }
    return memory.f32.slice(out / 4, out / 4 + size);
  });

// ---- reductions -------------------------------------------------------------------------------------------------------

const executeReduce = (loop: ReduceLoop, inputs: readonly Values[], size: number): Values => {
  const out = new Float32Array(size);
  if (product(loop.sizes) === 0) return out.fill(reductionOf(loop.reduction).identity);
  const views = loop.operands.map((view) => view.strides);
  const { sizes, strides, barrier } = collapse(loop.sizes, views, loop.sizes.length - loop.reducedAxes);
  const { rule, reduction } = loop;
  reduceInto(out, { rule, reduction, sizes, strides, order: strides, kept: barrier }, loop.operands, inputs);
  return out;
};

/** Reduces in blocks of bounded size. */
const reduceInto = (
  out: Values,
  whole: CollapsedReduction,
  operands: readonly OperandView[],
  inputs: readonly Values[],
): void => {
  const { sizes, strides, kept } = whole;
  const cut = cutOf(whole);
  if (cut === undefined) {
    withScratch((scratch) => {
      const addresses = operands.map((view, i) => scratch.place(inputs, view, sizes, strides[i]));
      const address = scratch.allocate(out.length);
      run(reduceCall(whole, contiguousStrides(sizes.slice(0, kept)), addresses, address));
      out.set(memory.f32.subarray(address / 4, address / 4 + out.length));
    });
    return;
  }
  const { axis, step, pieces } = cut;
  const before = product(sizes.slice(0, Math.min(axis, kept)));
  const after = product(sizes.slice(axis + 1, Math.max(kept, axis + 1)));
  const partial = axis < kept ? undefined : new Float32Array(pieces * out.length);
  for (let piece = 0; piece < pieces; piece++) {
    const start = piece * step;
    const count = Math.min(step, sizes[axis] - start);
    const part = { ...whole, sizes: sizes.map((size, a) => (a === axis ? count : size)) };
    const moved = operands.map((view, i) => ({ ...view, offset: view.offset + start * strides[i][axis] }));
    if (partial !== undefined) {
      reduceInto(partial.subarray(piece * out.length, (piece + 1) * out.length), part, moved, inputs);
      continue;
    }
    const result = new Float32Array(before * count * after);
    reduceInto(result, part, moved, inputs);
    for (let b = 0; b < before; b++) {
      const row = result.subarray(b * count * after, (b + 1) * count * after);
      out.set(row, (b * sizes[axis] + start) * after);
    }
  }
  if (partial !== undefined) {
    const combined = combinePieces(whole, out.length, pieces);
    reduceInto(out, combined, [{ input: 0, offset: 0, strides: combined.strides[0] }], [partial]);
  }
};

/** The reduction of the results [pieces, size] of the pieces of `whole`. */
export const combinePieces = (
  whole: CollapsedReduction,
  size: number,
  pieces: number,
): CollapsedReduction => {
  const strides = [[1, size]];
  return {
    rule: identity,
    reduction: whole.reduction,
    sizes: [size, pieces],
    strides,
    order: strides,
    kept: 1,
  };
};

// ---- matrix products and the rest -----------------------------------------------------------------------------------

const callNow = (kernel: Kernel, ...args: number[]): void => kernel(...args);

const executeMatmul = (loop: MatmulLoop, [a, b]: readonly Values[], size: number): Values => {
  const { rows, columns, depth, transposeA, transposeB, offsetsA, offsetsB } = loop;
  const out = new Float32Array(size);
  if (depth === 0) return out;
  return withScratch((scratch) => {
    const addressB = scratch.allocate(depth * columns);
    const blockRows = transposeA
      ? rows
      : Math.max(4, Math.floor(MATMUL_PIECE / Math.max(depth, columns)) & ~3);
    const pieceRows = Math.min(rows, blockRows);
    const addressA = scratch.allocate(pieceRows * depth);
    const addressC = scratch.allocate(pieceRows * columns);
    const matrixA = { address: addressA, stride: 4 * (transposeA ? rows : depth), transposed: transposeA };
    const matrixB = { address: addressB, stride: 4 * (transposeB ? depth : columns), transposed: transposeB };
    let presentB = -1;
    offsetsA.forEach((offsetA, index) => {
      const offsetB = offsetsB[index];
      if (offsetB !== presentB) {
        memory.f32.set(b.subarray(offsetB, offsetB + depth * columns), addressB / 4);
        presentB = offsetB;
      }
      for (let row = 0; row < rows; row += blockRows) {
        const count = Math.min(blockRows, rows - row);
        const start = offsetA + row * depth;
        memory.f32.set(a.subarray(start, start + count * depth), addressA / 4);
        matmulCalls(matrixA, matrixB, addressC, [count, columns, depth], matmulWorkspace(), callNow);
        const result = memory.f32.subarray(addressC / 4, addressC / 4 + count * columns);
        out.set(result, (index * rows + row) * columns);
      }
    });
    return out;
  });
};

const customKernels = new WeakMap<CustomKernel, Kernel>();

/** The compiled form of a custom kernel. */
export const customKernel = (custom: CustomKernel): Kernel => {
  let kernel = customKernels.get(custom);
  if (kernel === undefined) customKernels.set(custom, (kernel = instantiate(custom.assemble())));
  return kernel;
};

const executeCustom = (
  custom: CustomKernel,
  sizes: readonly number[],
  inputs: readonly Values[],
  size: number,
): Values =>
  withScratch((scratch) => {
    const kernel = customKernel(custom);
    const addresses = inputs.map((values) => scratch.copyIn(values, 0, values.length));
    const out = scratch.allocate(size);
    kernel(out, ...addresses, ...sizes);
    return memory.f32.slice(out / 4, out / 4 + size);
  });
