/** A compiled program in memory, which can run again and again. */
import type { CompiledProgram, ProgramOutput } from '../compiler/compile.ts';
import { printProgram } from '../compiler/print.ts';
import { Arena, type Elements, Resident, raiseLimit, register } from './arena.ts';
import { LinkedProgram } from './linked-program.ts';
import { copyOut, memory } from './memory.ts';

/**
 * Results of at most this many elements are copied out at once. That is cheaper than tracking them.
 */
const MAX_COPIED_SIZE = 256;

export class Program {
  readonly #compiled: CompiledProgram;
  #arena: Arena;
  /** The address of each input; undefined if unused. */
  #addresses: readonly (number | undefined)[] = [];

  /** Links the program. Throws a RangeError if there is too little memory. */
  constructor(compiled: CompiledProgram) {
    this.#compiled = compiled;
    this.#arena = this.#link();
  }

  #link(): Arena {
    const linked = new LinkedProgram(this.#compiled);
    this.#addresses = this.#compiled.inputs.map(({ offset }) =>
      offset === undefined ? undefined : linked.start + offset,
    );
    const arena = new Arena(linked);
    register(this, arena);
    return arena;
  }

  /** Returns the results for the inputs. The caller does not use `donated` inputs again. */
  run(inputs: readonly Elements[], donated: readonly boolean[]): Elements[] {
    if (this.#arena.isDisposed) {
      raiseLimit(this.#arena);
      this.#arena = this.#link();
    }
    const arena = this.#arena;
    arena.touch();
    // Copy out results of the last run, except donated ones that can stay in the arena.
    const kept: Resident[] = [];
    for (const resident of arena.residents) {
      const position = inputs.indexOf(resident);
      if (position >= 0 && donated[position] && this.#canStay(resident, position)) kept.push(resident);
      else resident.detach(false);
    }
    arena.residents = [];
    try {
      for (let i = 0; i < inputs.length; i++) this.#copyIn(inputs[i], i);
      arena.linked.run();
    } catch (error) {
      for (const resident of kept) resident.detach(false);
      throw error;
    }
    const results = this.#compiled.outputs.map((output) => this.#resultFor(output, inputs));
    for (let i = 0; i < inputs.length; i++) {
      const elements = inputs[i];
      if (donated[i] && elements instanceof Resident && !results.includes(elements)) elements.detach(true);
    }
    return results;
  }

  /** Returns results of their own, and keeps neither the inputs nor the results. */
  compute(inputs: readonly Float32Array[]): Float32Array[] {
    // This does not raise the limit of memory: the arena keeps no results between calls.
    if (this.#arena.isDisposed) this.#arena = this.#link();
    const arena = this.#arena;
    try {
      const results = this.run(
        inputs,
        inputs.map(() => false),
      );
      return results.map((result) => (result instanceof Resident ? result.read() : result));
    } finally {
      arena.residents = [];
      arena.loaded.fill(undefined);
    }
  }

  /**
   * Whether a donated result of the last run can stay in the arena without a copy.
   *
   * It must stay intact until it is copied to its input: no other input is copied over any part of
   * it. Or it must be in the input's memory already.
   *
   * A result that is returned again cannot stay, because the run overwrites its memory. If a run
   * can throw, the result must survive the error. It then can stay only in its input's memory,
   * which such a program does not overwrite.
   */
  #canStay({ address = 0, length }: Resident, position: number): boolean {
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

  /** Returns copies of the inputs of the last run. Only for a program that keeps its inputs. */
  inputs(): Float32Array<ArrayBuffer>[] {
    return this.#compiled.inputs.map(({ size }, i) => copyOut(this.#addresses[i] ?? 0, size));
  }

  /** Frees the memory, after copying out the results that are still in it. */
  dispose(): void {
    this.#arena.dispose();
  }

  #copyIn(elements: Elements, position: number): void {
    const address = this.#addresses[position];
    const { size, isOverwritten } = this.#compiled.inputs[position];
    const { loaded } = this.#arena;
    const wasDonated = elements instanceof Resident && elements.wasDonated;
    if (address === undefined || (loaded[position] === elements && !isOverwritten && !wasDonated)) return;
    // Reading the elements can throw. Until they are copied, the input counts as not loaded.
    loaded[position] = undefined;
    const from = elements instanceof Resident ? elements.address : undefined;
    if (from === undefined) {
      memory.f32.set(elements instanceof Resident ? elements.read() : elements, address >> 2);
    } else if (from !== address) {
      memory.f32.copyWithin(address >> 2, from >> 2, (from >> 2) + size);
    }
    if (!isOverwritten) loaded[position] = elements;
  }

  #resultFor(output: ProgramOutput, inputs: readonly Elements[]): Elements {
    if (output.kind === 'input') return inputs[output.position];
    if (output.kind === 'constant') return output.values;
    const address = this.#arena.linked.start + output.offset;
    if (output.size <= MAX_COPIED_SIZE) return copyOut(address, output.size);
    const resident = new Resident(address, output.size);
    this.#arena.residents.push(resident);
    return resident;
  }

  toString(): string {
    return printProgram(this.#compiled);
  }
}
