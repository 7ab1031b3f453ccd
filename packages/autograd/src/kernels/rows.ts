/** Reductions along the innermost axis, the form 'rows' of element-kernel.ts. */
import { type FunctionBuilder, type Local, doWhile, when } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import { type Level, nest } from './access.ts';
import {
  type KernelSpec,
  type Parts,
  accumulate,
  countSideBySide,
  evaluate,
  movePointers,
  withCopies,
} from './element-parts.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as i32x4 from '../wasm/instructions/i32x4.ts';
import * as v128 from '../wasm/instructions/v128.ts';

const LANES = /* @__PURE__ */ i32x4.const(0, 1, 2, 3);

/** A row: its pointers to the operands, or to out and the operands. */
type Row = readonly Local[];

/**
 * Reduces rows side by side along the innermost axis, and stores one number for each.
 *
 * Adds one vector of each row after another, `vectors` times before it moves on.
 */
const reduceRows = (spec: KernelSpec, parts: Parts, lines: readonly Row[], vectors: number): Code => {
  const { f, remaining, result } = parts;
  const accumulators = lines.map((_, i) =>
    i === 0 ? parts.accumulators : f.vectors(parts.accumulators.length),
  );
  /** Four elements, or a single one into the lanes of `mask`. */
  const add = (own: readonly Row[], single: boolean, mask?: Code, offset: number = 0): Code =>
    own.map((operands, i) => [
      evaluate(spec, parts, operands, single, [], offset),
      accumulate(spec, parts, mask, accumulators[i]),
    ]);
  const moveAll = (own: readonly Row[], elements: number): Code => [
    own.map((operands) => movePointers(spec, parts, operands, 1, elements)),
    remaining.set(i32.sub(remaining.get, i32.const(elements))),
  ];
  /** Adds `count` vectors of each row at a time, while there are as many. */
  const loop = (own: readonly Row[], count: number): Code => {
    const hasAll = i32.less(i32.const(4 * count - 1), remaining.get);
    const addAll = Array.from({ length: count }, (_, i) => add(own, false, undefined, 16 * i));
    return when(hasAll, doWhile([addAll, moveAll(own, 4 * count)], hasAll));
  };
  const lane = f.int();
  /** The rest of a row: gathered element i goes to lane i; others are loaded four at a time. */
  const rest = (own: readonly Row[]): Code =>
    spec.accesses.includes('g')
      ? [
          lane.set(i32.const(0)),
          doWhile(
            [
              add(own, true, i32x4.equal(LANES, i32x4.splat(lane.get))),
              moveAll(own, 1),
              lane.set(i32.add(lane.get, i32.const(1))),
            ],
            remaining.get,
          ),
        ]
      : add(own, false, i32x4.less(LANES, i32x4.splat(remaining.get)));
  const operandCount = spec.accesses.length - 1;
  return [
    parts.overReduced(
      lines.flatMap(([, ...operands]) => operands),
      (pointers) =>
        withCopies(f, pointers, (copies) => {
          const own = lines.map((_, i) => copies.slice(i * operandCount, (i + 1) * operandCount));
          return [
            parts.begin,
            loop(own, vectors),
            vectors === 1 ? [] : loop(own, 1),
            when(remaining.get, rest(own)),
          ];
        }),
      accumulators.flat(),
    ),
    lines.map(([out], i) => [
      result.set(spec.reduction?.finishAll?.(accumulators[i]) ?? []),
      v128.store32Lane(out.get, result.get, 0),
    ]),
  ];
};

/**
 * Runs `body` for two rows of a loop at a time, and for the last one alone if the count is odd.
 *
 * While an addition of one row waits for the one before it, the processor adds in the other row.
 */
const inPairs = (
  f: FunctionBuilder,
  { count, strides }: Level,
  pointers: readonly Local[],
  body: (lines: readonly Row[]) => Code,
): Code =>
  withCopies(f, pointers, (first) => {
    const second = f.ints(pointers.length);
    const left = f.int();
    const hasTwo = i32.less(i32.const(1), left.get);
    return [
      left.set(count.get),
      when(
        hasTwo,
        doWhile(
          [
            second.map((pointer, i) => pointer.set(i32.add(first[i].get, strides[i].get))),
            body([first, second]),
            first.map((pointer, i) => pointer.set(i32.add(second[i].get, strides[i].get))),
            left.set(i32.sub(left.get, i32.const(2))),
          ],
          hasTwo,
        ),
      ),
      when(left.get, body([first])),
    ];
  });

/** Reduces all rows: in pairs if there can be several, and if their code is short. */
export const rows = (spec: KernelSpec, parts: Parts, kept: readonly Level[], pointers: Row): Code => {
  const { f } = parts;
  const isShort = countSideBySide(spec, parts, pointers.slice(1)) === spec.width;
  const reduce = (lines: readonly Row[]): Code => reduceRows(spec, parts, lines, isShort ? 2 : 1);
  const level = kept.at(-1);
  if (level === undefined || !isShort) return nest(f, kept, pointers, (own) => reduce([own]));
  return nest(f, kept.slice(0, -1), pointers, (own) => inPairs(f, level, own, reduce));
};
