/** Kernels of the form 'columns' (element-kernel.ts): maps, and reductions of adjacent columns. */
import { type Local, doWhile, when } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import { storeRemaining } from '../wasm/pointers.ts';
import { scatterLanes } from './access.ts';
import {
  type Body,
  type KernelSpec,
  type Parts,
  accumulate,
  evaluate,
  isShort,
  move,
  withCopies,
} from './element-parts.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as v128 from '../wasm/instructions/v128.ts';

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
  if (!isShort(spec, parts, operands)) return [];
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
export const columns =
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
