/**
 * Kernels of maps and reductions: out[kept…] = rule(operands[kept…]…), or the same combined over
 * the reduced axes, for any scalar rule, number of loops and access pattern.
 *
 * A reduction has one of two forms. 'columns': the innermost axis is kept, and four columns are
 * computed side by side. 'rows': the innermost axis is reduced; four partial results run side by
 * side and are combined at the end. Maps have the form 'columns'. The order of combination depends
 * on sizes and strides only.
 */
import { FunctionBuilder, type Local, doWhile, when } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import { advance, storeRemaining } from '../wasm/pointers.ts';
import { type Access, type Level, gatherLanes, levelParameters, nest, scatterLanes } from './access.ts';
import type { ScalarRule } from './algebra.ts';
import type { Kernel } from './kernel.ts';
import type { Reduction } from './reductions.ts';
import { vectorAlgebra } from './simd.ts';
import * as f32x4 from '../wasm/instructions/f32x4.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as i32x4 from '../wasm/instructions/i32x4.ts';
import * as v128 from '../wasm/instructions/v128.ts';

export type Form = 'rows' | 'columns';

/** Everything that the code of a kernel depends on. */
export interface KernelSpec {
  readonly rule: ScalarRule;
  /** Absent for maps. */
  readonly reduction: Reduction | undefined;
  readonly form: Form;
  /** How out and each operand move along the innermost axis. */
  readonly accesses: readonly Access[];
  /** Number of loops around the innermost one over kept axes, and over reduced axes. */
  readonly keptLevels: number;
  readonly reducedLevels: number;
}

/**
 * The kernel for `spec`. Its parameters: the addresses of out and of each operand; the number of
 * innermost elements; the stride of each one that is gathered; for each other kept axis, outermost
 * first, its count and the strides of out and of each operand; for each other reduced axis its
 * count and the strides of each operand. All counts are at least 1.
 */
export const elementKernel = ({
  rule,
  reduction,
  form,
  accesses,
  keptLevels,
  reducedLevels,
}: KernelSpec): Kernel => {
  const f = new FunctionBuilder();
  const pointers = f.parameters(accesses.length);
  const count = f.parameter();
  const strides = accesses.map((access) => (access === 'g' ? f.parameter() : undefined));
  const kept = Array.from({ length: keptLevels }, () => levelParameters(f, accesses.length));
  const reduced = Array.from({ length: reducedLevels }, () => levelParameters(f, accesses.length - 1));
  const combiner = combinerOf(f, reduction);
  const walker = walkerOf(f, accesses, strides);
  const evaluate = evaluatorOf(f, rule, accesses, strides, combiner.result);
  const make = form === 'rows' ? rows : columns;
  const body = make(f, count, reduced, combiner, walker, evaluate);
  return {
    name: `${reduction?.name ?? 'map'} ${accesses.join('')}`,
    bytes: f.module(nest(f, kept, pointers, body)),
    pointers: accesses.map(() => 'arena'),
  };
};

const LANES = /* @__PURE__ */ i32x4.const(0, 1, 2, 3);

/** How values are combined; a map only keeps its result. */
interface Combiner {
  readonly result: Local;
  readonly isMap: boolean;
  readonly start: Code;
  /** Combines the result, or those of its lanes that a mask selects, with the accumulators. */
  accumulate(mask?: Code): Code;
  /** Sets the result to what the accumulators hold: for each lane, or in all. */
  readonly finishLanes: Code;
  readonly finishAll: Code;
}

const combinerOf = (f: FunctionBuilder, reduction: Reduction | undefined): Combiner => {
  const accumulators = f.vectors(reduction?.accumulators ?? 0);
  const result = f.vector();
  if (reduction === undefined)
    return { result, isMap: true, start: [], accumulate: () => [], finishLanes: [], finishAll: [] };
  const identity = f32x4.const(reduction.identity);
  return {
    result,
    isMap: false,
    start: accumulators.map((accumulator) => accumulator.set(reduction.start)),
    accumulate: (mask) => [
      mask === undefined ? [] : result.set(v128.select(result.get, identity, mask)),
      reduction.step(accumulators, result.get),
    ],
    finishLanes: result.set(reduction.finishLanes(accumulators)),
    finishAll: result.set(reduction.finishAll(accumulators)),
  };
};

/** How pointers move along the innermost axis. */
interface Walker {
  /** Innermost elements that are left to do. */
  readonly remaining: Local;
  /** Whether any access is gathered: then the last elements are done one by one. */
  readonly gathers: boolean;
  /** Whether an operand is the same element throughout. */
  isSplat(operand: number): boolean;
  readonly hasFour: Code;
  /** Moves pointers along the innermost axis; the first one is number `first`. */
  move(pointers: readonly Local[], first: number, elements: number): Code;
  /** Stores the result at `out`: four elements, or a single one. */
  store(out: Local, result: Local, single: boolean): Code;
}

const walkerOf = (
  f: FunctionBuilder,
  accesses: readonly Access[],
  strides: readonly (Local | undefined)[],
): Walker => {
  const remaining = f.int();
  const gathers = accesses.includes('g');
  return {
    remaining,
    gathers,
    isSplat: (operand) => accesses[operand + 1] === 's',
    hasFour: i32.less(i32.const(3), remaining.get),
    move: (pointers, first, elements) => [
      pointers.map((pointer, i) => {
        const stride = strides[first + i];
        if (stride !== undefined) return advance(pointer, i32.mul(stride.get, i32.const(elements)));
        return accesses[first + i] === 's' ? [] : advance(pointer, i32.const(4 * elements));
      }),
      remaining.set(i32.sub(remaining.get, i32.const(elements))),
    ],
    store: (out, result, single) => {
      if (single) return v128.store32Lane(out.get, result.get, 0);
      const [stride] = strides;
      if (stride !== undefined) return scatterLanes(f, out, stride, result);
      return gathers ? v128.store(out.get, result.get) : storeRemaining(out, result.get, remaining);
    },
  };
};

/**
 * Sets the result to the rule of four elements of each operand, or of a single one in all lanes.
 * Operands with a local in `splats` are loaded already.
 */
type Evaluate = (
  operands: readonly Local[],
  single: boolean,
  splats?: readonly (Local | undefined)[],
) => Code;

const evaluatorOf =
  (
    f: FunctionBuilder,
    rule: ScalarRule,
    accesses: readonly Access[],
    strides: readonly (Local | undefined)[],
    result: Local,
  ): Evaluate =>
  (operands, single, splats = []) => {
    const algebra = vectorAlgebra(f);
    const loaded = operands.map((_, i) => splats[i] ?? f.vector());
    const load = (pointer: Local, i: number): Code => {
      const stride = strides[i + 1];
      if (single || accesses[i + 1] === 's') return v128.load32Splat(pointer.get);
      return stride === undefined ? v128.load(pointer.get) : gatherLanes(f, pointer, stride);
    };
    const value = rule<Code, Code>(algebra, ...loaded.map((local) => local.get));
    return [
      operands.map((pointer, i) => (splats[i] === undefined ? loaded[i].set(load(pointer, i)) : [])),
      algebra.statements,
      result.set(value),
    ];
  };

/** The body of a form: code for the pointers of out and of the operands. */
type Body = (pointers: readonly Local[]) => Code;

/** Runs `then` on copies of pointers, which it can move. */
const withCopies = (f: FunctionBuilder, pointers: readonly Local[], then: Body): Code => {
  const copies = f.ints(pointers.length);
  return [copies.map((copy, i) => copy.set(pointers[i].get)), then(copies)];
};

/** Reduces along the innermost axis, and stores one number. */
const rows =
  (
    f: FunctionBuilder,
    count: Local,
    reduced: readonly Level[],
    { result, start, accumulate, finishAll }: Combiner,
    { remaining, gathers, hasFour, move }: Walker,
    evaluate: Evaluate,
  ): Body =>
  ([out, ...operands]) => {
    const lane = f.int();
    /** The last elements of a gathered row: element i goes to lane i. */
    const lastLanes = (own: readonly Local[]): Code => [
      lane.set(i32.const(0)),
      doWhile(
        [
          evaluate(own, true),
          accumulate(i32x4.equal(LANES, i32x4.splat(lane.get))),
          move(own, 1, 1),
          lane.set(i32.add(lane.get, i32.const(1))),
        ],
        remaining.get,
      ),
    ];
    const oneRow = (own: readonly Local[]): Code => [
      remaining.set(count.get),
      when(hasFour, doWhile([evaluate(own, false), accumulate(), move(own, 1, 4)], hasFour)),
      when(
        remaining.get,
        gathers
          ? lastLanes(own)
          : [evaluate(own, false), accumulate(i32x4.less(LANES, i32x4.splat(remaining.get)))],
      ),
    ];
    return [
      start,
      nest(f, reduced, operands, (pointers) => withCopies(f, pointers, oneRow)),
      finishAll,
      v128.store32Lane(out.get, result.get, 0),
    ];
  };

/** Computes the elements along the innermost axis, four at a time. */
const columns =
  (
    f: FunctionBuilder,
    count: Local,
    reduced: readonly Level[],
    { result, isMap, start, accumulate, finishLanes }: Combiner,
    { remaining, gathers, isSplat, hasFour, move, store }: Walker,
    evaluate: Evaluate,
  ): Body =>
  (pointers) =>
    withCopies(f, pointers, (own) => {
      const [out, ...operands] = own;
      // A map loads repeated operands once.
      const splats = operands.map((_, i) => (isMap && isSplat(i) ? f.vector() : undefined));
      const step = (single: boolean): Code => [
        start,
        nest(f, reduced, operands, (current) => [evaluate(current, single, splats), accumulate()]),
        finishLanes,
        store(out, result, single),
        move(own, 0, single ? 1 : 4),
      ];
      return [
        splats.map((splat, i) => splat?.set(v128.load32Splat(operands[i].get)) ?? []),
        remaining.set(count.get),
        gathers
          ? [
              when(hasFour, doWhile(step(false), hasFour)),
              when(remaining.get, doWhile(step(true), remaining.get)),
            ]
          : doWhile(step(false), i32.less(i32.const(0), remaining.get)),
      ];
    });
