/** From loops and the addresses of their operands to kernels and their arguments: the same calls for ops that are computed at once and for compiled functions. */
import { sizeOf } from '../base/shape.ts';
import { type Call, MATMUL_WORKSPACE, matmulCalls, type OnBlock } from '../kernels/matmul.ts';
import { allocate, type Kernel } from '../runtime/memory.ts';
import { type Access, accessOf } from '../kernels/access.ts';
import type { ScalarRule } from '../kernels/algebra.ts';
import {
  collapse,
  type DirectLoop,
  type ElementLoop,
  type Loop,
  type MatmulLoop,
  viewStrides,
} from './loops.ts';
import { compileKernel, type Form } from '../kernels/element-kernel.ts';
import type { Reduction } from '../kernels/reductions.ts';

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

/** What a map has in the place of a reduction. */
const MAP = { reduction: undefined, reducedAxes: 0, order: [] };

/** The call of a map or a reduction: its axes merged into few, and what is walked how along the innermost one. */
const elementCall = (loop: ElementLoop, inputs: readonly number[], result: number): Call => {
  const { rule, operands, out } = loop;
  const { reduction, reducedAxes, order = [] } = loop.kind === 'reduce' ? loop : MAP;
  const given = [out, ...operands].map(viewStrides);
  const collapsed = collapse(loop.sizes, [...given, ...order], loop.sizes.length - reducedAxes);
  const { sizes, barrier: kept } = collapsed;
  const last = sizes.length - 1;
  const views = collapsed.strides.slice(0, given.length);
  // Those of the operands, before any ops were merged into the reduction.
  const deciding = collapsed.strides.slice(order.length === 0 ? 1 : given.length);
  const isUnit = (axis: number): boolean => deciding.every((view) => Math.abs(view[axis]) <= 1);
  // Four columns side by side, unless a reduced axis is the one whose elements are neighbours.
  const columns = kept > last || (kept > 0 && (isUnit(kept - 1) || !isUnit(last)));
  const inner = columns ? kept - 1 : last;
  const innerStrides = views.map((view) => view[inner] ?? 1);
  const pattern = innerStrides.map(accessOf).join('');
  const args = [
    result + 4 * out.offset,
    ...operands.map(({ input, offset }) => inputs[input] + 4 * offset),
    sizes[inner] ?? 1,
  ];
  for (const stride of innerStrides) if (accessOf(stride) === 'g') args.push(4 * stride);
  sizes.forEach((size, axis) => {
    if (axis === inner) return;
    args.push(size);
    for (const view of axis < kept ? views : views.slice(1)) args.push(4 * view[axis]);
  });
  const form = columns ? 'columns' : 'rows';
  const keptLevels = columns ? Math.max(0, kept - 1) : kept;
  const reducedLevels = sizes.length - kept - (columns ? 0 : 1);
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
      { address: a + 4 * offsetsA[i], stride: 4 * (transposeA ? rows : depth), lengthwise: !transposeA },
      { address: b + 4 * offsetsB[i], stride: 4 * (transposeB ? depth : columns), lengthwise: transposeB },
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
    case 'reduce':
      return sizeOf(loop.sizes) === 0 ? [] : [elementCall(loop, inputs, out)];
    case 'matmul': {
      const calls: Call[] = [];
      matmulLoopCalls(loop, inputs, out, (kernel, ...args) => calls.push({ kernel, args }));
      return calls;
    }
    case 'bits':
      return [{ kernel: loop.kernel(), args: [out, ...inputs, ...loop.parameters] }];
  }
};
