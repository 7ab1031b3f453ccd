/**
 * Runs loops at once: copies what they read into the kernels' memory and the result out of it. Long loops are run in pieces that stay in the processor's cache, so
 * the memory needed is bounded however large the operands are.
 */
import type { Call } from '../wasm/matmul.ts';
import { allocate, type Kernel, memory, release } from '../wasm/runtime.ts';
import type { ScalarRule } from './algebra.ts';
import {
  bitsCall,
  collapsed,
  type CollapsedLoop,
  flatKernel,
  inBlocks,
  matmulLoopCalls,
  outOf,
  partialSize,
  kernelCall,
} from './calls.ts';
import {
  collapse,
  contiguousStrides,
  type DirectLoop,
  type Loop,
  type OperandView,
  product,
} from './loops.ts';
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

/** Keeps neighbouring operands out of each other's cache sets. */
const SLOT = 4 * MAP_PIECE + 192;
const SLOTS = 5;
let slots: number | undefined;
/** The address of room for one piece of a map, which is nobody's for longer than an op. There are SLOTS of them. */
const slot = (place: number): number => (slots ??= allocate(SLOTS * SLOT)) + place * SLOT;

/** The elements [low, high) of an input; `base` is where its first one would lie. */
interface Part {
  readonly low: number;
  readonly high: number;
  readonly base: number;
}

/** Kernels' memory for the time of one op. */
class Scratch {
  readonly #inputs: readonly Float32Array[];
  readonly #addresses: number[] = [];
  #slots = 0;
  /** The part of each input that is in memory. */
  readonly #parts: (Part | undefined)[] = [];

  constructor(inputs: readonly Float32Array[]) {
    this.#inputs = inputs;
  }

  allocate(length: number): number {
    if (length <= MAP_PIECE && this.#slots < SLOTS) return slot(this.#slots++);
    const address = allocate(4 * length);
    this.#addresses.push(address);
    return address;
  }

  /**
   * Brings the elements [low, high) of an input into memory, and gives the address at which its first element would lie. They stay until others are asked for. All of an input is
   * brought at once if most of it is asked for.
   */
  bring(input: number, low: number, high: number): number {
    const part = this.#parts[input];
    if (part !== undefined && part.low <= low && high <= part.high) return part.base;
    let values = this.#inputs[input];
    const { length } = values;
    const isWhole = 2 * (high - low) > length;
    const start = isWhole ? 0 : low;
    if (!isWhole) values = values.subarray(low, high);
    // The part before gives its place to this one, if it is large enough.
    const address =
      part !== undefined && values.length <= part.high - part.low
        ? part.base + 4 * part.low
        : this.allocate(values.length);
    memory.f32.set(values, address >> 2);
    const base = address - 4 * start;
    this.#parts[input] = { low: start, high: start + values.length, base };
    return base;
  }

  /** Brings what a block of a loop reads, whose operands start at `places` of their inputs, in bytes; gives their addresses. */
  bringViews(
    operands: readonly OperandView[],
    places: readonly number[],
    { sizes, strides }: CollapsedLoop,
  ): number[] {
    const low: number[] = [];
    const high: number[] = [];
    for (let i = 0; i < places.length; i++) {
      const { input } = operands[i];
      let first = places[i] / 4;
      let last = first;
      for (let axis = 0; axis < sizes.length; axis++) {
        const reach = strides[i][axis] * (sizes[axis] - 1);
        if (reach < 0) first += reach;
        else last += reach;
      }
      // Several operands may be views of one input.
      low[input] = Math.min(low[input] ?? first, first);
      high[input] = Math.max(high[input] ?? last, last);
    }
    return places.map((place, i) => {
      const { input } = operands[i];
      return this.bring(input, low[input], high[input] + 1) + place;
    });
  }

  bringAll(): number[] {
    return this.#inputs.map(({ length }, input) => this.bring(input, 0, length));
  }

  release(): void {
    for (const address of this.#addresses) release(address);
  }
}

const callNow = (kernel: Kernel, ...args: readonly number[]): void => kernel(...args);
const run = ({ kernel, args }: Call): void => kernel(...args);

/** Runs a loop that writes to the address `out`. */
const runLoop = (loop: KernelLoop, scratch: Scratch, out: number): void => {
  switch (loop.kind) {
    case 'map':
    case 'reduce': {
      const whole = collapsed(loop);
      if (product(whole.sizes) === 0) {
        if (loop.kind === 'reduce') {
          const size = product(whole.sizes.slice(0, whole.kept));
          memory.f32.fill(reductionOf(loop.reduction).identity, out >> 2, (out >> 2) + size);
        }
        break;
      }
      const { operands } = loop;
      const partials = partialSize(whole);
      inBlocks(
        whole,
        operands.map(({ offset }) => 4 * offset),
        outOf(loop, out),
        partials === 0 ? 0 : scratch.allocate(partials),
        (block, places, target, arePartial) => {
          const addresses = arePartial ? places : scratch.bringViews(operands, places, block);
          run(kernelCall(block, addresses, target));
        },
      );
      break;
    }
    case 'matmul': {
      const { rows, columns, depth, offsetsA, offsetsB } = loop;
      const inputs =
        offsetsA.length > 1
          ? scratch.bringAll()
          : [
              scratch.bring(0, offsetsA[0], offsetsA[0] + rows * depth),
              scratch.bring(1, offsetsB[0], offsetsB[0] + depth * columns),
            ];
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

/** out = rule(inputs…) where every input has `size` elements, or one that is repeated. At most 4 inputs. */
export const executeFlat = (
  rule: ScalarRule,
  inputs: readonly Float32Array[],
  size: number,
): Float32Array => {
  let pattern = 'v';
  for (const input of inputs) pattern += input.length === 1 ? 's' : 'v';
  const kernel = flatKernel(rule, pattern);
  const operands = inputs.length;
  const out = slot(operands);
  const { f32 } = memory;
  const result = size > MAP_PIECE ? new Float32Array(size) : undefined;
  for (let start = 0; ; start += MAP_PIECE) {
    const count = Math.min(MAP_PIECE, size - start);
    for (let i = 0; i < operands; i++) {
      const input = inputs[i];
      const isWhole = result === undefined || input.length === 1;
      f32.set(isWhole ? input : input.subarray(start, start + count), slot(i) >> 2);
    }
    if (operands === 1) kernel(out, slot(0), count);
    else if (operands === 2) kernel(out, slot(0), slot(1), count);
    else kernel(out, ...inputs.map((_, i) => slot(i)), count);
    if (result === undefined) return f32.slice(out >> 2, (out >> 2) + count);
    result.set(f32.subarray(out >> 2, (out >> 2) + count), start);
    if (start + count === size) return result;
  }
};
