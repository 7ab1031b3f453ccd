/**
 * What a kernel does, as data: loops over a shape, with the place of each operand's elements given by an offset and strides.
 *
 * An op says which loops compute it; execute.ts runs them as WebAssembly kernels, float64.ts as a reference in double precision.
 * All offsets and strides here count elements.
 */
import type { Kernel } from '../kernels/kernel.ts';
import type { ScalarRule } from '../kernels/algebra.ts';
import type { Reduction } from '../kernels/reductions.ts';

/** Where the elements of an operand lie: element [i, j, …] at offset + i·strides[0] + j·strides[1] + … */
export interface View {
  readonly offset: number;
  readonly strides: readonly number[];
}

export const viewStrides = ({ strides }: View): readonly number[] => strides;

/** The operand `input`, seen through a view of the loop's shape. */
export interface OperandView extends View {
  readonly input: number;
}

/** What maps and reductions have in common: a function of the operands' elements. */
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
 * out[kept…] = reduction over the last `reducedAxes` axes, where the strides of out are 0, of rule(operands[kept…, reduced…]…). The order in which elements are combined follows
 * from the sizes and the operands' strides.
 */
export interface ReduceLoop extends ElementLoopBase {
  readonly kind: 'reduce';
  readonly reduction: Reduction;
  readonly reducedAxes: number;
  /** The strides that decide the order, where other loops were merged into this one: those of the operands before. */
  readonly order?: readonly (readonly number[])[];
}

export type ElementLoop = MapLoop | ReduceLoop;

/** For every matrix b of the batch: out[b] = A[offsetsA[b]] · B[offsetsB[b]]; the inputs are 0 and 1, out is contiguous. */
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

/** Elements of an operand or a result. */
export type Values = Float32Array | Float64Array;

/**
 * A function of the arrays themselves, wherever they lie: for loops that carry something from one element to the next, or that only move elements. It is its own
 * reference, in the precision of the arrays.
 */
export interface DirectLoop {
  readonly kind: 'direct';
  readonly compute: (out: Values, ...inputs: readonly Values[]) => void;
  /** Whether it checks elements, and throws for bad ones. */
  readonly mayFail: boolean;
}

/** A kernel on the bits of its operands: called with the addresses of out and the inputs, and with `parameters`. */
export interface BitsLoop {
  readonly kind: 'bits';
  readonly kernel: () => Kernel;
  readonly parameters: readonly number[];
}

/** A loop that kernels compute. */
export type KernelLoop = ElementLoop | MatmulLoop | BitsLoop;

export type Loop = KernelLoop | DirectLoop;

export interface CollapsedLoop {
  readonly sizes: number[];
  /** For each view given, its strides along the collapsed axes. */
  readonly strides: number[][];
}

/**
 * Merges neighbouring axes that all views walk as one, and drops axes of size 1, so that loops are few and long. Axes from
 * `barrier` on are not merged with those before it.
 */
export const collapse = (
  sizes: readonly number[],
  views: readonly (readonly number[])[],
  barrier: number = sizes.length,
): CollapsedLoop & { readonly barrier: number } => {
  const merged: number[] = [];
  const strides: number[][] = views.map(() => []);
  let mergedBarrier = 0;
  let mayMerge = false;
  for (let axis = 0; axis < sizes.length; axis++) {
    if (axis === barrier) mayMerge = false;
    const size = sizes[axis];
    if (size !== 1) {
      const last = merged.length - 1;
      const fits = mayMerge && views.every((view, v) => strides[v][last] === view[axis] * size);
      if (fits) merged[last] = merged[last] * size;
      else merged.push(size);
      views.forEach((view, v) => {
        strides[v][merged.length - 1] = view[axis];
      });
      mayMerge = true;
    }
    if (axis < barrier) mergedBarrier = merged.length;
  }
  return { sizes: merged, strides, barrier: mergedBarrier };
};
