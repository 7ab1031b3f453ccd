/** The instructions of a compiled program, linked to the memory and ready to run. */
import type { CompiledProgram } from '../compiler/compile.ts';
import { type Step, linkInstruction } from './link.ts';
import { memory } from './memory.ts';
import { type Runnable, threading } from './threading.ts';

export class Steps implements Runnable {
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
