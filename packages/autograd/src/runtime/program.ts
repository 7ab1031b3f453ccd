/** A compiled computation that can be run again and again. */
import { memory } from './memory.ts';
import { Arena, copyOut, type Elements, register, Resident } from './arena.ts';
import type { FusedKernel } from '../compiler/expressions.ts';
import { fuse, mayFail, mayFailFirst } from '../compiler/fuse.ts';
import { baseOf, type Node, reachable } from '../compiler/graph.ts';
import { plan, type Plan } from '../compiler/memory-plan.ts';
import { printProgram } from '../compiler/print.ts';

/** Results of at most this many elements are copied out at once: cheaper than to keep track of them. */
const SMALL = 256;

interface Input {
  /** Absent if nothing reads it. */
  readonly address: number | undefined;
  readonly size: number;
  /** Whether a run writes over it. */
  readonly isOverwritten: boolean;
}

interface Output {
  readonly size: number;
  /** The result is this input, or this constant. */
  readonly input: number | undefined;
  readonly constant: Float32Array | undefined;
  readonly address: number;
}

export class Program {
  readonly arena: Arena;
  readonly #plan: Plan;
  readonly #inputs: readonly Input[];
  readonly #outputs: readonly Output[];
  readonly #kernels: readonly FusedKernel[];
  readonly #nodes: readonly Node[];
  readonly #mayFail: boolean;

  /** With `keepsInputs`, `inputs()` gives the elements that the last run was given. */
  constructor(
    inputs: readonly Node[],
    outputs: readonly Node[],
    donated: ReadonlySet<Node>,
    keepsInputs: boolean = false,
  ) {
    const nodes = reachable(outputs);
    const used = new Set(nodes);
    const constants = nodes.filter(({ definition }) => definition.kind === 'constant');
    const usedInputs = keepsInputs ? inputs : inputs.filter((input) => used.has(input));
    const kernels = fuse(outputs);
    // What may fail halfway must leave its arguments as they were.
    const results = new Set(outputs.map((output) => baseOf(output).node));
    const mayFailLate = kernels.some(
      (kernel) => mayFail(kernel) && (!mayFailFirst(kernel) || results.has(kernel.node)),
    );
    const writable = mayFailLate || keepsInputs ? new Set<Node>() : donated;
    const { addresses, arena, bytes, offsets } = (this.#plan = plan(
      kernels,
      usedInputs,
      constants,
      outputs,
      writable,
    ));
    this.arena = new Arena(arena, bytes, inputs.length);
    register(this, this.arena);
    this.#kernels = kernels;
    this.#nodes = nodes;
    this.#mayFail = kernels.some(mayFail);
    const written = new Set(kernels.map(({ node }) => offsets.get(node)));
    this.#inputs = inputs.map((input) => ({
      address: addresses.get(input),
      size: input.size,
      isOverwritten: written.has(offsets.get(input)),
    }));
    this.#outputs = outputs.map((output) => {
      const { node, offset } = baseOf(output);
      const { definition } = node;
      const { size } = output;
      return {
        size,
        input: definition.kind === 'input' && node.size === size ? definition.position : undefined,
        constant:
          definition.kind === 'constant' ? definition.values.subarray(offset, offset + size) : undefined,
        address: (addresses.get(node) ?? 0) + 4 * offset,
      };
    });
    for (const node of constants)
      if (node.definition.kind === 'constant')
        memory.f32.set(node.definition.values, (addresses.get(node) ?? 0) >> 2);
  }

  /** The results for the given inputs. `donated` tells which inputs will not be used again. */
  run(inputs: readonly Elements[], donated: readonly boolean[]): Elements[] {
    const { arena } = this;
    arena.touch();
    // Results of the last run are kept, unless they are given back where they may be overwritten.
    const staying: Resident[] = [];
    for (const resident of arena.residents) {
      const place = inputs.indexOf(resident);
      if (place >= 0 && donated[place] && this.#isSafe(resident, place)) staying.push(resident);
      else resident.leave(false);
    }
    arena.residents = [];
    try {
      for (let i = 0; i < inputs.length; i++) this.#copyIn(inputs[i], i);
      const { steps } = this.#plan;
      for (let i = 0; i < steps.length; i++) steps[i]();
    } catch (error) {
      for (const resident of staying) resident.leave(false);
      throw error;
    }
    const results = this.#outputs.map((output) => this.#take(output, inputs));
    for (let i = 0; i < inputs.length; i++) {
      const elements = inputs[i];
      if (donated[i] && elements instanceof Resident && !results.includes(elements)) elements.leave(true);
    }
    return results;
  }

  /**
   * Whether a donated result of the last run stays intact until it is copied to its input, or is there already: no input is copied over any part of it. One that is a result
   * again does not stay, because its place is written to; nor one that would have to be there after a failure, except in the place of its input, which what may fail does not touch.
   */
  #isSafe({ address = 0, length }: Resident, place: number): boolean {
    const end = address + 4 * length;
    return (
      (!this.#mayFail || address === this.#inputs[place].address) &&
      !this.#outputs.some(({ input }) => input === place) &&
      this.#inputs.every(
        ({ address: start, size }, i) =>
          start === undefined ||
          (i === place && start === address) ||
          start >= end ||
          start + 4 * size <= address,
      )
    );
  }

  /** Copies of the elements that the last run was given. */
  inputs(): Float32Array<ArrayBuffer>[] {
    return this.#inputs.map(({ address = 0, size }) => copyOut(address, size));
  }

  #copyIn(elements: Elements, place: number): void {
    const { address, size, isOverwritten } = this.#inputs[place];
    const { present } = this.arena;
    if (address === undefined || (present[place] === elements && !isOverwritten)) return;
    // Reading the elements may fail: until they are there, nothing is.
    present[place] = undefined;
    const from = elements instanceof Resident ? elements.address : undefined;
    if (from === undefined) {
      memory.f32.set(elements instanceof Resident ? elements.read() : elements, address >> 2);
    } else if (from !== address) {
      memory.f32.copyWithin(address >> 2, from >> 2, (from >> 2) + size);
    }
    if (!isOverwritten) present[place] = elements;
  }

  #take({ size, input, constant, address }: Output, inputs: readonly Elements[]): Elements {
    if (input !== undefined) return inputs[input];
    if (constant !== undefined) return constant;
    if (size <= SMALL) return copyOut(address, size);
    const resident = new Resident(address, size);
    this.arena.residents.push(resident);
    return resident;
  }

  toString(): string {
    return printProgram(this.#nodes, this.#kernels, this.#plan);
  }
}
