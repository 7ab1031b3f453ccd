/**
 * Runs loops at once: copies what they read into the kernels' memory and the result out of it. Long loops are run in pieces that stay in the processor's cache, so
 * the memory needed is bounded however large the operands are.
 */
import type { Call } from '../wasm/matmul.ts';
import { allocate, type Kernel, memory, release } from '../wasm/runtime.ts';
import type { ScalarRule } from './algebra.ts';
import {
  bitsCall,
  collapsedReduction,
  flatKernel,
  mapLoopCall,
  matmulLoopCalls,
  partialSize,
  product,
  kernelCall,
  reduceInBlocks,
} from './calls.ts';
import { collapse, contiguousStrides, type DirectLoop, type Loop, type OperandView } from './loops.ts';
import { reductionOf } from './reductions.ts';

/** Elements of one operand that a piece of a map works on: 256 KB. */
const MAP_PIECE = 2 ** 16;
/** Elements of A or C that a piece of a matrix product works on, about. */
const MATMUL_PIECE = 2 ** 22;

/** Runs `loops`, which together write all of a result of `size` elements. */
export const execute = (
  loops: readonly Loop[],
  inputs: readonly Float32Array[],
  size: number,
): Float32Array => {
  const [loop] = loops;
  if (size === 0 || loop.kind === 'direct') {
    const out = new Float32Array(size);
    if (loop.kind === 'direct') loop.compute(out, ...inputs);
    return out;
  }
  const scratch = new Scratch(inputs);
  try {
    const pieces = loops.length === 1 ? piecesOf(loop, size) : [];
    if (pieces.length <= 1) {
      const out = scratch.allocate(size);
      for (const each of loops) runLoop(each as KernelLoop, scratch, out);
      return memory.f32.slice(out >> 2, (out >> 2) + size);
    }
    const result = new Float32Array(size);
    const out = scratch.allocate(pieces[0].size);
    let start = 0;
    for (const piece of pieces) {
      runLoop(piece.loop, scratch, out);
      result.set(memory.f32.subarray(out >> 2, (out >> 2) + piece.size), start);
      start += piece.size;
    }
    return result;
  } finally {
    scratch.release();
  }
};

type KernelLoop = Exclude<Loop, DirectLoop>;

/** A loop that writes the next `size` elements of a result. */
interface Piece {
  readonly loop: KernelLoop;
  readonly size: number;
}

interface Part {
  readonly low: number;
  readonly high: number;
  readonly address: number;
}

/** Kernels' memory for the time of one op. */
class Scratch {
  readonly #inputs: readonly Float32Array[];
  readonly #addresses: number[] = [];
  /** The part of each input that is in memory. */
  readonly #parts: (Part | undefined)[] = [];

  constructor(inputs: readonly Float32Array[]) {
    this.#inputs = inputs;
  }

  allocate(length: number): number {
    const address = allocate(4 * length);
    this.#addresses.push(address);
    return address;
  }

  /**
   * Brings the elements [low, high) of an input into memory, and gives the address at which its first element would lie. They stay until others are asked for; an input of
   * which much is asked for again is brought as a whole.
   */
  bring(input: number, low: number, high: number): number {
    const values = this.#inputs[input];
    const part = this.#parts[input];
    let [from, to] = [low, high];
    if (part !== undefined) {
      if (part.low <= low && high <= part.high) return part.address - 4 * part.low;
      this.#parts[input] = undefined;
      release(part.address);
      if (2 * (Math.min(high, part.high) - Math.max(low, part.low)) > high - low)
        [from, to] = [0, values.length];
    }
    const address = allocate(4 * (to - from));
    this.#parts[input] = { low: from, high: to, address };
    memory.f32.set(to - from === values.length ? values : values.subarray(from, to), address >> 2);
    return address - 4 * from;
  }

  /** Brings what a loop over `sizes` reads, and gives the address of each input's first element. */
  bringViews(operands: readonly OperandView[], sizes: readonly number[]): number[] {
    const ranges: [number, number][] = [];
    for (const { input, offset, strides } of operands) {
      const range = (ranges[input] ??= [offset, offset]);
      let [low, high] = [offset, offset];
      for (let axis = 0; axis < sizes.length; axis++) {
        const reach = strides[axis] * (sizes[axis] - 1);
        if (reach < 0) low += reach;
        else high += reach;
      }
      range[0] = Math.min(range[0], low);
      range[1] = Math.max(range[1], high);
    }
    return ranges.map(([low, high], input) => this.bring(input, low, high + 1));
  }

  bringAll(): number[] {
    return this.#inputs.map(({ length }, input) => this.bring(input, 0, length));
  }

  release(): void {
    for (const address of this.#addresses) release(address);
    for (const part of this.#parts) if (part !== undefined) release(part.address);
  }
}

const callNow = (kernel: Kernel, ...args: readonly number[]): void => kernel(...args);
const run = ({ kernel, args }: Call): void => kernel(...args);

/** Runs a loop that writes to the address `out`. */
const runLoop = (loop: KernelLoop, scratch: Scratch, out: number): void => {
  switch (loop.kind) {
    case 'map':
      if (product(loop.sizes) > 0) run(mapLoopCall(loop, scratch.bringViews(loop.operands, loop.sizes), out));
      break;
    case 'reduce': {
      const whole = collapsedReduction(loop);
      const size = product(whole.sizes.slice(0, whole.kept));
      if (product(whole.sizes) === 0) {
        memory.f32.fill(reductionOf(loop.reduction).identity, out >> 2, (out >> 2) + size);
        break;
      }
      const { operands } = loop;
      reduceInBlocks(
        whole,
        operands.map(({ offset }) => 4 * offset),
        out,
        scratch.allocate(partialSize(whole)),
        (block, outStrides, places, target, arePartial) => {
          const views = operands.map(({ input }, i) => ({
            input,
            offset: places[i] / 4,
            strides: block.strides[i],
          }));
          const inputs = arePartial ? [] : scratch.bringViews(views, block.sizes);
          const addresses = arePartial ? places : views.map(({ input }, i) => inputs[input] + places[i]);
          run(kernelCall(block, outStrides, addresses, target));
        },
      );
      break;
    }
    case 'matmul': {
      const { rows, columns, depth, offsetsA, offsetsB } = loop;
      const bring = (input: number, offsets: readonly number[], size: number): number => {
        const [low, high] = [Math.min, Math.max].map((best) => offsets.reduce((a, b) => best(a, b)));
        return scratch.bring(input, low, high + size);
      };
      const inputs = [bring(0, offsetsA, rows * depth), bring(1, offsetsB, depth * columns)];
      matmulLoopCalls(loop, inputs, out, callNow);
      break;
    }
    case 'bits':
      run(bitsCall(loop, scratch.bringAll(), out));
  }
};

/** Pieces of a long loop that write one part of the result after the other; none if it is better run in one go. */
const piecesOf = (loop: KernelLoop, size: number): Piece[] => {
  const pieces: Piece[] = [];
  if (loop.kind === 'map' && size > MAP_PIECE) {
    const views = [...loop.operands.map((view) => view.strides), loop.out.strides];
    const { sizes, strides } = collapse(loop.sizes, views);
    const outStrides = strides[loop.operands.length];
    const isWhole =
      loop.out.offset === 0 &&
      product(sizes) === size &&
      contiguousStrides(sizes).every((stride, axis) => stride === outStrides[axis]);
    if (!isWhole) return pieces;
    const [rows, ...inner] = sizes;
    const rowSize = product(inner);
    const step = Math.max(1, Math.floor(MAP_PIECE / rowSize));
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row);
      const operands = loop.operands.map(({ input, offset }, i) => ({
        input,
        offset: offset + row * strides[i][0],
        strides: strides[i],
      }));
      const out = { offset: 0, strides: outStrides };
      pieces.push({ loop: { ...loop, sizes: [count, ...inner], operands, out }, size: count * rowSize });
    }
  }
  if (loop.kind === 'matmul') {
    const { rows, columns, depth, transposeA, offsetsA, offsetsB } = loop;
    const most = Math.floor(MATMUL_PIECE / Math.max(depth, columns));
    if (offsetsA.length * rows <= most) return pieces;
    // The rows of a transposed matrix lie crosswise.
    const step = transposeA ? rows : Math.max(4, most & ~3);
    offsetsA.forEach((offset, i) => {
      for (let row = 0; row < rows; row += step) {
        const count = Math.min(step, rows - row);
        const part = { rows: count, offsetsA: [offset + row * depth], offsetsB: [offsetsB[i]] };
        pieces.push({ loop: { ...loop, ...part }, size: count * columns });
      }
    });
  }
  return pieces;
};

/** Keeps neighbouring operands out of each other's cache sets. */
const SLOT = 4 * MAP_PIECE + 192;
const SLOTS = 5;
let slots: number | undefined;

/** out = rule(inputs…) where every input has `size` elements, or one that is repeated. At most 4 inputs. */
export const executeFlat = (
  rule: ScalarRule,
  inputs: readonly Float32Array[],
  size: number,
): Float32Array => {
  let pattern = 'v';
  for (const input of inputs) pattern += input.length === 1 ? 's' : 'v';
  const kernel = flatKernel(rule, pattern);
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
