/** From loops and the addresses of their operands to kernels and their arguments: the same calls for ops that are computed at once and for compiled functions. */
import { type Call, MATMUL_WORKSPACE, matmulCalls, type OnBlock } from '../wasm/matmul.ts';
import { allocate, instantiate, type Kernel } from '../wasm/runtime.ts';
import { type Access, accessOf } from './access.ts';
import { identity, type ScalarRule } from './algebra.ts';
import {
  type BitsLoop,
  collapse,
  contiguousStrides,
  type DirectLoop,
  type Loop,
  type MapLoop,
  type MatmulLoop,
  product,
  type ReduceLoop,
  type View,
} from './loops.ts';
import { compileKernel, type Form } from './kernel.ts';
import type { ReductionName } from './reductions.ts';

type Sizes = readonly number[];
type Strides = readonly number[];

const kernels = new WeakMap<ScalarRule, Map<string, Kernel>>();

const kernelOf = (rule: ScalarRule, key: string, compile: () => Kernel): Kernel => {
  let ofRule = kernels.get(rule);
  if (ofRule === undefined) kernels.set(rule, (ofRule = new Map()));
  let kernel = ofRule.get(key);
  if (kernel === undefined) ofRule.set(key, (kernel = compile()));
  return kernel;
};

const compileFor = (
  rule: ScalarRule,
  pattern: string,
  reduction?: ReductionName,
  form: Form = 'columns',
  keptLevels: number = 0,
  reducedLevels: number = 0,
): Kernel => compileKernel(rule, reduction, form, [...pattern] as Access[], keptLevels, reducedLevels);

/** The kernel of a map over one axis; `pattern` holds the access of out and of each operand. */
export const flatKernel = (rule: ScalarRule, pattern: string): Kernel =>
  kernelOf(rule, pattern, () => compileFor(rule, pattern));

/** A map or a reduction over collapsed axes, of which the first `kept` are kept. */
export interface CollapsedLoop {
  readonly rule: ScalarRule;
  /** Absent for a map. */
  readonly reduction: ReductionName | undefined;
  readonly sizes: readonly number[];
  /** Of each operand. */
  readonly strides: readonly Strides[];
  /** The strides that decide the order of combination: those of the operands, before any ops were merged into the reduction. */
  readonly order: readonly Strides[];
  readonly kept: number;
  /** Of the kept axes. */
  readonly outStrides: Strides;
}

const stridesOf = ({ strides }: View): Strides => strides;

export const collapsed = (loop: MapLoop | ReduceLoop): CollapsedLoop => {
  const { rule, operands } = loop;
  const views = operands.map(stridesOf);
  if (loop.kind === 'map') {
    views.push(loop.out.strides);
    const { sizes, strides } = collapse(loop.sizes, views);
    const outStrides = strides.pop() ?? [];
    return { rule, reduction: undefined, sizes, strides, order: strides, kept: sizes.length, outStrides };
  }
  const { reduction, order = [], reducedAxes } = loop;
  views.push(...order);
  const { sizes, strides, barrier: kept } = collapse(loop.sizes, views, loop.sizes.length - reducedAxes);
  const ordering = order.length === 0 ? strides : strides.splice(operands.length);
  const outStrides = contiguousStrides(sizes.slice(0, kept));
  return { rule, reduction, sizes, strides, order: ordering, kept, outStrides };
};

export const kernelCall = (
  { rule, reduction, sizes, strides, order, kept, outStrides }: CollapsedLoop,
  operands: readonly number[],
  out: number,
): Call => {
  const last = sizes.length - 1;
  const isUnit = (axis: number): boolean => order.every((view) => Math.abs(view[axis]) <= 1);
  // Four columns side by side, unless a reduced axis is the one whose elements are neighbours.
  const columns = kept > last || (kept > 0 && (isUnit(kept - 1) || !isUnit(last)));
  const inner = columns ? kept - 1 : last;
  const innerStrides = [outStrides, ...strides].map((view) => view[inner] ?? 1);
  const pattern = innerStrides.map(accessOf).join('');
  const args = [out, ...operands, sizes[inner] ?? 1];
  for (const stride of innerStrides) if (accessOf(stride) === 'g') args.push(4 * stride);
  let keptLevels = 0;
  let reducedLevels = 0;
  for (let axis = 0; axis <= last; axis++) {
    if (axis === inner) continue;
    args.push(sizes[axis]);
    if (axis < kept) {
      args.push(4 * outStrides[axis]);
      keptLevels++;
    } else reducedLevels++;
    for (const view of strides) args.push(4 * view[axis]);
  }
  const form = columns ? 'columns' : 'rows';
  const levels = keptLevels === 0 ? '' : keptLevels;
  const key =
    reduction === undefined ? pattern + levels : `${pattern + levels} ${reduction} ${form} ${reducedLevels}`;
  const compile = (): Kernel => compileFor(rule, pattern, reduction, form, keptLevels, reducedLevels);
  return { kernel: kernelOf(rule, key, compile), args };
};

/** Elements that are reduced in one go; longer reductions combine the results of such blocks. Part of the meaning of a sum. */
const REDUCE_BLOCK: number = 2 ** 20;

/** How a long reduction is cut: along `axis`, in pieces of `step`. */
interface Cut {
  readonly axis: number;
  readonly step: number;
  readonly pieces: number;
}

/** Where to cut a reduction that is longer than a block: along the axis whose steps through memory are longest. */
const cutOf = ({ reduction, sizes, order }: CollapsedLoop): Cut | undefined => {
  if (reduction === undefined) return undefined;
  const total = product(sizes);
  if (total <= REDUCE_BLOCK) return undefined;
  const reach = (axis: number): number => Math.max(...order.map((view) => Math.abs(view[axis])));
  const axis = sizes.reduce((best, size, a) => (size > 1 && reach(a) > reach(best) ? a : best), 0);
  const step = Math.max(1, Math.floor(REDUCE_BLOCK / (total / sizes[axis])));
  return { axis, step, pieces: Math.ceil(sizes[axis] / step) };
};

/** The sizes of the kept axes; at least one, so that the results of pieces are combined column by column. */
const keptOf = ({ sizes, kept }: CollapsedLoop): Sizes => (kept === 0 ? [1] : sizes.slice(0, kept));

/** The reduction of the results [pieces, …kept] of the pieces of `whole`. */
const combinePieces = (whole: CollapsedLoop, pieces: number): CollapsedLoop => {
  const kept = keptOf(whole);
  const strides = [[...contiguousStrides(kept), product(kept)]];
  const outStrides = whole.kept === 0 ? [1] : whole.outStrides;
  const sizes = [...kept, pieces];
  return { ...whole, rule: identity, sizes, strides, order: strides, kept: kept.length, outStrides };
};

/** Gets one block of a loop; its operands are partial results in the scratch memory, or (parts of) the inputs. */
type OnBlockOfLoop = (
  block: CollapsedLoop,
  operands: readonly number[],
  out: number,
  arePartial: boolean,
) => void;

/** Cuts a long reduction into blocks, which together compute it; anything else is one block. `scratch` is the address of room for partial results. */
export const inBlocks = (
  whole: CollapsedLoop,
  operands: readonly number[],
  out: number,
  scratch: number,
  onBlock: OnBlockOfLoop,
  arePartial: boolean = false,
): void => {
  const cut = cutOf(whole);
  if (cut === undefined) return onBlock(whole, operands, out, arePartial);
  const { axis, step, pieces } = cut;
  const { sizes, strides, kept } = whole;
  const isKept = axis < kept;
  const outStrides = isKept ? whole.outStrides : contiguousStrides(keptOf(whole));
  // How far apart the results of pieces lie.
  const stride = 4 * (isKept ? outStrides[axis] * step : product(keptOf(whole)));
  const results = isKept ? out : scratch;
  const room = isKept ? scratch : scratch + pieces * stride;
  for (let piece = 0; piece < pieces; piece++) {
    const start = piece * step;
    const part = { ...whole, sizes: sizes.with(axis, Math.min(step, sizes[axis] - start)), outStrides };
    const moved = operands.map((address, i) => address + 4 * start * strides[i][axis]);
    inBlocks(part, moved, results + piece * stride, room, onBlock, arePartial);
  }
  if (!isKept) inBlocks(combinePieces(whole, pieces), [scratch], out, room, onBlock, true);
};

/** Elements that the partial results of a loop take up at the most. */
export const partialSize = (whole: CollapsedLoop): number => {
  const cut = cutOf(whole);
  if (cut === undefined) return 0;
  const { axis, step, pieces } = cut;
  const inner = partialSize({ ...whole, sizes: whole.sizes.with(axis, step) });
  if (axis < whole.kept) return inner;
  return pieces * product(keptOf(whole)) + inner + partialSize(combinePieces(whole, pieces));
};

let workspace: number | undefined;

/** The calls of a matrix product, given to `emit` in order; what they have completed goes to `onBlock` in between. */
export const matmulLoopCalls = (
  { rows, columns, depth, transposeA, transposeB, offsetsA, offsetsB }: MatmulLoop,
  [a, b]: readonly number[],
  out: number,
  emit: (kernel: Kernel, ...args: number[]) => void,
  onBlock?: OnBlock,
): void => {
  workspace ??= allocate(MATMUL_WORKSPACE);
  for (let i = 0; i < offsetsA.length; i++) {
    matmulCalls(
      { address: a + 4 * offsetsA[i], stride: 4 * (transposeA ? rows : depth), transposed: transposeA },
      { address: b + 4 * offsetsB[i], stride: 4 * (transposeB ? depth : columns), transposed: transposeB },
      out + 4 * i * rows * columns,
      [rows, columns, depth],
      workspace,
      emit,
      onBlock,
    );
  }
};

const bitsKernels = new WeakMap<BitsLoop['assemble'], Kernel>();

export const bitsCall = (
  { assemble, parameters }: BitsLoop,
  inputs: readonly number[],
  out: number,
): Call => {
  let kernel = bitsKernels.get(assemble);
  if (kernel === undefined) bitsKernels.set(assemble, (kernel = instantiate(assemble())));
  return { kernel, args: [out, ...inputs, ...parameters] };
};

/** The calls of a loop, given the addresses of its inputs, of its result and of room for partial results. */
export const callsOf = (
  loop: Exclude<Loop, DirectLoop>,
  inputs: readonly number[],
  out: number,
  scratch: number,
): Call[] => {
  const calls: Call[] = [];
  switch (loop.kind) {
    case 'map':
    case 'reduce': {
      if (product(loop.sizes) === 0) break;
      const operands = loop.operands.map(({ input, offset }) => inputs[input] + 4 * offset);
      inBlocks(collapsed(loop), operands, outOf(loop, out), scratch, (block, places, target) =>
        calls.push(kernelCall(block, places, target)),
      );
      break;
    }
    case 'matmul':
      matmulLoopCalls(loop, inputs, out, (kernel, ...args) => calls.push({ kernel, args }));
      break;
    case 'bits':
      calls.push(bitsCall(loop, inputs, out));
  }
  return calls;
};

/** Where a loop writes its first element, if its result lies at `out`. */
export const outOf = (loop: MapLoop | ReduceLoop, out: number): number =>
  loop.kind === 'map' ? out + 4 * loop.out.offset : out;
