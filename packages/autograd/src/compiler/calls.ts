/** From loops over collapsed axes and the addresses of their operands to kernels and their arguments. */
import type { Call } from '../wasm/matmul.ts';
import type { Kernel } from '../wasm/runtime.ts';
import { type Access, accessOf } from './access.ts';
import type { ScalarRule } from './algebra.ts';
import { compileMap } from './map.ts';
import { compileReduce, type ReductionName } from './reduce.ts';

export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

type Strides = readonly number[];

const kernelCache = (): ((rule: ScalarRule, key: string, compile: () => Kernel) => Kernel) => {
  const kernels = new WeakMap<ScalarRule, Map<string, Kernel>>();
  return (rule, key, compile) => {
    let ofRule = kernels.get(rule);
    if (ofRule === undefined) kernels.set(rule, (ofRule = new Map()));
    let kernel = ofRule.get(key);
    if (kernel === undefined) ofRule.set(key, (kernel = compile()));
    return kernel;
  };
};

const mapKernels = kernelCache();

/** The kernel of a map over one axis; `pattern` holds the access of each operand and of out. */
export const flatMapKernel = (rule: ScalarRule, pattern: string): Kernel =>
  mapKernels(rule, pattern, () => compileMap(rule, [...pattern] as Access[], 1));

/** A map over collapsed axes: the strides are those of each operand, then of out. */
export interface CollapsedMap {
  readonly rule: ScalarRule;
  readonly sizes: readonly number[];
  readonly strides: readonly Strides[];
}

export const mapCall = (
  { rule, sizes, strides }: CollapsedMap,
  operands: readonly number[],
  out: number,
): Call => {
  const rank = sizes.length;
  const inner = Math.max(rank - 1, 0);
  const innerStrides = strides.map((view) => (rank === 0 ? 1 : view[inner]));
  const pattern = innerStrides.map(accessOf).join('');
  const args = [out, ...operands, rank === 0 ? 1 : sizes[inner]];
  for (const stride of innerStrides) if (accessOf(stride) === 'g') args.push(4 * stride);
  for (let axis = 0; axis < inner; axis++) {
    args.push(sizes[axis], 4 * strides[operands.length][axis]);
    for (let i = 0; i < operands.length; i++) args.push(4 * strides[i][axis]);
  }
  const kernel =
    rank <= 1
      ? flatMapKernel(rule, pattern)
      : mapKernels(rule, pattern + rank, () => compileMap(rule, [...pattern] as Access[], rank));
  return { kernel, args };
};

/** A reduction over collapsed axes, of which the first `kept` are kept. */
export interface CollapsedReduction {
  readonly rule: ScalarRule;
  readonly reduction: ReductionName;
  readonly sizes: readonly number[];
  /** Of each operand. */
  readonly strides: readonly Strides[];
  /** The strides that decide the order of combination: those of the operands, before any ops were merged into the reduction. */
  readonly order: readonly Strides[];
  readonly kept: number;
}

const reduceKernels = kernelCache();

/** `outStrides` are those of the kept axes. */
export const reduceCall = (
  { rule, reduction, sizes, strides, order, kept }: CollapsedReduction,
  outStrides: Strides,
  operands: readonly number[],
  out: number,
): Call => {
  const last = sizes.length - 1;
  const isUnit = (axis: number): boolean => order.every((view) => Math.abs(view[axis]) <= 1);
  // Four columns side by side, unless a reduced axis is the one whose elements are neighbours.
  const columns = kept > 0 && (kept > last || isUnit(kept - 1) || !isUnit(last));
  const inner = columns ? kept - 1 : last;
  const innerStrides = strides.map((view) => (inner < 0 ? 1 : view[inner]));
  const pattern = innerStrides.map(accessOf).join('');
  const args = [out, ...operands, inner < 0 ? 1 : sizes[inner]];
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
  const key = `${reduction} ${form} ${pattern} ${keptLevels} ${reducedLevels}`;
  const kernel = reduceKernels(rule, key, () =>
    compileReduce(rule, reduction, form, [...pattern] as Access[], keptLevels, reducedLevels),
  );
  return { kernel, args };
};

/** Elements that are reduced in one go; longer reductions combine the results of such blocks. Part of the meaning of a sum. */
const REDUCE_BLOCK: number = 2 ** 20;

/** How a long reduction is cut: along `axis`, in pieces of `step`. */
export interface Cut {
  readonly axis: number;
  readonly step: number;
  readonly pieces: number;
}

/** Where to cut a reduction that is longer than a block: along the axis whose steps through memory are longest. */
export const cutOf = ({ sizes, order }: Pick<CollapsedReduction, 'sizes' | 'order'>): Cut | undefined => {
  const total = product(sizes);
  if (total <= REDUCE_BLOCK) return undefined;
  const reach = (axis: number): number => Math.max(...order.map((view) => Math.abs(view[axis])));
  const axis = sizes.reduce((best, size, a) => (size > 1 && reach(a) > reach(best) ? a : best), 0);
  const step = Math.max(1, Math.floor(REDUCE_BLOCK / (total / sizes[axis])));
  return { axis, step, pieces: Math.ceil(sizes[axis] / step) };
};
