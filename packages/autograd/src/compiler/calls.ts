/** From loops and the addresses of their operands to kernels and their arguments: the same calls for ops that are computed at once and for compiled functions. */
import { type Call, MATMUL_WORKSPACE, matmulCalls, type OnBlock } from '../wasm/matmul.ts';
import { allocate, type Kernel } from '../wasm/runtime.ts';
import { type Access, accessOf } from './access.ts';
import type { ScalarRule } from './algebra.ts';
import {
  collapse,
  contiguousStrides,
  type DirectLoop,
  type Loop,
  type MapLoop,
  type MatmulLoop,
  product,
  type ReduceLoop,
  viewStrides,
} from './loops.ts';
import { compileKernel, type Form } from './kernel.ts';
import type { Reduction } from './reductions.ts';

type Strides = readonly number[];

const kernels = new WeakMap<ScalarRule, Map<string, Kernel>>();

/** The kernel for a rule; `pattern` holds the access of out and of each operand. Without more it is that of a map over one axis. */
export const kernelFor = (
  rule: ScalarRule,
  pattern: string,
  keptLevels: number = 0,
  reduction?: Reduction,
  form: Form = 'columns',
  reducedLevels: number = 0,
): Kernel => {
  let ofRule = kernels.get(rule);
  if (ofRule === undefined) kernels.set(rule, (ofRule = new Map()));
  const map = keptLevels === 0 ? pattern : pattern + keptLevels;
  const key = reduction === undefined ? map : `${map} ${reduction.name} ${form} ${reducedLevels}`;
  let kernel = ofRule.get(key);
  if (kernel === undefined) {
    kernel = compileKernel(rule, reduction, form, [...pattern] as Access[], keptLevels, reducedLevels);
    ofRule.set(key, kernel);
  }
  return kernel;
};

/** A map or a reduction over collapsed axes, of which the first `kept` are kept. */
interface CollapsedLoop {
  readonly rule: ScalarRule;
  /** Absent for a map. */
  readonly reduction: Reduction | undefined;
  readonly sizes: readonly number[];
  /** Of each operand. */
  readonly strides: readonly Strides[];
  /** The strides that decide the order of combination: those of the operands, before any ops were merged into the reduction. */
  readonly order: readonly Strides[];
  readonly kept: number;
  /** Of the kept axes. */
  readonly outStrides: Strides;
}

const collapsed = (loop: MapLoop | ReduceLoop): CollapsedLoop => {
  const { rule, operands } = loop;
  const views = operands.map(viewStrides);
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

const kernelCall = (
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
  return { kernel: kernelFor(rule, pattern, keptLevels, reduction, form, reducedLevels), args };
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

/** The calls of a loop, given the addresses of its inputs and of its result. */
export const callsOf = (
  loop: Exclude<Loop, DirectLoop>,
  inputs: readonly number[],
  out: number,
): readonly Call[] => {
  switch (loop.kind) {
    case 'map':
    case 'reduce': {
      if (product(loop.sizes) === 0) return [];
      const operands = loop.operands.map(({ input, offset }) => inputs[input] + 4 * offset);
      return [kernelCall(collapsed(loop), operands, loop.kind === 'map' ? out + 4 * loop.out.offset : out)];
    }
    case 'matmul': {
      const calls: Call[] = [];
      matmulLoopCalls(loop, inputs, out, (kernel, ...args) => calls.push({ kernel, args }));
      return calls;
    }
    case 'bits':
      return [{ kernel: loop.kernel(), args: [out, ...inputs, ...loop.parameters] }];
  }
};
