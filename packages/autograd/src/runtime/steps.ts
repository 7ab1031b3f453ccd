/** The instructions of a compiled program, linked to the memory and ready to run. */
import type { CompiledProgram } from '../compiler/compile.ts';
import { type Step, linkInstruction } from './link.ts';
import { memory } from './memory.ts';

/** Runs programs on several threads. `threads/` sets it. */
export interface ThreadedRunner {
  /** Runs a program. Returns false if it is better run by this thread alone. */
  run(steps: Steps): boolean;
}

/** What runs programs. With no runner, this thread does. */
export const threading: { runner?: ThreadedRunner | undefined } = {};

export class Steps {
  readonly compiled: CompiledProgram;
  /** The address of the program's memory. */
  readonly start: number;
  #linked: readonly Step[];
  #version = memory.version;

  constructor(compiled: CompiledProgram, start: number) {
    this.compiled = compiled;
    this.start = start;
    this.#linked = this.#link();
  }

  #link(): readonly Step[] {
    return this.compiled.instructions.map((instruction) => linkInstruction(instruction, this.start));
  }

  run(): void {
    const { runner } = threading;
    if (runner === undefined || !runner.run(this)) this.runAlone();
  }

  /** Runs all instructions on this thread. */
  runAlone(): void {
    if (this.#version !== memory.version) {
      this.#linked = this.#link();
      this.#version = memory.version;
    }
    const steps = this.#linked;
    for (let i = 0; i < steps.length; i++) steps[i]();
  }
}
