/** The kernel that makes several copies at once: a call for each of them would take longer. */
import { FunctionBuilder, doWhile } from '../wasm/assembler.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import * as memory from '../wasm/instructions/memory.ts';
import { advance } from '../wasm/pointers.ts';
import { type Kernel, lazy } from './kernel.ts';

/** A copy of elements. Addresses are in bytes. */
export interface Copy {
  readonly target: number;
  readonly source: number;
  readonly bytes: number;
  /** Added to `target` and to `source` after each copy, in bytes. Default 0. */
  readonly targetStep?: number;
  readonly sourceStep?: number;
}

/** The numbers of a copy as the kernel reads them, 32-bit integers. */
export const copyEntry = ({ target, source, bytes, targetStep = 0, sourceStep = 0 }: Copy): number[] => [
  target,
  source,
  bytes,
  targetStep,
  sourceStep,
];

export const ENTRY_BYTES = 20;

/** Makes copies in order. Its arguments are the address of their entries, and their number, > 0. */
export const copyAll: () => Kernel = /* @__PURE__ */ lazy(() => {
  const f = new FunctionBuilder();
  const [entry, count] = f.parameters(2);
  const [target, source] = f.ints(2);
  const field = (index: number) => i32.load(entry.get, 4 * index);
  const body = doWhile(
    [
      target.set(field(0)),
      source.set(field(1)),
      memory.copy(target.get, source.get, field(2)),
      i32.store(entry.get, i32.add(target.get, field(3)), 0),
      i32.store(entry.get, i32.add(source.get, field(4)), 4),
      advance(entry, i32.const(ENTRY_BYTES)),
    ],
    count.tee(i32.sub(count.get, i32.const(1))),
  );
  return { name: 'copies', bytes: f.module(body), pointers: ['arena'] };
});
