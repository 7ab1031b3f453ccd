/**
 * Runs loops at once, as WebAssembly kernels: copies operands into the kernels' memory and the result out of it. Long loops are
 * run in pieces that stay in the processor's cache, so the memory needed is bounded however large the operands are.
 */
import { instantiate, type Kernel, memory, reserve } from '../wasm/runtime.ts';
import { MATMUL_WORKSPACE, multiply } from '../wasm/matmul.ts';
import { type Access, accessOf } from './access.ts';
import { identity, type ScalarRule } from './algebra.ts';
import type { CustomKernel } from './custom.ts';
import { gather } from './gather.ts';
import {
  collapse,
  type Loop,
  type MapLoop,
  type MatmulLoop,
  type OperandView,
  type ReduceLoop,
  type View,
} from './loops.ts';
import { compileMap } from './map.ts';
import { compileReduce, type ReductionName, reductionOf } from './reduce.ts';

type Values = Float32Array;

/** Elements of one operand that a piece of a map works on: 256 KB. */
const MAP_PIECE = 2 ** 16;
/** Elements that are reduced in one go; longer reductions combine the results of such blocks. Part of the meaning of a sum. */
const REDUCE_BLOCK = 2 ** 20;
/** Rows of A and C of a matrix product are worked on in blocks of about this many elements. */
const MATMUL_PIECE = 2 ** 22;

const SCRATCH = (MATMUL_WORKSPACE + 255) & ~255;
/** Keeps neighbouring operands out of each other's cache sets. */
const GAP = 192;
const SLOT = 4 * MAP_PIECE + GAP;

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Hands out scratch memory for one operation. */
class Scratch {
  #top = SCRATCH;

  allocate(length: number): number {
    const address = this.#top;
    this.#top = (address + 4 * length + GAP + 15) & ~15;
    if (this.#top < address || address + 4 * length > 2 ** 31) {
      throw new RangeError(`out of memory: an operand of ${length} elements does not fit beside the others`);
    }
    reserve(this.#top);
    return address;
  }

  copyIn(values: Values, start: number, end: number): number {
    const address = this.allocate(end - start);
    memory.f32.set(start === 0 && end === values.length ? values : values.subarray(start, end), address / 4);
    return address;
  }

  mark(): number {
    return this.#top;
  }

  release(mark: number): void {
    this.#top = mark;
  }
}

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

const mapKernels = new WeakMap<ScalarRule, Map<string, Kernel>>();

const mapKernel = (rule: ScalarRule, pattern: string, rank: number): Kernel => {
  let kernels = mapKernels.get(rule);
  if (kernels === undefined) mapKernels.set(rule, (kernels = new Map()));
  const key = rank > 1 ? pattern + rank : pattern;
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    kernels.set(key, (kernel = compileMap(rule, [...pattern] as Access[], rank)));
  }
  return kernel;
};

const flatPattern = (inputs: readonly Values[]): string => {
  let pattern = '';
  for (const input of inputs) pattern += input.length === 1 ? 's' : 'v';
  return pattern + 'v';
};

/** out = rule(inputs…) where every input has `size` elements, or one that is repeated. */
export const executeFlat = (rule: ScalarRule, inputs: readonly Values[], size: number): Values => {
  const kernel = mapKernel(rule, flatPattern(inputs), 1);
  const operands = inputs.length;
  reserve(SCRATCH + (operands + 1) * SLOT);
  const f32 = memory.f32;
  const outAddress = SCRATCH + operands * SLOT;
  if (size <= MAP_PIECE) {
    for (let i = 0; i < operands; i++) f32.set(inputs[i], (SCRATCH + i * SLOT) >> 2);
    callFlat(kernel, operands, outAddress, size);
    return f32.slice(outAddress >> 2, (outAddress >> 2) + size);
  }
  const out = new Float32Array(size);
  for (let start = 0; start < size; start += MAP_PIECE) {
    const length = Math.min(MAP_PIECE, size - start);
    for (let i = 0; i < operands; i++) {
      const input = inputs[i];
      f32.set(input.length === 1 ? input : input.subarray(start, start + length), (SCRATCH + i * SLOT) >> 2);
    }
    callFlat(kernel, operands, outAddress, length);
    out.set(f32.subarray(outAddress >> 2, (outAddress >> 2) + length), start);
  }
  return out;
};

const callFlat = (kernel: Kernel, operands: number, out: number, count: number): void => {
  switch (operands) {
    case 1:
      return kernel(out, SCRATCH, count);
    case 2:
      return kernel(out, SCRATCH, SCRATCH + SLOT, count);
    default:
      return kernel(out, ...Array.from({ length: operands }, (_, i) => SCRATCH + i * SLOT), count);
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

/** A map over collapsed axes; operands are given by the address of their first element. */
interface PlacedMap {
  readonly rule: ScalarRule;
  readonly sizes: readonly number[];
  /** Of each operand, then of out. */
  readonly strides: readonly (readonly number[])[];
}

const callMap = ({ rule, sizes, strides }: PlacedMap, operands: readonly number[], out: number): void => {
  const inner = Math.max(sizes.length - 1, 0);
  const innerStrides = strides.map((view) => (sizes.length === 0 ? 1 : view[inner]));
  const pattern = innerStrides.map(accessOf).join('');
  const count = sizes.length === 0 ? 1 : sizes[inner];
  const args = [out, ...operands, count];
  for (const stride of innerStrides) if (accessOf(stride) === 'g') args.push(4 * stride);
  const outStrides = strides[strides.length - 1];
  for (let axis = 0; axis < inner; axis++) {
    args.push(sizes[axis], 4 * outStrides[axis]);
    for (let i = 0; i < operands.length; i++) {
      args.push(4 * strides[i][axis]);
    }
  }
  mapKernel(rule, pattern, sizes.length)(...args);
};

const executeMap = (loop: MapLoop, inputs: readonly Values[], size: number): Values => {
  const { sizes, strides } = collapse(loop.sizes, [
    ...loop.operands.map((view) => view.strides),
    loop.out.strides,
  ]);
  const outContiguous = isContiguous(sizes, strides[strides.length - 1]);
  if (loop.out.offset !== 0 || !outContiguous || product(sizes) !== size) {
    return executeParts([loop], inputs, size);
  }
  const scratch = new Scratch();
  const rows = sizes[0] ?? 1;
  const rowSize = size / rows;
  const rowsAtOnce = size <= MAP_PIECE ? rows : Math.max(1, Math.floor(MAP_PIECE / rowSize));
  const pieceSizes = [Math.min(rowsAtOnce, rows), ...sizes.slice(1)];

  // An operand whose piece is not much smaller than the whole is copied in once and stays.
  const placed = loop.operands.map((view, i) => {
    const values = inputs[view.input];
    const [low, high] = extent(view.offset, sizes, strides[i]);
    const [pieceLow, pieceHigh] = extent(view.offset, pieceSizes, strides[i]);
    const stays = high - low <= MAP_PIECE || pieceHigh - pieceLow > 2 * product(pieceSizes);
    const first = stays ? scratch.copyIn(values, low, high) + 4 * (view.offset - low) : 0;
    return { values, offset: view.offset, stride: strides[i][0] ?? 0, stays, first };
  });
  const outAddress = scratch.allocate(product(pieceSizes));
  const whole = rowsAtOnce >= rows;
  const out = whole ? undefined : new Float32Array(size);
  const mark = scratch.mark();
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - row);
    const currentSizes = sizes.length === 0 ? sizes : [count, ...sizes.slice(1)];
    scratch.release(mark);
    const addresses = placed.map(({ values, offset, stride, stays, first }, i) => {
      if (stays) return first + 4 * row * stride;
      const start = offset + row * stride;
      const [low, high] = extent(start, currentSizes, strides[i]);
      return scratch.copyIn(values, low, high) + 4 * (start - low);
    });
    callMap({ rule: loop.rule, sizes: currentSizes, strides }, addresses, outAddress);
    const length = count * rowSize;
    const start = outAddress / 4;
    if (out === undefined) return memory.f32.slice(start, start + length);
    out.set(memory.f32.subarray(start, start + length), row * rowSize);
  }
  return out as Values;
};

/** Runs maps that each write a part of the result. */
const executeParts = (loops: readonly MapLoop[], inputs: readonly Values[], size: number): Values => {
  const scratch = new Scratch();
  const out = scratch.allocate(size);
  const mark = scratch.mark();
  for (const loop of loops) {
    if (product(loop.sizes) === 0) continue;
    scratch.release(mark);
    const { sizes, strides } = collapse(loop.sizes, [
      ...loop.operands.map((view) => view.strides),
      loop.out.strides,
    ]);
    const addresses = loop.operands.map((view, i) => place(scratch, inputs, view, sizes, strides[i]));
    callMap({ rule: loop.rule, sizes, strides }, addresses, out + 4 * loop.out.offset);
  }
  return memory.f32.slice(out / 4, out / 4 + size);
};

/** Copies in what a loop reads of an operand, and gives the address of its first element. */
const place = (
  scratch: Scratch,
  inputs: readonly Values[],
  view: View & { readonly input: number },
  sizes: readonly number[],
  strides: readonly number[],
): number => {
  const [low, high] = extent(view.offset, sizes, strides);
  return scratch.copyIn(inputs[view.input], low, high) + 4 * (view.offset - low);
};

const isContiguous = (sizes: readonly number[], strides: readonly number[]): boolean => {
  let expected = 1;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    if (strides[axis] !== expected) return false;
    expected *= sizes[axis];
  }
  return true;
};

// ---- reductions -------------------------------------------------------------------------------------------------------

const reduceKernels = new WeakMap<ScalarRule, Map<string, Kernel>>();

const reduceKernel = (
  rule: ScalarRule,
  reduction: ReductionName,
  form: 'rows' | 'columns',
  pattern: string,
  kept: number,
  reduced: number,
): Kernel => {
  let kernels = reduceKernels.get(rule);
  if (kernels === undefined) reduceKernels.set(rule, (kernels = new Map()));
  const key = `${reduction} ${form} ${pattern} ${kept} ${reduced}`;
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    kernel = compileReduce(rule, reduction, form, [...pattern] as Access[], kept, reduced);
    kernels.set(key, kernel);
  }
  return kernel;
};

const executeReduce = (loop: ReduceLoop, inputs: readonly Values[], size: number): Values => {
  const out = new Float32Array(size);
  if (product(loop.sizes) === 0) return out.fill(reductionOf(loop.reduction).identity);
  const collapsed = collapse(
    loop.sizes,
    loop.operands.map((view) => view.strides),
    loop.sizes.length - loop.reducedAxes,
  );
  reduceInto(out, loop, collapsed.sizes, collapsed.strides, collapsed.barrier, loop.operands, inputs);
  return out;
};

/** Reduces over the axes from `kept` on, in blocks of bounded size, cut along the axis whose steps are longest. */
const reduceInto = (
  out: Values,
  loop: Pick<ReduceLoop, 'rule' | 'reduction'>,
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  kept: number,
  operands: readonly OperandView[],
  inputs: readonly Values[],
): void => {
  const total = product(sizes);
  if (total <= REDUCE_BLOCK) {
    const scratch = new Scratch();
    const addresses = operands.map((view, i) => place(scratch, inputs, view, sizes, strides[i]));
    const address = scratch.allocate(out.length);
    callReduce(loop, sizes, strides, kept, addresses, address);
    out.set(memory.f32.subarray(address / 4, address / 4 + out.length));
    return;
  }
  const reach = (axis: number): number => Math.max(...strides.map((view) => Math.abs(view[axis])));
  const axis = sizes.reduce((best, size, a) => (size > 1 && reach(a) > reach(best) ? a : best), 0);
  const length = sizes[axis];
  const step = Math.max(1, Math.floor(REDUCE_BLOCK / (total / length)));
  const pieces = Math.ceil(length / step);
  const keptBefore = product(sizes.slice(0, Math.min(axis, kept)));
  const keptAfter = product(sizes.slice(axis + 1, Math.max(kept, axis + 1)));
  const partial = axis < kept ? undefined : new Float32Array(pieces * out.length);
  for (let piece = 0; piece < pieces; piece++) {
    const start = piece * step;
    const count = Math.min(step, length - start);
    const pieceSizes = sizes.map((size, a) => (a === axis ? count : size));
    const moved = operands.map((view, i) => ({
      ...view,
      offset: view.offset + start * strides[i][axis],
    }));
    if (partial !== undefined) {
      const part = partial.subarray(piece * out.length, (piece + 1) * out.length);
      reduceInto(part, loop, pieceSizes, strides, kept, moved, inputs);
      continue;
    }
    const part = new Float32Array(keptBefore * count * keptAfter);
    reduceInto(part, loop, pieceSizes, strides, kept, moved, inputs);
    for (let before = 0; before < keptBefore; before++) {
      out.set(
        part.subarray(before * count * keptAfter, (before + 1) * count * keptAfter),
        (before * length + start) * keptAfter,
      );
    }
  }
  if (partial !== undefined) {
    const combine = { rule: identity, reduction: loop.reduction };
    const view = { input: 0, offset: 0, strides: [1, out.length] };
    reduceInto(out, combine, [out.length, pieces], [[1, out.length]], 1, [view], [partial]);
  }
};

const callReduce = (
  { rule, reduction }: Pick<ReduceLoop, 'rule' | 'reduction'>,
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  kept: number,
  operands: readonly number[],
  out: number,
): void => {
  const last = sizes.length - 1;
  const isUnit = (axis: number): boolean => strides.every((view) => Math.abs(view[axis]) <= 1);
  // Four columns side by side, unless a reduced axis is the one whose elements are neighbours.
  const columns = kept > 0 && (kept > last || isUnit(kept - 1) || !isUnit(last));
  const inner = columns ? kept - 1 : last;
  const innerStrides = strides.map((view) => (inner < 0 ? 1 : view[inner]));
  const pattern = innerStrides.map(accessOf).join('');
  const args = [out, ...operands, inner < 0 ? 1 : sizes[inner]];
  for (const stride of innerStrides) if (accessOf(stride) === 'g') args.push(4 * stride);
  let keptLevels = 0;
  let reducedLevels = 0;
  let outStride = product(sizes.slice(0, kept));
  for (let axis = 0; axis <= last; axis++) {
    const size = sizes[axis];
    if (axis < kept) outStride /= size;
    if (axis === inner) continue;
    args.push(size);
    if (axis < kept) {
      args.push(4 * outStride);
      keptLevels++;
    } else reducedLevels++;
    for (const view of strides) args.push(4 * view[axis]);
  }
  const form = columns ? 'columns' : 'rows';
  reduceKernel(rule, reduction, form, pattern, keptLevels, reducedLevels)(...args);
};

// ---- matrix products and the rest -----------------------------------------------------------------------------------

const executeMatmul = (loop: MatmulLoop, [a, b]: readonly Values[], size: number): Values => {
  const { rows, columns, depth, transposeA, transposeB, offsetsA, offsetsB } = loop;
  const out = new Float32Array(size);
  const scratch = new Scratch();
  const addressB = scratch.allocate(depth * columns);
  const blockRows = transposeA ? rows : Math.max(4, Math.floor(MATMUL_PIECE / Math.max(depth, columns)) & ~3);
  const pieceRows = Math.min(rows, blockRows);
  const addressA = scratch.allocate(pieceRows * depth);
  const addressC = scratch.allocate(pieceRows * columns);
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
      const matrixA = { address: addressA, stride: 4 * (transposeA ? rows : depth), transposed: transposeA };
      multiply(matrixA, matrixB, addressC, count, columns, depth, 0);
      out.set(
        memory.f32.subarray(addressC / 4, addressC / 4 + count * columns),
        (index * rows + row) * columns,
      );
    }
  });
  return out;
};

const customKernels = new WeakMap<CustomKernel, Kernel>();

const executeCustom = (
  custom: CustomKernel,
  sizes: readonly number[],
  inputs: readonly Values[],
  size: number,
): Values => {
  let kernel = customKernels.get(custom);
  if (kernel === undefined) customKernels.set(custom, (kernel = instantiate(custom.assemble())));
  const scratch = new Scratch();
  const addresses = inputs.map((values) => scratch.copyIn(values, 0, values.length));
  const out = scratch.allocate(size);
  kernel(out, ...addresses, ...sizes);
  return memory.f32.slice(out / 4, out / 4 + size);
};
