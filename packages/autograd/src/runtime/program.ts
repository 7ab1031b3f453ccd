/** A compiled program in memory, which can be run again and again. */
import type { CompiledProgram, ProgramOutput } from '../compiler/compile.ts';
import { printProgram } from '../compiler/print.ts';
import { Arena, type Elements, Resident, copyOut, register } from './arena.ts';
import { type Step, linkInstruction } from './link.ts';
import { allocate, memory, release } from './memory.ts';

/** Results of at most this many elements are copied out at once, which is cheaper than to track them. */
const SMALL = 256;

export class Program {
  readonly arena: Arena;
  readonly #compiled: CompiledProgram;
  readonly #steps: readonly Step[];
  /** The address of each input; undefined if it is unused. */
  readonly #addresses: readonly (number | undefined)[];

  /** Allocates memory for the program, writes its constants there and links its instructions. */
  constructor(compiled: CompiledProgram) {
    const { instructions, inputs, constants, plan } = compiled;
    const start = allocate(plan.bytes);
    try {
      this.#steps = instructions.map((instruction) => linkInstruction(instruction, start));
    } catch (error) {
      release(start);
      throw error;
    }
    this.#compiled = compiled;
    this.#addresses = inputs.map(({ offset }) => (offset === undefined ? undefined : start + offset));
    for (const { offset, values } of constants) memory.f32.set(values, (start + offset) >> 2);
    this.arena = new Arena(start, plan.bytes, inputs.length);
    register(this, this.arena);
  }

  /** The results for the given inputs; `donated` ones are not used again by the caller. */
  run(inputs: readonly Elements[], donated: readonly boolean[]): Elements[] {
    const { arena } = this;
    arena.touch();
    // Results of the last run are kept, unless they are donated where they can be overwritten.
    const staying: Resident[] = [];
    for (const resident of arena.residents) {
      const position = inputs.indexOf(resident);
      if (position >= 0 && donated[position] && this.#isSafe(resident, position)) staying.push(resident);
      else resident.leave(false);
    }
    arena.residents = [];
    try {
      for (let i = 0; i < inputs.length; i++) this.#copyIn(inputs[i], i);
      const steps = this.#steps;
      for (let i = 0; i < steps.length; i++) steps[i]();
    } catch (error) {
      for (const resident of staying) resident.leave(false);
      throw error;
    }
    const results = this.#compiled.outputs.map((output) => this.#take(output, inputs));
    for (let i = 0; i < inputs.length; i++) {
      const elements = inputs[i];
      if (donated[i] && elements instanceof Resident && !results.includes(elements)) elements.leave(true);
    }
    return results;
  }

  /**
   * Whether a donated result of the last run stays intact until it is copied to its input, or is
   * there already: no input is copied over any part of it.
   *
   * A result that is returned again does not stay, because its memory is overwritten. Nor does one
   * that must survive an error, unless it is in its input's memory already, which a program that
   * can fail does not overwrite.
   */
  #isSafe({ address = 0, length }: Resident, position: number): boolean {
    const end = address + 4 * length;
    const { inputs, outputs, mayFail } = this.#compiled;
    return (
      (!mayFail || address === this.#addresses[position]) &&
      !outputs.some((output) => output.kind === 'input' && output.position === position) &&
      this.#addresses.every(
        (start, i) =>
          start === undefined ||
          (i === position && start === address) ||
          start >= end ||
          start + 4 * inputs[i].size <= address,
      )
    );
  }

  /** Copies of the elements that the last run was given, if the program keeps its inputs. */
  inputs(): Float32Array<ArrayBuffer>[] {
    return this.#compiled.inputs.map(({ size }, i) => copyOut(this.#addresses[i] ?? 0, size));
  }

  #copyIn(elements: Elements, position: number): void {
    const address = this.#addresses[position];
    const { size, isOverwritten } = this.#compiled.inputs[position];
    const { present } = this.arena;
    if (address === undefined || (present[position] === elements && !isOverwritten)) return;
    // Reading the elements can throw: until they are copied, nothing is present.
    present[position] = undefined;
    const from = elements instanceof Resident ? elements.address : undefined;
    if (from === undefined) {
      memory.f32.set(elements instanceof Resident ? elements.read() : elements, address >> 2);
    } else if (from !== address) {
      memory.f32.copyWithin(address >> 2, from >> 2, (from >> 2) + size);
    }
    if (!isOverwritten) present[position] = elements;
  }

  #take(output: ProgramOutput, inputs: readonly Elements[]): Elements {
    if (output.kind === 'input') return inputs[output.position];
    if (output.kind === 'constant') return output.values;
    const address = this.arena.start + output.offset;
    if (output.size <= SMALL) return copyOut(address, output.size);
    const resident = new Resident(address, output.size);
    this.arena.residents.push(resident);
    return resident;
  }

  toString(): string {
    return printProgram(this.#compiled);
  }
}
