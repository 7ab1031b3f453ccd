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
  type ReduceLoop,
} from './loops.ts';
import { compileKernel, type Form } from './kernel.ts';
import type { ReductionName } from './reductions.ts';

export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

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
}

/** `outStrides` are those of the kept axes. */
export const kernelCall = (
  { rule, reduction, sizes, strides, order, kept }: CollapsedLoop,
  outStrides: Strides,
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
  if (reduction === undefined && keptLevels === 0) return { kernel: flatKernel(rule, pattern), args };
  const form = columns ? 'columns' : 'rows';
  const key = `${pattern} ${reduction} ${form} ${keptLevels} ${reducedLevels}`;
  const compile = (): Kernel => compileFor(rule, pattern, reduction, form, keptLevels, reducedLevels);
  return { kernel: kernelOf(rule, key, compile), args };
};

/** A loop's axes collapsed, for the loop itself and for those whose order of combination it keeps. */
export const collapsedReduction = (loop: ReduceLoop): CollapsedLoop => {
  const { rule, reduction, operands, order = operands.map(({ strides }) => strides) } = loop;
  const views = [...operands.map(({ strides }) => strides), ...order];
  const { sizes, strides, barrier } = collapse(loop.sizes, views, loop.sizes.length - loop.reducedAxes);
  return {
    rule,
    reduction,
    sizes,
    strides: strides.slice(0, operands.length),
    order: strides.slice(operands.length),
    kept: barrier,
  };
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
const cutOf = ({ sizes, order }: CollapsedLoop): Cut | undefined => {
  const total = product(sizes);
  if (total <= REDUCE_BLOCK) return undefined;
  const reach = (axis: number): number => Math.max(...order.map((view) => Math.abs(view[axis])));
  const axis = sizes.reduce((best, size, a) => (size > 1 && reach(a) > reach(best) ? a : best), 0);
  const step = Math.max(1, Math.floor(REDUCE_BLOCK / (total / sizes[axis])));
  return { axis, step, pieces: Math.ceil(sizes[axis] / step) };
};

/** The reduction of the results [pieces, size] of the pieces of `whole`. */
const combinePieces = ({ reduction }: CollapsedLoop, size: number, pieces: number): CollapsedLoop => {
  const strides = [[1, size]];
  return { rule: identity, reduction, sizes: [size, pieces], strides, order: strides, kept: 1 };
};

/** Runs one block of a reduction: out has `outStrides`; the operands are partial results in the scratch memory, or (parts of) the inputs. */
type OnReduction = (
  block: CollapsedLoop,
  outStrides: Strides,
  operands: readonly number[],
  out: number,
  arePartial: boolean,
) => void;

/** Cuts a reduction into blocks, which together compute it. `scratch` is the address of room for partial results. */
export const reduceInBlocks = (
  whole: CollapsedLoop,
  operands: readonly number[],
  out: number,
  scratch: number,
  onBlock: OnReduction,
  outStrides: Strides = contiguousStrides(whole.sizes.slice(0, whole.kept)),
  arePartial: boolean = false,
): void => {
  const cut = cutOf(whole);
  if (cut === undefined) return onBlock(whole, outStrides, operands, out, arePartial);
  const { axis, step, pieces } = cut;
  const { sizes, strides, kept } = whole;
  const size = product(sizes.slice(0, kept));
  const isKept = axis < kept;
  const afterPartials = isKept ? scratch : scratch + 4 * pieces * size;
  for (let piece = 0; piece < pieces; piece++) {
    const start = piece * step;
    const part = { ...whole, sizes: sizes.with(axis, Math.min(step, sizes[axis] - start)) };
    const moved = operands.map((address, i) => address + 4 * start * strides[i][axis]);
    const target = isKept ? out + 4 * start * outStrides[axis] : scratch + 4 * piece * size;
    const targetStrides = isKept ? outStrides : undefined;
    reduceInBlocks(part, moved, target, afterPartials, onBlock, targetStrides, arePartial);
  }
  if (!isKept) {
    const combined = combinePieces(whole, size, pieces);
    reduceInBlocks(combined, [scratch], out, afterPartials, onBlock, outStrides, true);
  }
};

/** Elements that the partial results of a reduction take up at the most. */
export const partialSize = (whole: CollapsedLoop): number => {
  const cut = cutOf(whole);
  if (cut === undefined) return 0;
  const { axis, step, pieces } = cut;
  const inner = partialSize({ ...whole, sizes: whole.sizes.with(axis, step) });
  if (axis < whole.kept) return inner;
  const size = product(whole.sizes.slice(0, whole.kept));
  return pieces * size + inner + partialSize(combinePieces(whole, size, pieces));
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

/** The call of a map that is not empty, given the addresses of its inputs and of its result. */
export const mapLoopCall = (loop: MapLoop, inputs: readonly number[], out: number): Call => {
  const { rule, operands } = loop;
  const views = [loop.out, ...operands].map((view) => view.strides);
  const {
    sizes,
    strides: [outStrides, ...strides],
  } = collapse(loop.sizes, views);
  const addresses = operands.map(({ input, offset }) => inputs[input] + 4 * offset);
  const whole = { rule, reduction: undefined, sizes, strides, order: strides, kept: sizes.length };
  return kernelCall(whole, outStrides, addresses, out + 4 * loop.out.offset);
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
      if (product(loop.sizes) > 0) calls.push(mapLoopCall(loop, inputs, out));
      break;
    case 'reduce': {
      const operands = loop.operands.map(({ input, offset }) => inputs[input] + 4 * offset);
      reduceInBlocks(collapsedReduction(loop), operands, out, scratch, (block, strides, addresses, target) =>
        calls.push(kernelCall(block, strides, addresses, target)),
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
