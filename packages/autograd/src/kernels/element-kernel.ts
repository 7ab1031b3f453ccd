/**
 * Kernels: out[kept…] = combine over the reduced axes of rule(operands[kept…, reduced…]…), or without a reduction out[kept…] = rule(operands[kept…]…), for any scalar rule,
 * number of loops and access pattern.
 *
 * Two forms. 'columns': the innermost axis is kept; four columns are computed side by side. 'rows': the innermost axis is reduced; four partial results run side by side
 * and are combined at the end. The order of combination depends on sizes and strides only.
 */
import { doWhile, FunctionBuilder, type Local, when } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import * as f32x4 from '../wasm/instructions/f32x4.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as i32x4 from '../wasm/instructions/i32x4.ts';
import * as v128 from '../wasm/instructions/v128.ts';
import { advance, storeRemaining } from '../wasm/pointers.ts';
import { instantiate, type Kernel } from '../runtime/memory.ts';
import { type Access, gatherLanes, levelParameters, nest, scatterLanes } from './access.ts';
import type { ScalarRule } from './algebra.ts';
import type { Reduction } from './reductions.ts';
import { vectorAlgebra } from './simd.ts';

export type Form = 'rows' | 'columns';

/**
 * Compiles a kernel for the `accesses` of out and of the operands. Its arguments: the address of out and of each operand; the number of innermost elements; the byte stride
 * of each that is gathered; for each other kept axis, outermost first, its count and the byte strides of out and of each operand; and for each other reduced axis its count and
 * the byte strides of each operand. All counts are at least 1.
 */
export const compileKernel = (
  rule: ScalarRule,
  reduction: Reduction | undefined,
  form: Form,
  accesses: readonly Access[],
  keptLevels: number,
  reducedLevels: number,
): Kernel => {
  const f = new FunctionBuilder();
  const pointers = accesses.map(() => f.parameter());
  const count = f.parameter();
  const innerStrides = accesses.map((access) => (access === 'g' ? f.parameter() : undefined));
  const kept = Array.from({ length: keptLevels }, () => levelParameters(f, accesses.length));
  const reduced = Array.from({ length: reducedLevels }, () => levelParameters(f, accesses.length - 1));
  const accumulators = Array.from({ length: reduction?.accumulators ?? 0 }, () => f.vector());
  const start = accumulators.map((accumulator) => accumulator.set(reduction?.start ?? []));
  const result = f.vector();
  const remaining = f.int();
  const gathers = accesses.includes('g');
  const hasFour = i32.less(i32.const(3), remaining.get);

  /** Moves pointers, of which the first is number `place`, along the innermost axis. */
  const move = (moving: readonly Local[], place: number, elements: number): Code => [
    moving.map((pointer, i) => {
      const stride = innerStrides[place + i];
      if (stride !== undefined) return advance(pointer, i32.mul(stride.get, i32.const(elements)));
      return accesses[place + i] === 's' ? [] : advance(pointer, i32.const(4 * elements));
    }),
    remaining.set(i32.sub(remaining.get, i32.const(elements))),
  ];
  const copies = (sources: readonly Local[], then: (copied: readonly Local[]) => Code): Code => {
    const copied = sources.map(() => f.int());
    return [copied.map((local, i) => local.set(sources[i].get)), then(copied)];
  };
  /** Puts the rule of four elements of each operand, or of one in all lanes, into `result`. */
  const evaluate = (
    operands: readonly Local[],
    single: boolean,
    splats: readonly (Local | undefined)[] = [],
  ): Code => {
    const algebra = vectorAlgebra(f);
    const loaded = operands.map((_, i) => splats[i] ?? f.vector());
    const load = (pointer: Local, i: number): Code => {
      const stride = innerStrides[i + 1];
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
  /** Combines `result`, or those lanes of it that a mask selects, with what there is. */
  const accumulate = (mask?: Code): Code =>
    reduction === undefined
      ? []
      : [
          mask === undefined
            ? []
            : result.set(v128.select(result.get, f32x4.const(reduction.identity), mask)),
          reduction.step(accumulators, result.get),
        ];

  const rows = ([out, ...operands]: readonly Local[]): Code => {
    const lane = f.int();
    const oneRow = (places: readonly Local[]): Code => [
      remaining.set(count.get),
      when(hasFour, doWhile([evaluate(places, false), accumulate(), move(places, 1, 4)], hasFour)),
      when(
        remaining.get,
        gathers
          ? [
              lane.set(i32.const(0)),
              doWhile(
                [
                  evaluate(places, true),
                  accumulate(i32x4.equal(LANES, i32x4.splat(lane.get))),
                  move(places, 1, 1),
                  lane.set(i32.add(lane.get, i32.const(1))),
                ],
                remaining.get,
              ),
            ]
          : [evaluate(places, false), accumulate(i32x4.less(LANES, i32x4.splat(remaining.get)))],
      ),
    ];
    return [
      start,
      nest(f, reduced, operands, (places) => copies(places, oneRow)),
      result.set(reduction?.finishAll(accumulators) ?? []),
      v128.store32Lane(out.get, result.get, 0),
    ];
  };

  const columns = (places: readonly Local[]): Code =>
    copies(places, (own) => {
      const [out, ...operands] = own;
      const splats = operands.map((_, i) =>
        reduction === undefined && accesses[i + 1] === 's' ? f.vector() : undefined,
      );
      const compute = (single: boolean): Code => [
        start,
        nest(f, reduced, operands, (current) => [evaluate(current, single, splats), accumulate()]),
        reduction === undefined ? [] : result.set(reduction.finishLanes(accumulators)),
      ];
      const store = (single: boolean): Code => {
        if (single) return v128.store32Lane(out.get, result.get, 0);
        const [stride] = innerStrides;
        if (stride !== undefined) return scatterLanes(f, out, stride, result);
        return gathers ? v128.store(out.get, result.get) : storeRemaining(out, result.get, remaining);
      };
      const step = (single: boolean): Code => [compute(single), store(single), move(own, 0, single ? 1 : 4)];
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

  return instantiate(f.module(nest(f, kept, pointers, form === 'rows' ? rows : columns)));
};

const LANES = /* @__PURE__ */ i32x4.const(0, 1, 2, 3);
