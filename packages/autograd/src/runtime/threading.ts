/** Where `threads/` sets what runs programs on several threads. */
import type { CompiledProgram } from '../compiler/compile.ts';
import type { KernelLoop } from '../compiler/loops.ts';

/** A program that can run, or run on this thread alone. */
export interface Runnable {
  readonly compiled: CompiledProgram;
  /** The address of the program's memory. */
  readonly start: number;
  runAlone(): void;
}

/** Runs programs and large ops on several threads. */
export interface ThreadedRunner {
  /** Runs a program. Returns false if it is better run by this thread alone. */
  run(program: Runnable): boolean;
  /** Runs a loop of an eager op at these addresses. Returns false if this thread should do it. */
  runLoop(loop: KernelLoop, inputs: readonly number[], out: number): boolean;
}

/** What runs programs. With no runner, this thread does. */
export const threading: { runner?: ThreadedRunner | undefined } = {};
