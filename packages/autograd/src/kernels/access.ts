/** Code for the traversal of operands: nested loops over pointers, and strided loads and stores. */
import { type FunctionBuilder, type Local, doWhile } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import { advance } from '../wasm/pointers.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as v128 from '../wasm/instructions/v128.ts';

/**
 * How an operand moves along the innermost axis, four elements at a time.
 *
 * 'v' (vector): adjacent elements. 's' (splat): the same element throughout. 'g' (gather): elements
 * at a stride that is passed at run time.
 */
export type Access = 'v' | 's' | 'g';

export const accessOf = (stride: number): Access => (stride === 1 ? 'v' : stride === 0 ? 's' : 'g');

/**
 * A loop around other loops: its count, and the bytes by which each iteration moves each pointer.
 */
export interface Level {
  readonly count: Local;
  readonly strides: readonly Local[];
}

/** Declares the parameters of one loop over `pointers` pointers: the count, then the strides. */
export const levelParameters = (f: FunctionBuilder, pointers: number): Level => ({
  count: f.parameter(),
  strides: f.parameters(pointers),
});

/** Returns the level of `times` lists of pointers, all of which move in the same way. */
export const repeatStrides = ({ count, strides }: Level, times: number): Level => ({
  count,
  strides: Array.from({ length: times }, () => strides).flat(),
});

/**
 * Nests loops, outermost first, around `body`.
 *
 * `body` gets the pointers of the current iteration.
 */
export const nest = (
  f: FunctionBuilder,
  levels: readonly Level[],
  pointers: readonly Local[],
  body: (pointers: readonly Local[]) => Code,
): Code => {
  const [level, ...inner] = levels;
  if (level === undefined) return body(pointers);
  const copies = pointers.map(() => f.int());
  const counter = f.int();
  return [
    copies.map((pointer, index) => pointer.set(pointers[index].get)),
    counter.set(level.count.get),
    doWhile(
      [
        nest(f, inner, copies, body),
        copies.map((pointer, index) => advance(pointer, level.strides[index].get)),
      ],
      counter.tee(i32.sub(counter.get, i32.const(1))),
    ),
  ];
};

/** Loads four elements along a gathered axis. */
export const gatherLanes = (f: FunctionBuilder, pointer: Local, stride: Local): Code => {
  const address = f.int();
  const vector = f.vector();
  const lane = (index: number): Code => [
    address.set(i32.add(address.get, stride.get)),
    vector.set(v128.load32Lane(address.get, vector.get, index)),
  ];
  return [
    address.set(pointer.get),
    vector.set(v128.load32Zero(address.get)),
    lane(1),
    lane(2),
    lane(3),
    vector.get,
  ];
};

/** Stores the four elements of a vector along a gathered axis. */
export const scatterLanes = (f: FunctionBuilder, pointer: Local, stride: Local, vector: Local): Code => {
  const address = f.int();
  return [
    address.set(pointer.get),
    [0, 1, 2, 3].map((lane) => [
      v128.store32Lane(address.get, vector.get, lane),
      advance(address, stride.get),
    ]),
  ];
};
