/** Elementwise kernels: out[i…] = rule(operands[i…]…), for any scalar rule, number of loops and access pattern. */
import {
  type Code,
  doWhile,
  FunctionBuilder,
  i32,
  type Local,
  v128,
  ValueType,
  when,
} from '../wasm/assembler.ts';
import { instantiate, type Kernel } from '../wasm/runtime.ts';
import { type Access, advance, gatherLanes, levelParameters, nest, storeRemaining } from './access.ts';
import type { ScalarRule } from './algebra.ts';
import { vectorAlgebra } from './vector.ts';

/**
 * Compiles the kernel of a rule for `accesses` (of the operands, then of out) and `rank` nested loops.
 *
 * Its arguments: the address of out and of each operand; the number of innermost elements; the byte stride of every gathered
 * operand (operands first, then out); and for each outer loop, outermost first, its count and the byte strides of out
 * and of each operand. All counts are at least 1.
 */
export const compileMap = (rule: ScalarRule, accesses: readonly Access[], rank: number): Kernel => {
  const f = new FunctionBuilder();
  const operandAccesses = accesses.slice(0, -1);
  const pointers = Array.from({ length: accesses.length }, () => f.parameter());
  const count = f.parameter();
  const innerStrides = accesses.map((access) => (access === 'g' ? f.parameter() : undefined));
  const levels = Array.from({ length: Math.max(rank - 1, 0) }, () => levelParameters(f, accesses.length));
  const remaining = f.local(ValueType.i32);
  const gathers = accesses.includes('g');

  /** Code that computes one step from values loaded by `load` and puts it out by `store`. */
  const step = (
    operands: readonly Local[],
    load: (pointer: Local, index: number) => Code,
    store: (value: Code) => Code,
  ): Code => {
    const algebra = vectorAlgebra(f);
    const loaded = operands.map(() => f.local(ValueType.v128));
    const result = algebra.statements;
    const value = rule<Code, Code>(algebra, ...loaded.map((local) => local.get));
    return [operands.map((pointer, index) => loaded[index].set(load(pointer, index))), result, store(value)];
  };

  const innermost = ([outPointer, ...operandPointers]: readonly Local[]): Code => {
    const out = f.local(ValueType.i32);
    const operands = operandPointers.map(() => f.local(ValueType.i32));
    const splats = operandAccesses.map((access) => (access === 's' ? f.local(ValueType.v128) : undefined));
    const moveBy = (elements: number): Code => [
      [...operands, out].map((pointer, index) => {
        const stride = innerStrides[index];
        if (stride !== undefined) return advance(pointer, i32.mul(stride.get, i32.const(elements)));
        return accesses[index] === 's' ? [] : advance(pointer, i32.const(4 * elements));
      }),
      remaining.set(i32.sub(remaining.get, i32.const(elements))),
    ];
    const loadFour = (pointer: Local, index: number): Code => {
      const stride = innerStrides[index];
      if (stride !== undefined) return gatherLanes(f, pointer, stride);
      return splats[index]?.get ?? v128.load(pointer.get);
    };
    const storeFour = (value: Code): Code => {
      const stride = innerStrides[accesses.length - 1];
      if (stride === undefined) return v128.store(out.get, value);
      const address = f.local(ValueType.i32);
      return [
        address.set(out.get),
        [0, 1, 2, 3].map((lane) => [
          v128.store32Lane(address.get, value, lane),
          advance(address, stride.get),
        ]),
      ];
    };
    const fourByFour = gathers
      ? [
          when(
            i32.less(i32.const(3), remaining.get),
            doWhile([step(operands, loadFour, storeFour), moveBy(4)], i32.less(i32.const(3), remaining.get)),
          ),
          when(
            remaining.get,
            doWhile(
              [
                step(
                  operands,
                  (pointer, index) => splats[index]?.get ?? v128.load32Zero(pointer.get),
                  (value) => v128.store32Lane(out.get, value, 0),
                ),
                moveBy(1),
              ],
              remaining.get,
            ),
          ),
        ]
      : doWhile(
          [step(operands, loadFour, (value) => storeRemaining(out, value, remaining)), moveBy(4)],
          i32.less(i32.const(0), remaining.get),
        );
    return [
      out.set(outPointer.get),
      operands.map((pointer, index) => pointer.set(operandPointers[index].get)),
      splats.map((splat, index) => splat?.set(v128.load32Splat(operands[index].get)) ?? []),
      remaining.set(count.get),
      fourByFour,
    ];
  };
  return instantiate(f.module(nest(f, levels, pointers, innermost)));
};
