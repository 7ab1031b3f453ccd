/** Holds the runner of programs on several threads, which `threads/` sets. */
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
  /** Starts the workers if an earlier program needed them when they could not start. */
  startIfWanted(): void;
}

/** What runs programs. With no runner, this thread does. */
export const threading: { runner?: ThreadedRunner | undefined } = {};

/** How many functions of whole arrays are running. */
let running = 0;

/**
 * Whether the memory must not be replaced now, since a function of whole arrays runs. It can hold
 * views of the memory, and it can be a step of a program.
 */
export const isMemoryInUse = (): boolean => running > 0;

/** Runs a function of whole arrays. Meanwhile, `isMemoryInUse` returns true. */
export const withMemoryInUse = (f: () => void): void => {
  running++;
  try {
    f();
  } finally {
    running--;
  }
};
