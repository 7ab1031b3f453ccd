/** Code for pointers: moving them, and storing the last elements of a row. */
import { type Local, when } from './assembler.ts';
import type { Code } from './instructions/encoding.ts';
import * as i32 from './instructions/i32.ts';
import * as v128 from './instructions/v128.ts';

export const advance = (pointer: Local, bytes: Code): Code => pointer.set(i32.add(pointer.get, bytes));

/**
 * Stores the first `remaining` lanes of `value`, or all four if at least four elements remain.
 *
 * `value` is the code that reads a variable.
 */
export const storeRemaining = (target: Local, value: Code, remaining: Local, offset: number = 0): Code =>
  when(i32.less(i32.const(3), remaining.get), v128.store(target.get, value, offset), [
    when(
      i32.and(remaining.get, i32.const(2)),
      [
        v128.store64Lane(target.get, value, 0, offset),
        when(i32.and(remaining.get, i32.const(1)), v128.store32Lane(target.get, value, 2, offset + 8)),
      ],
      v128.store32Lane(target.get, value, 0, offset),
    ),
  ]);
