/**
 * Kernels of maps and reductions: out[kept…] = rule(operands[kept…]…), or the same combined over
 * the reduced axes, for any scalar rule, number of loops and access pattern.
 *
 * A reduction has one of two forms. 'columns': the innermost axis is kept, and four columns are
 * computed side by side. 'rows': the innermost axis is reduced; four partial results run side by
 * side and are combined at the end. Maps, and reductions in order, have the form 'columns'. The
 * order of combination depends on sizes and strides only.
 */
import { FunctionBuilder } from '../wasm/assembler.ts';
import { levelParameters, nest, repeatStrides } from './access.ts';
import { columns } from './columns.ts';
import type { KernelSpec, Parts } from './element-parts.ts';
import type { Kernel } from './kernel.ts';
import { rows } from './rows.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as v128 from '../wasm/instructions/v128.ts';

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
      nest(
        f,
        reduced.map((level) => repeatStrides(level, moved.length / moving)),
        moved,
        body,
      ),
      carried === undefined
        ? []
        : all.map((accumulator, i) => v128.store(carried.get, accumulator.get, 16 * i)),
    ],
  };
  const code =
    form === 'rows' ? rows(spec, parts, kept, pointers) : nest(f, kept, pointers, columns(spec, parts));
  return {
    name: `${reduction?.name ?? 'map'} ${accesses.join('')}`,
    bytes: f.module(code),
    pointers: [...accesses, ...(carried === undefined ? [] : [carried])].map(() => 'arena'),
  };
};
