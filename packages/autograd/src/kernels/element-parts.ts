/** What the kernels of maps and reductions are made of: see element-kernel.ts. */
import { type FunctionBuilder, type Local, flatten } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import { advance } from '../wasm/pointers.ts';
import { type Access, gatherLanes } from './access.ts';
import type { ScalarRule } from './algebra.ts';
import type { Reduction } from './reductions.ts';
import { vectorAlgebra } from './simd.ts';
import * as f32x4 from '../wasm/instructions/f32x4.ts';
import * as i32 from '../wasm/instructions/i32.ts';
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
  /** Whether a reduction stores its result after each element, as running sums do. */
  readonly isRunning: boolean;
  /** How many vectors of four elements are computed side by side at most, if there are as many. */
  readonly width: number;
  /**
   * Whether a reduction starts with accumulators from memory, and stores them for the next call.
   * Many calls can then reduce the parts of one row.
   */
  readonly carries?: boolean;
}

/** Code for the pointers of out and of the operands, or of the operands alone. */
export type Body = (pointers: readonly Local[]) => Code;

/** What the code of both forms is made of. */
export interface Parts {
  readonly f: FunctionBuilder;
  /** The innermost stride of out and of each operand; undefined unless gathered. */
  readonly strides: readonly (Local | undefined)[];
  readonly accumulators: readonly Local[];
  readonly result: Local;
  /** The number of innermost elements that are left to do. */
  readonly remaining: Local;
  /** Sets `remaining` to the count. */
  readonly begin: Code;
  /** Whether at least four elements remain. */
  readonly hasFour: Code;
  /**
   * Resets the accumulators, or `all` of them, and runs `body` for each element of the other
   * reduced axes, with pointers that move along them.
   */
  overReduced(moved: readonly Local[], body: Body, all?: readonly Local[]): Code;
}

/** Moves pointers along the innermost axis; the first one is number `first`. */
export const movePointers = (
  { accesses }: KernelSpec,
  { strides }: Parts,
  pointers: readonly Local[],
  first: number,
  elements: number,
): Code =>
  pointers.map((pointer, i) => {
    const stride = strides[first + i];
    if (stride !== undefined) return advance(pointer, i32.mul(stride.get, i32.const(elements)));
    return accesses[first + i] === 's' ? [] : advance(pointer, i32.const(4 * elements));
  });

/** Moves pointers, and counts the elements that are left. */
export const move = (
  spec: KernelSpec,
  parts: Parts,
  pointers: readonly Local[],
  first: number,
  elements: number,
): Code => [
  movePointers(spec, parts, pointers, first, elements),
  parts.remaining.set(i32.sub(parts.remaining.get, i32.const(elements))),
];

/**
 * Sets the result to the rule of four elements of each operand, or of a single one in all lanes.
 * Operands with a local in `splats` are loaded already; others that move are loaded `offset` bytes
 * further.
 */
export const evaluate = (
  { rule, accesses }: KernelSpec,
  { f, strides, result }: Parts,
  operands: readonly Local[],
  single: boolean,
  splats: readonly (Local | undefined)[] = [],
  offset: number = 0,
): Code => {
  const algebra = vectorAlgebra(f);
  const loaded = operands.map((_, i) => splats[i] ?? f.vector());
  const load = (pointer: Local, i: number): Code => {
    const stride = strides[i + 1];
    if (single || accesses[i + 1] === 's') return v128.load32Splat(pointer.get);
    return stride === undefined ? v128.load(pointer.get, offset) : gatherLanes(f, pointer, stride);
  };
  const value = rule<Code, Code>(algebra, ...loaded.map((local) => local.get));
  return [
    operands.map((pointer, i) => (splats[i] === undefined ? loaded[i].set(load(pointer, i)) : [])),
    algebra.statements,
    result.set(value),
  ];
};

/** Combines the result, or those of its lanes that a mask selects, with the accumulators. */
export const accumulate = (
  { reduction }: KernelSpec,
  { accumulators, result }: Parts,
  mask?: Code,
  own: readonly Local[] = accumulators,
): Code =>
  reduction === undefined
    ? []
    : [
        mask === undefined ? [] : result.set(v128.select(result.get, f32x4.const(reduction.identity), mask)),
        reduction.step(own, result.get),
      ];

/** Runs `then` on copies of pointers, which it can move. */
export const withCopies = (f: FunctionBuilder, pointers: readonly Local[], then: Body): Code => {
  const copies = f.ints(pointers.length);
  return [copies.map((copy, i) => copy.set(pointers[i].get)), then(copies)];
};

/** The longest code, in bytes, of all vectors that a kernel computes side by side. */
const MAX_WIDE_CODE = 400;

/**
 * Returns how many vectors of four elements a kernel computes side by side: at most spec.width,
 * fewer if the code of its rule is long, and one if elements are gathered.
 *
 * Loops then move pointers and count less often.
 */
export const countSideBySide = (spec: KernelSpec, parts: Parts, operands: readonly Local[]): number => {
  if (spec.accesses.includes('g')) return 1;
  const bytes = flatten(evaluate(spec, parts, operands, false)).length;
  return [spec.width, 2].find((width) => width * bytes <= MAX_WIDE_CODE) ?? 1;
};
