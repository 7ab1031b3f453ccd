/**
 * Kernels of maps and reductions: out[kept…] = rule(operands[kept…]…), or the same combined over
 * the reduced axes, for any scalar rule, number of loops and access pattern.
 *
 * A reduction has one of two forms. 'columns': the innermost axis is kept, and four columns are
 * computed side by side. 'rows': the innermost axis is reduced; four partial results run side by
 * side and are combined at the end. Maps, and reductions in order, have the form 'columns'. The
 * order of combination depends on sizes and strides only.
 */
import { FunctionBuilder, type Local, doWhile, flatten, when } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import { advance, storeRemaining } from '../wasm/pointers.ts';
import { type Access, gatherLanes, levelParameters, nest, scatterLanes } from './access.ts';
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
  /** Whether a reduction stores its result after each element, as running sums do. */
  readonly isRunning: boolean;
  /** How many vectors of four columns a reduction computes side by side, if there are as many. */
  readonly width: number;
  /**
   * Whether a reduction starts with accumulators from memory, and stores them for the next call.
   * Many calls can then reduce the parts of one row.
   */
  readonly carries?: boolean;
}

/**
 * The kernel for `spec`. Its parameters: the addresses of out and of each operand, and of the
 * accumulators if it `carries` them; the number of innermost elements; the stride of each one that
 * is gathered; for each other kept axis, outermost first, its count and the strides of out and of
 * each operand; for each other reduced axis its count and the strides of each operand, and before
 * them that of out if the reduction is running. All counts are at least 1.
 */
export const elementKernel = (spec: KernelSpec): Kernel => {
  const { accesses, form, reduction } = spec;
  const f = new FunctionBuilder();
  const pointers = f.parameters(accesses.length);
  const carried = spec.carries === true ? f.parameter() : undefined;
  const count = f.parameter();
  const strides = accesses.map((access) => (access === 'g' ? f.parameter() : undefined));
  const kept = Array.from({ length: spec.keptLevels }, () => levelParameters(f, accesses.length));
  const moving = accesses.length - (spec.isRunning ? 0 : 1);
  const reduced = Array.from({ length: spec.reducedLevels }, () => levelParameters(f, moving));
  const accumulators = f.vectors(reduction?.accumulators ?? 0);
  const result = f.vector();
  const remaining = f.int();
  const parts: Parts = {
    f,
    strides,
    accumulators,
    result,
    remaining,
    begin: remaining.set(count.get),
    hasFour: i32.less(i32.const(3), remaining.get),
    overReduced: (moved, body, all = accumulators) => [
      all.map((accumulator, i) =>
        accumulator.set(carried === undefined ? (reduction?.start ?? []) : v128.load(carried.get, 16 * i)),
      ),
      nest(f, reduced, moved, body),
      carried === undefined
        ? []
        : all.map((accumulator, i) => v128.store(carried.get, accumulator.get, 16 * i)),
    ],
  };
  const body = form === 'rows' ? rows(spec, parts) : columns(spec, parts);
  return {
    name: `${reduction?.name ?? 'map'} ${accesses.join('')}`,
    bytes: f.module(nest(f, kept, pointers, body)),
    pointers: [...accesses, ...(carried === undefined ? [] : [carried])].map(() => 'arena'),
  };
};

/** Code for the pointers of out and of the operands, or of the operands alone. */
type Body = (pointers: readonly Local[]) => Code;

/** What the code of both forms is made of. */
interface Parts {
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

const LANES = /* @__PURE__ */ i32x4.const(0, 1, 2, 3);

/** Moves pointers along the innermost axis; the first one is number `first`. */
const move = (
  { accesses }: KernelSpec,
  { strides, remaining }: Parts,
  pointers: readonly Local[],
  first: number,
  elements: number,
): Code => [
  pointers.map((pointer, i) => {
    const stride = strides[first + i];
    if (stride !== undefined) return advance(pointer, i32.mul(stride.get, i32.const(elements)));
    return accesses[first + i] === 's' ? [] : advance(pointer, i32.const(4 * elements));
  }),
  remaining.set(i32.sub(remaining.get, i32.const(elements))),
];

/**
 * Sets the result to the rule of four elements of each operand, or of a single one in all lanes.
 * Operands with a local in `splats` are loaded already; others that move are loaded `offset` bytes
 * further.
 */
const evaluate = (
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
const accumulate = (
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
const withCopies = (f: FunctionBuilder, pointers: readonly Local[], then: Body): Code => {
  const copies = f.ints(pointers.length);
  return [copies.map((copy, i) => copy.set(pointers[i].get)), then(copies)];
};

/** Reduces along the innermost axis, and stores one number. */
const rows = (spec: KernelSpec, parts: Parts): Body => {
  const { f, remaining, result, hasFour } = parts;
  /** Four elements, or a single one into the lanes of `mask`. */
  const step = (own: readonly Local[], mask?: Code): Code => [
    evaluate(spec, parts, own, mask !== undefined),
    accumulate(spec, parts, mask),
    move(spec, parts, own, 1, mask === undefined ? 4 : 1),
  ];
  return ([out, ...operands]) => {
    const lane = f.int();
    /** The rest of a row: gathered element i goes to lane i; others are loaded four at a time. */
    const rest = (own: readonly Local[]): Code =>
      spec.accesses.includes('g')
        ? [
            lane.set(i32.const(0)),
            doWhile(
              [
                step(own, i32x4.equal(LANES, i32x4.splat(lane.get))),
                lane.set(i32.add(lane.get, i32.const(1))),
              ],
              remaining.get,
            ),
          ]
        : [
            evaluate(spec, parts, own, false),
            accumulate(spec, parts, i32x4.less(LANES, i32x4.splat(remaining.get))),
          ];
    return [
      parts.overReduced(operands, (pointers) =>
        withCopies(f, pointers, (own) => [
          parts.begin,
          when(hasFour, doWhile(step(own), hasFour)),
          when(remaining.get, rest(own)),
        ]),
      ),
      result.set(spec.reduction?.finishAll?.(parts.accumulators) ?? []),
      v128.store32Lane(out.get, result.get, 0),
    ];
  };
};

/** Stores the result: four elements, or a single one. */
const store = (
  { accesses }: KernelSpec,
  { f, strides: [stride], result, remaining }: Parts,
  out: Local,
  single: boolean,
): Code => {
  if (single) return v128.store32Lane(out.get, result.get, 0);
  if (stride !== undefined) return scatterLanes(f, out, stride, result);
  return accesses.includes('g')
    ? v128.store(out.get, result.get)
    : storeRemaining(out, result.get, remaining);
};

/** The longest code of a rule, in bytes, that is repeated for each of several vectors. */
const MAX_WIDE_CODE = 100;

/**
 * Returns the loop of a reduction over several vectors of columns at a time, while there are as
 * many.
 *
 * The loops over the reduced axes then run less often. With a width of 4, they read whole cache
 * lines.
 */
const wideColumns = (spec: KernelSpec, parts: Parts, [out, ...operands]: readonly Local[]): Code => {
  const { f, accumulators, remaining, result } = parts;
  const { accesses, reduction, width } = spec;
  if (reduction === undefined || accesses.includes('g')) return [];
  if (flatten(evaluate(spec, parts, operands, false)).length > MAX_WIDE_CODE) return [];
  const vectors = Array.from({ length: width }, (_, i) =>
    i === 0 ? accumulators : f.vectors(accumulators.length),
  );
  const add = (current: readonly Local[], own: readonly Local[], i: number): Code => [
    evaluate(spec, parts, current, false, [], 16 * i),
    accumulate(spec, parts, undefined, own),
  ];
  const storeAt = (target: Local, own: readonly Local[], i: number): Code => [
    result.set(reduction.finishLanes(own)),
    v128.store(target.get, result.get, 16 * i),
  ];
  const hasAll = i32.less(i32.const(4 * width - 1), remaining.get);
  return when(
    hasAll,
    doWhile(
      [
        spec.isRunning
          ? parts.overReduced(
              [out, ...operands],
              ([target, ...current]) =>
                vectors.map((own, i) => [add(current, own, i), storeAt(target, own, i)]),
              vectors.flat(),
            )
          : [
              parts.overReduced(
                operands,
                (current) => vectors.map((own, i) => add(current, own, i)),
                vectors.flat(),
              ),
              vectors.map((own, i) => storeAt(out, own, i)),
            ],
        move(spec, parts, [out, ...operands], 0, 4 * width),
      ],
      hasAll,
    ),
  );
};

/** Computes the elements along the innermost axis, four at a time. */
const columns =
  (spec: KernelSpec, parts: Parts): Body =>
  (pointers) => {
    const { f, accumulators, remaining, result, hasFour } = parts;
    const { accesses, reduction } = spec;
    return withCopies(f, pointers, (own) => {
      const [out, ...operands] = own;
      // A map loads repeated operands once.
      const splats = operands.map((_, i) =>
        reduction === undefined && accesses[i + 1] === 's' ? f.vector() : undefined,
      );
      const add = (current: readonly Local[], single: boolean): Code => [
        evaluate(spec, parts, current, single, splats),
        accumulate(spec, parts),
      ];
      const storeAt = (target: Local, single: boolean): Code => [
        reduction === undefined ? [] : result.set(reduction.finishLanes(accumulators)),
        store(spec, parts, target, single),
      ];
      const step = (single: boolean): Code => [
        spec.isRunning
          ? parts.overReduced(own, ([target, ...current]) => [add(current, single), storeAt(target, single)])
          : [parts.overReduced(operands, (current) => add(current, single)), storeAt(out, single)],
        move(spec, parts, own, 0, single ? 1 : 4),
      ];
      return [
        splats.map((splat, i) => splat?.set(v128.load32Splat(operands[i].get)) ?? []),
        parts.begin,
        accesses.includes('g')
          ? [
              when(hasFour, doWhile(step(false), hasFour)),
              when(remaining.get, doWhile(step(true), remaining.get)),
            ]
          : [
              wideColumns(spec, parts, own),
              when(remaining.get, doWhile(step(false), i32.less(i32.const(0), remaining.get))),
            ],
      ];
    });
  };
