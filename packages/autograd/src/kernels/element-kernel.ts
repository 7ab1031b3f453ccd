/**
 * Kernels of maps and reductions: out[kept…] = rule(operands[kept…]…), or the same combined over
 * the reduced axes, for any scalar rule, number of loops and access pattern.
 *
 * A reduction has one of two forms. 'columns': the innermost axis is kept, and four columns are
 * computed side by side. 'rows': the innermost axis is reduced; four partial results run side by
 * side and are combined at the end. Maps have the form 'columns'. The order of combination depends
 * on sizes and strides only.
 */
import { doWhile, FunctionBuilder, type Local, when } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import * as f32x4 from '../wasm/instructions/f32x4.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as i32x4 from '../wasm/instructions/i32x4.ts';
import * as v128 from '../wasm/instructions/v128.ts';
import { advance, storeRemaining } from '../wasm/pointers.ts';
import { type Access, gatherLanes, type Level, levelParameters, nest, scatterLanes } from './access.ts';
import type { ScalarRule } from './algebra.ts';
import type { Kernel } from './kernel.ts';
import type { Reduction } from './reductions.ts';
import { vectorAlgebra } from './simd.ts';

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
export const elementKernel = (spec: KernelSpec): Kernel => {
  const { accesses, reduction } = spec;
  return {
    name: `${reduction?.name ?? 'map'} ${accesses.join('')}`,
    bytes: new ElementKernel(spec).module(),
    pointers: accesses.map(() => 'arena'),
  };
};

const LANES = /* @__PURE__ */ i32x4.const(0, 1, 2, 3);

/** Assembles one kernel. */
class ElementKernel {
  readonly #spec: KernelSpec;
  readonly #f = new FunctionBuilder();
  readonly #pointers: readonly Local[];
  readonly #count: Local;
  /** Undefined where the access needs no stride. */
  readonly #innerStrides: readonly (Local | undefined)[];
  readonly #kept: readonly Level[];
  readonly #reduced: readonly Level[];
  readonly #accumulators: readonly Local[];
  readonly #result: Local;
  /** Innermost elements that are left to do. */
  readonly #remaining: Local;
  readonly #gathers: boolean;

  constructor(spec: KernelSpec) {
    const { accesses, reduction } = spec;
    const f = this.#f;
    this.#spec = spec;
    this.#pointers = f.parameters(accesses.length);
    this.#count = f.parameter();
    this.#innerStrides = accesses.map((access) => (access === 'g' ? f.parameter() : undefined));
    this.#kept = Array.from({ length: spec.keptLevels }, () => levelParameters(f, accesses.length));
    this.#reduced = Array.from({ length: spec.reducedLevels }, () => levelParameters(f, accesses.length - 1));
    this.#accumulators = f.vectors(reduction?.accumulators ?? 0);
    this.#result = f.vector();
    this.#remaining = f.int();
    this.#gathers = accesses.includes('g');
  }

  module(): Uint8Array<ArrayBuffer> {
    const body = (pointers: readonly Local[]): Code =>
      this.#spec.form === 'rows' ? this.#rows(pointers) : this.#columns(pointers);
    return this.#f.module(nest(this.#f, this.#kept, this.#pointers, body));
  }

  /** Reduces along the innermost axis, and stores one number. */
  #rows([out, ...operands]: readonly Local[]): Code {
    const lane = this.#f.int();
    return [
      this.#start(),
      nest(this.#f, this.#reduced, operands, (places) =>
        this.#copied(places, (own) => this.#oneRow(own, lane)),
      ),
      this.#result.set(this.#spec.reduction?.finishAll(this.#accumulators) ?? []),
      v128.store32Lane(out.get, this.#result.get, 0),
    ];
  }

  #oneRow(operands: readonly Local[], lane: Local): Code {
    const four = [this.#evaluate(operands, false), this.#accumulate(), this.#move(operands, 1, 4)];
    const { get: remaining } = this.#remaining;
    return [
      this.#remaining.set(this.#count.get),
      when(this.#hasFour, doWhile(four, this.#hasFour)),
      when(
        remaining,
        this.#gathers
          ? this.#lastLanes(operands, lane)
          : [this.#evaluate(operands, false), this.#accumulate(i32x4.less(LANES, i32x4.splat(remaining)))],
      ),
    ];
  }

  /** The last elements of a gathered row, one by one: element i goes to lane i. */
  #lastLanes(operands: readonly Local[], lane: Local): Code {
    return [
      lane.set(i32.const(0)),
      doWhile(
        [
          this.#evaluate(operands, true),
          this.#accumulate(i32x4.equal(LANES, i32x4.splat(lane.get))),
          this.#move(operands, 1, 1),
          lane.set(i32.add(lane.get, i32.const(1))),
        ],
        this.#remaining.get,
      ),
    ];
  }

  /** Computes the elements along the innermost axis, four at a time. */
  #columns(places: readonly Local[]): Code {
    const { accesses, reduction } = this.#spec;
    return this.#copied(places, (own) => {
      const [, ...operands] = own;
      const splats = operands.map((_, i) =>
        reduction === undefined && accesses[i + 1] === 's' ? this.#f.vector() : undefined,
      );
      const step = (single: boolean): Code => this.#column(own, splats, single);
      const { get: remaining } = this.#remaining;
      return [
        splats.map((splat, i) => splat?.set(v128.load32Splat(operands[i].get)) ?? []),
        this.#remaining.set(this.#count.get),
        this.#gathers
          ? [
              when(this.#hasFour, doWhile(step(false), this.#hasFour)),
              when(remaining, doWhile(step(true), remaining)),
            ]
          : doWhile(step(false), i32.less(i32.const(0), remaining)),
      ];
    });
  }

  /** Computes and stores four columns, or a single one. */
  #column(own: readonly Local[], splats: readonly (Local | undefined)[], single: boolean): Code {
    const [out, ...operands] = own;
    const { reduction } = this.#spec;
    return [
      this.#start(),
      nest(this.#f, this.#reduced, operands, (current) => [
        this.#evaluate(current, single, splats),
        this.#accumulate(),
      ]),
      reduction === undefined ? [] : this.#result.set(reduction.finishLanes(this.#accumulators)),
      this.#store(out, single),
      this.#move(own, 0, single ? 1 : 4),
    ];
  }

  #store(out: Local, single: boolean): Code {
    const { get: result } = this.#result;
    if (single) return v128.store32Lane(out.get, result, 0);
    const [stride] = this.#innerStrides;
    if (stride !== undefined) return scatterLanes(this.#f, out, stride, this.#result);
    return this.#gathers ? v128.store(out.get, result) : storeRemaining(out, result, this.#remaining);
  }

  get #hasFour(): Code {
    return i32.less(i32.const(3), this.#remaining.get);
  }

  #start(): Code {
    const { reduction } = this.#spec;
    return this.#accumulators.map((accumulator) => accumulator.set(reduction?.start ?? []));
  }

  /** Moves pointers along the innermost axis; the first one is number `first`. */
  #move(pointers: readonly Local[], first: number, elements: number): Code {
    const move = (pointer: Local, i: number): Code => {
      const stride = this.#innerStrides[first + i];
      if (stride !== undefined) return advance(pointer, i32.mul(stride.get, i32.const(elements)));
      return this.#spec.accesses[first + i] === 's' ? [] : advance(pointer, i32.const(4 * elements));
    };
    return [pointers.map(move), this.#remaining.set(i32.sub(this.#remaining.get, i32.const(elements)))];
  }

  /** Runs `then` on copies of pointers, which it may move. */
  #copied(pointers: readonly Local[], then: (copies: readonly Local[]) => Code): Code {
    const copies = this.#f.ints(pointers.length);
    return [copies.map((copy, i) => copy.set(pointers[i].get)), then(copies)];
  }

  /**
   * Sets the result to the rule of four elements of each operand, or of a single one in all lanes.
   * Operands with a local in `splats` are loaded already.
   */
  #evaluate(operands: readonly Local[], single: boolean, splats: readonly (Local | undefined)[] = []): Code {
    const algebra = vectorAlgebra(this.#f);
    const loaded = operands.map((_, i) => splats[i] ?? this.#f.vector());
    const load = (pointer: Local, i: number): Code => {
      const stride = this.#innerStrides[i + 1];
      if (single || this.#spec.accesses[i + 1] === 's') return v128.load32Splat(pointer.get);
      return stride === undefined ? v128.load(pointer.get) : gatherLanes(this.#f, pointer, stride);
    };
    const value = this.#spec.rule<Code, Code>(algebra, ...loaded.map((local) => local.get));
    return [
      operands.map((pointer, i) => (splats[i] === undefined ? loaded[i].set(load(pointer, i)) : [])),
      algebra.statements,
      this.#result.set(value),
    ];
  }

  /** Combines the result, or those of its lanes that a mask selects, with the accumulators. */
  #accumulate(mask?: Code): Code {
    const { reduction } = this.#spec;
    if (reduction === undefined) return [];
    const { get: result } = this.#result;
    const masked =
      mask === undefined ? [] : this.#result.set(v128.select(result, f32x4.const(reduction.identity), mask));
    return [masked, reduction.step(this.#accumulators, result)];
  }
}
