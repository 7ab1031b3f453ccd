/**
 * Reductions: out[kept…] = combine over reduced axes of rule(operands[kept…, reduced…]…).
 *
 * Two forms. 'rows': the innermost axis is reduced; four partial results run side by side and are combined at the end.
 * 'columns': the innermost axis is kept; four columns are reduced side by side. Sums accumulate in double precision
 * and are rounded once, so they are right for any length. The order of combination depends on the shape only.
 */
import {
  type Code,
  doWhile,
  f32x4,
  f64x2,
  FunctionBuilder,
  i32,
  i32x4,
  type Local,
  v128,
  ValueType,
  when,
} from '../wasm/assembler.ts';
import { instantiate, type Kernel } from '../wasm/runtime.ts';
import { type Access, advance, gatherLanes, levelParameters, nest, storeRemaining } from './access.ts';
import type { ScalarRule } from './algebra.ts';
import { vectorAlgebra } from './vector.ts';

/** How values are combined, on vector accumulators and (for the reference) on numbers. */
interface Reduction {
  readonly identity: number;
  readonly accumulators: number;
  /** The value that every lane of an accumulator starts with. */
  readonly start: Code;
  step(accumulators: readonly Local[], value: Code): Code;
  /** The four lanes' results as an f32x4. */
  finishLanes(accumulators: readonly Local[]): Code;
  /** One result, in lane 0 of an f32x4. */
  finishAll(accumulators: readonly Local[]): Code;
  combine(a: number, b: number): number;
}

const extremum = (
  identity: number,
  op: (x: Code, y: Code) => Code,
  combine: (a: number, b: number) => number,
): Reduction => ({
  identity,
  accumulators: 1,
  start: f32x4.const(identity),
  step: ([a], value) => a.set(op(a.get, value)),
  finishLanes: ([a]) => a.get,
  finishAll: ([a]) => {
    const all = a.get;
    return [
      a.set(op(all, v128.shuffle32(all, all, [2, 3, 2, 3]))),
      op(all, v128.shuffle32(all, all, [1, 1, 1, 1])),
    ];
  },
  combine,
});

const LANES = i32x4.const(0, 1, 2, 3);

export type ReductionName = 'sum' | 'max' | 'min';

const reductions: Readonly<Record<ReductionName, Reduction>> = {
  sum: {
    identity: 0,
    accumulators: 2,
    start: f64x2.const(0),
    step: ([low, high], value) => [
      low.set(f64x2.add(low.get, f64x2.promoteLowF32(value))),
      high.set(f64x2.add(high.get, f64x2.promoteLowF32(v128.shuffle32(value, value, [2, 3, 2, 3])))),
    ],
    finishLanes: ([low, high]) =>
      v128.shuffle32(f32x4.demoteF64Zero(low.get), f32x4.demoteF64Zero(high.get), [0, 1, 4, 5]),
    finishAll: ([low, high]) => {
      const both = low.get;
      return [
        low.set(f64x2.add(both, high.get)),
        f32x4.demoteF64Zero(f64x2.add(both, v128.shuffle32(both, both, [2, 3, 2, 3]))),
      ];
    },
    combine: (a, b) => a + b,
  },
  max: extremum(-Infinity, f32x4.max, Math.max),
  min: extremum(Infinity, f32x4.min, Math.min),
};

export const reductionOf = (name: ReductionName): Reduction => reductions[name];

/**
 * Compiles a reduction. Its arguments: the address of out and of each operand; the number of innermost elements; the byte
 * stride of each gathered operand; for each other kept axis, outermost first, its count and the byte strides of out and of each
 * operand; and for each other reduced axis its count and the byte strides of each operand. All counts are at least 1.
 */
export const compileReduce = (
  rule: ScalarRule,
  reductionName: ReductionName,
  form: 'rows' | 'columns',
  accesses: readonly Access[],
  keptLevels: number,
  reducedLevels: number,
): Kernel => {
  const reduction = reductions[reductionName];
  const f = new FunctionBuilder();
  const pointers = Array.from({ length: accesses.length + 1 }, () => f.parameter());
  const count = f.parameter();
  const innerStrides = accesses.map((access) => (access === 'g' ? f.parameter() : undefined));
  const kept = Array.from({ length: keptLevels }, () => levelParameters(f, accesses.length + 1));
  const reduced = Array.from({ length: reducedLevels }, () => levelParameters(f, accesses.length));
  const accumulators = Array.from({ length: reduction.accumulators }, () => f.local(ValueType.v128));
  const remaining = f.local(ValueType.i32);
  const lane = f.local(ValueType.i32);
  const gathers = accesses.includes('g');

  const start = accumulators.map((accumulator) => accumulator.set(reduction.start));

  /** Loads four elements of each operand, or one into all lanes. */
  const load = (pointer: Local, index: number, single: boolean): Code => {
    const stride = innerStrides[index];
    if (single || accesses[index] === 's') return v128.load32Splat(pointer.get);
    return stride === undefined ? v128.load(pointer.get) : gatherLanes(f, pointer, stride);
  };
  const value = (operands: readonly Local[], single: boolean, use: (value: Code) => Code): Code => {
    const algebra = vectorAlgebra(f);
    const loaded = operands.map(() => f.local(ValueType.v128));
    const result = rule<Code, Code>(algebra, ...loaded.map((local) => local.get));
    return [
      operands.map((pointer, index) => loaded[index].set(load(pointer, index, single))),
      algebra.statements,
      use(result),
    ];
  };
  const moveBy = (operands: readonly Local[], elements: number): Code => [
    operands.map((pointer, index) => {
      const stride = innerStrides[index];
      if (stride !== undefined) return advance(pointer, i32.mul(stride.get, i32.const(elements)));
      return accesses[index] === 's' ? [] : advance(pointer, i32.const(4 * elements));
    }),
    remaining.set(i32.sub(remaining.get, i32.const(elements))),
  ];
  const copies = (sources: readonly Local[], then: (copied: readonly Local[]) => Code): Code => {
    const copied = sources.map(() => f.local(ValueType.i32));
    return [copied.map((local, index) => local.set(sources[index].get)), then(copied)];
  };
  const hasFour = i32.less(i32.const(3), remaining.get);
  const stepWith = (mask: Code | undefined) => (result: Code) =>
    reduction.step(
      accumulators,
      mask === undefined ? result : v128.select(result, f32x4.const(reduction.identity), mask),
    );

  const oneRow = (operands: readonly Local[]): Code => [
    remaining.set(count.get),
    when(
      hasFour,
      doWhile([value(operands, false, keepInLocal(f, stepWith(undefined))), moveBy(operands, 4)], hasFour),
    ),
    when(
      remaining.get,
      gathers
        ? [
            lane.set(i32.const(0)),
            doWhile(
              [
                value(operands, true, keepInLocal(f, stepWith(i32x4.equal(LANES, i32x4.splat(lane.get))))),
                moveBy(operands, 1),
                lane.set(i32.add(lane.get, i32.const(1))),
              ],
              remaining.get,
            ),
          ]
        : value(operands, false, keepInLocal(f, stepWith(i32x4.less(LANES, i32x4.splat(remaining.get))))),
    ),
  ];
  const rows = ([out, ...operands]: readonly Local[]): Code => [
    start,
    nest(f, reduced, operands, (places) => copies(places, oneRow)),
    storeFirst(out, reduction.finishAll(accumulators), f),
  ];

  const columns = (places: readonly Local[]): Code =>
    copies(places, ([out, ...operands]) => {
      const block = (single: boolean): Code => [
        start,
        nest(f, reduced, operands, (current) => value(current, single, keepInLocal(f, stepWith(undefined)))),
      ];
      const result = f.local(ValueType.v128);
      const finish = result.set(reduction.finishLanes(accumulators));
      const move = (elements: number): Code => [
        moveBy(operands, elements),
        advance(out, i32.const(4 * elements)),
      ];
      return [
        remaining.set(count.get),
        gathers
          ? [
              when(
                hasFour,
                doWhile([block(false), finish, v128.store(out.get, result.get), move(4)], hasFour),
              ),
              when(
                remaining.get,
                doWhile(
                  [block(true), finish, v128.store32Lane(out.get, result.get, 0), move(1)],
                  remaining.get,
                ),
              ),
            ]
          : doWhile(
              [block(false), finish, storeRemaining(out, result.get, remaining), move(4)],
              i32.less(i32.const(0), remaining.get),
            ),
      ];
    });

  return instantiate(f.module(nest(f, kept, pointers, form === 'rows' ? rows : columns)));
};

/** The value is used more than once, so it goes into a local variable first. */
const keepInLocal = (f: FunctionBuilder, use: (value: Code) => Code) => {
  const local = f.local(ValueType.v128);
  return (value: Code): Code => [local.set(value), use(local.get)];
};

const storeFirst = (out: Local, result: Code, f: FunctionBuilder): Code => {
  const local = f.local(ValueType.v128);
  return [local.set(result), v128.store32Lane(out.get, local.get, 0)];
};
