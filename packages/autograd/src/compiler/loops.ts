/**
 * Loops over a shape: what kernels compute, as data.
 *
 * An offset and strides locate the elements of each operand. All offsets and strides here count
 * elements. An op returns the loops that compute it; execute.ts runs them as WebAssembly kernels,
 * and reference/float64.ts as a reference in double precision.
 */
import type { Kernel } from '../kernels/kernel.ts';
import type { ScalarRule } from '../kernels/algebra.ts';
import type { Reduction } from '../kernels/reductions.ts';

/**
 * Locates the elements of an operand.
 *
 * Element [i, j, …] is at offset + i·strides[0] + j·strides[1] + …
 */
export interface View {
  readonly offset: number;
  readonly strides: readonly number[];
}

export const viewStrides = ({ strides }: View): readonly number[] => strides;

/** Input number `input`, through a view whose axes are those of the loop. */
export interface OperandView extends View {
  readonly input: number;
}

/** The fields that maps and reductions share: a function of the operands' elements. */
interface ElementLoopBase {
  readonly rule: ScalarRule;
  readonly sizes: readonly number[];
  readonly operands: readonly OperandView[];
  readonly out: View;
}

/** out[i…] = rule(operands[i…]…) */
export interface MapLoop extends ElementLoopBase {
  readonly kind: 'map';
}

/**
 * out[kept…] = reduction of rule(operands[kept…, reduced…]…) over the last `reducedAxes` axes.
 *
 * The strides of out are 0 along the reduced axes, unless `isRunning`. The sizes and the strides of
 * the operands determine the order in which elements are combined.
 */
export interface ReduceLoop extends ElementLoopBase {
  readonly kind: 'reduce';
  readonly reduction: Reduction;
  readonly reducedAxes: number;
  /**
   * Whether out has the result after each element, as for running sums. Then the strides of out are
   * not 0 along the reduced axes. Default false.
   */
  readonly isRunning?: boolean;
  /**
   * The strides that determine the order if other loops were merged into this one.
   *
   * They are the strides of the operands before merging.
   */
  readonly order?: readonly (readonly number[])[];
}

export type ElementLoop = MapLoop | ReduceLoop;

/**
 * For every matrix b of the batch: out[b] = A[offsetsA[b]] · B[offsetsB[b]].
 *
 * Input 0 holds the matrices A, input 1 the matrices B. The result is contiguous.
 */
export interface MatmulLoop {
  readonly kind: 'matmul';
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly offsetsA: readonly number[];
  readonly offsetsB: readonly number[];
}

/** The elements of an operand or a result. */
export type Values = Float32Array | Float64Array;

/** A program that a loop runs, such as the body of a scan. */
export interface LoopBody {
  /** The bytes that it takes in memory. */
  readonly bytes: number;
  /** Links it. It stays linked until `unlink` was called as often as `link`. */
  link(): void;
  unlink(): void;
  toString(): string;
}

/** The examples of a batch. */
export interface Batch {
  readonly count: number;
  /**
   * For each input, the distance in elements between consecutive examples; 0 if all examples share
   * the input.
   */
  readonly inputSteps: readonly number[];
  /** The number of elements in the result of one example. */
  readonly outStep: number;
}

/**
 * A function of whole arrays.
 *
 * It serves loops that carry a value from one element to the next, and loops that only move
 * elements. It is its own reference, in the precision of the arrays.
 */
export interface DirectLoop {
  readonly kind: 'direct';
  /** The programs that it runs, which have to be in memory; none by default. */
  readonly bodies?: readonly LoopBody[];
  readonly compute: (out: Values, ...inputs: readonly Values[]) => void;
  /** Whether it checks elements, and throws for invalid ones. */
  readonly mayFail: boolean;
  /**
   * The index of the input that out starts as a copy of; none by default.
   *
   * The two can be in the same memory. `compute` then writes in place, after all checks.
   */
  readonly startsFrom?: number;
  /**
   * Returns a loop for all examples of a batch, if one is faster than a call of `compute` for each.
   */
  readonly forBatch?: (batch: Batch) => DirectLoop | undefined;
  /** Describes the programs that it runs, for printing. */
  readonly describe?: () => string;
}

/**
 * A kernel on the bits of its operands.
 *
 * Its arguments are the addresses of out and of the inputs, `parameters`, and `count`.
 */
export interface BitsLoop {
  readonly kind: 'bits';
  readonly kernel: () => Kernel;
  readonly parameters: readonly number[];
  /** How many results a call has. */
  readonly count: number;
  /** How much each argument before `count` grows from one result to the next. */
  readonly steps: readonly number[];
  /**
   * Calls the kernel several times: the first list has the offset of out for each call, and each
   * further list has the offsets of one input, in elements. Default: one call, with offset 0 for
   * all.
   */
  readonly offsets?: readonly (readonly number[])[];
}

/** A loop that a kernel computes. */
export type KernelLoop = ElementLoop | MatmulLoop | BitsLoop;

export type Loop = KernelLoop | DirectLoop;

export interface CollapsedLoop {
  readonly sizes: number[];
  /** The strides along the collapsed axes, for each view. */
  readonly strides: number[][];
}

/**
 * Merges neighbouring axes that all views traverse as one, and drops axes of size 1.
 *
 * Loops become few and long. Axes from `barrier` on are not merged with those before it.
 */
export const collapse = (
  sizes: readonly number[],
  views: readonly (readonly number[])[],
  barrier: number = sizes.length,
): CollapsedLoop & { readonly barrier: number } => {
  const merged: number[] = [];
  const strides: number[][] = views.map(() => []);
  let mergedBarrier = 0;
  let canMerge = false;
  for (let axis = 0; axis < sizes.length; axis++) {
    if (axis === barrier) canMerge = false;
    const size = sizes[axis];
    if (size !== 1) {
      const last = merged.length - 1;
      const fits = canMerge && views.every((view, v) => strides[v][last] === view[axis] * size);
      if (fits) merged[last] = merged[last] * size;
      else merged.push(size);
      views.forEach((view, v) => {
        strides[v][merged.length - 1] = view[axis];
      });
      canMerge = true;
    }
    if (axis < barrier) mergedBarrier = merged.length;
  }
  return { sizes: merged, strides, barrier: mergedBarrier };
};

/** The axes of a map or a reduction, merged as far as its views and its order allow. */
export interface Traversal {
  readonly sizes: readonly number[];
  /** The strides of out and of each operand. */
  readonly views: readonly (readonly number[])[];
  /** The number of axes that are not reduced. */
  readonly kept: number;
  /**
   * Whether the kernel computes four columns at once, instead of splitting each row into four
   * lanes.
   */
  readonly isColumns: boolean;
}

/** The fields that only reductions have, with their values for a map. */
const MAP_FIELDS = { reducedAxes: 0, order: [], reduction: undefined, isRunning: false };

/** Decides how a loop is traversed. */
export const traverse = (loop: ElementLoop): Traversal => {
  const {
    reducedAxes,
    order = [],
    reduction,
    isRunning = false,
  } = loop.kind === 'reduce' ? loop : MAP_FIELDS;
  const own = [loop.out, ...loop.operands].map(viewStrides);
  const {
    sizes,
    strides,
    barrier: kept,
  } = collapse(loop.sizes, [...own, ...order], loop.sizes.length - reducedAxes);
  const last = sizes.length - 1;
  // The strides of the operands before other ops were merged into the reduction.
  const orderStrides = strides.slice(order.length === 0 ? 1 : own.length);
  const isUnit = (axis: number): boolean => orderStrides.every((view) => Math.abs(view[axis]) <= 1);
  const isInOrder = isRunning || (reduction !== undefined && reduction.finishAll === undefined);
  // Compute columns, unless neighbouring elements lie along a reduced axis.
  const isColumns = isInOrder || kept > last || (kept > 0 && (isUnit(kept - 1) || !isUnit(last)));
  return { sizes, views: strides.slice(0, own.length), kept, isColumns };
};

/**
 * Describes the order in which a reduction combines elements.
 *
 * Columns combine one element after another. Along rows, element i of each innermost run goes to
 * lane i modulo 4: the length of the run matters only if it is not a multiple of 4.
 */
export const describeOrder = (loop: ReduceLoop): string => {
  const { sizes, isColumns } = traverse(loop);
  if (isColumns) return 'columns';
  const run = sizes.at(-1) ?? 1;
  return run % 4 === 0 ? 'rows' : `rows of ${run}`;
};
