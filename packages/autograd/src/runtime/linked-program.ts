/** A compiled program in memory, ready to run. */
import type { CompiledProgram } from '../compiler/compile.ts';
import type { LoopBody } from '../compiler/loops.ts';
import { type Step, linkInstruction } from './link.ts';
import { allocate, memory, release } from './memory.ts';
import { type Runnable, threading } from './threading.ts';

export class LinkedProgram implements Runnable {
  readonly compiled: CompiledProgram;
  /** The address of the program's memory. */
  readonly start: number;
  /** The bytes of that memory, and of the programs that this one runs. */
  readonly bytes: number;
  /** The programs that instructions run. They stay in memory as long as this one does. */
  readonly #bodies: LoopBody[] = [];
  #steps: readonly Step[] = [];
  #version = memory.version;

  /**
   * Allocates the memory of the program and `extraBytes` behind it, copies the constants there and
   * links the instructions. Throws a RangeError if there is too little memory.
   */
  constructor(compiled: CompiledProgram, extraBytes: number = 0) {
    const { constants, instructions, plan } = compiled;
    const bytes = plan.bytes + extraBytes;
    this.compiled = compiled;
    this.start = allocate(bytes);
    try {
      for (const body of instructions.flatMap((step) => (step.kind === 'host' ? step.bodies : []))) {
        body.link();
        this.#bodies.push(body);
      }
      this.#link();
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.bytes = this.#bodies.reduce((total, body) => total + body.bytes, bytes);
    for (const { offset, values } of constants) memory.f32.set(values, (this.start + offset) >> 2);
  }

  #link(): void {
    this.#steps = this.compiled.instructions.map((instruction) => linkInstruction(instruction, this.start));
    this.#version = memory.version;
  }

  run(): void {
    const { runner } = threading;
    if (runner === undefined || !runner.run(this)) this.runAlone();
  }

  /** Runs all instructions on this thread. */
  runAlone(): void {
    if (this.#version !== memory.version) this.#link();
    const steps = this.#steps;
    for (let i = 0; i < steps.length; i++) steps[i]();
  }

  /** Frees the memory. The program must not run afterwards. */
  dispose(): void {
    for (const body of this.#bodies) body.unlink();
    release(this.start);
  }
}
