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
  countSideBySide,
  evaluate,
  move,
  withCopies,
} from './element-parts.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as v128 from '../wasm/instructions/v128.ts';

/** Sets the result to that of the accumulators. A map has it already. */
const finish = ({ reduction }: KernelSpec, { result }: Parts, accumulators: readonly Local[]): Code =>
  reduction === undefined ? [] : result.set(reduction.finishLanes(accumulators));

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
 * Returns the loop over several vectors of columns at a time, while there are as many.
 *
 * Loops over reduced axes then run less often. With a width of 4, they read whole cache lines.
 */
const wideColumns = (
  spec: KernelSpec,
  parts: Parts,
  [out, ...operands]: readonly Local[],
  splats: readonly (Local | undefined)[],
): Code => {
  const { f, accumulators, remaining } = parts;
  const width = countSideBySide(spec, parts, operands);
  if (width === 1) return [];
  const vectors = Array.from({ length: width }, (_, i) =>
    i === 0 ? accumulators : f.vectors(accumulators.length),
  );
  const add = (current: readonly Local[], own: readonly Local[], i: number): Code => [
    evaluate(spec, parts, current, false, splats, 16 * i),
    accumulate(spec, parts, undefined, own),
  ];
  const storeAt = (target: Local, own: readonly Local[], i: number): Code => [
    finish(spec, parts, own),
    v128.store(target.get, parts.result.get, 16 * i),
  ];
  const hasAll = i32.less(i32.const(4 * width - 1), remaining.get);
  return when(
    hasAll,
    doWhile(
      [
        spec.isRunning || spec.reduction === undefined
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
    const { f, accumulators, remaining, hasFour } = parts;
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
        finish(spec, parts, accumulators),
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
              wideColumns(spec, parts, own, splats),
              when(remaining.get, doWhile(step(false), i32.less(i32.const(0), remaining.get))),
            ],
      ];
    });
  };
