/** A compiled computation that can be run again and again. */
import { memory, onShortage, release } from '../wasm/runtime.ts';
import { Deferred } from './deferred.ts';
import type { FusedKernel } from './expressions.ts';
import { fuse, mayFail, mayFailFirst } from './fuse.ts';
import { baseOf, type Node, reachable } from './graph.ts';
import { plan, type Plan } from './plan.ts';
import { printProgram } from './print.ts';

/** Results of at most this many elements are copied out at once: cheaper than to keep track of them. */
const SMALL = 256;

/** A copy of elements in memory. */
const read = (address: number, size: number): Float32Array<ArrayBuffer> =>
  memory.f32.slice(address >> 2, (address >> 2) + size);

/** Where elements are read from: an array, or the memory of a program. */
export type Elements = Float32Array | Resident;

/** Elements that a program left in its memory. They are copied out when they are read, or when the program needs the place. */
export class Resident extends Deferred {
  readonly length: number;
  readonly #place: number;
  #values: Float32Array | undefined;
  /** Keeps the program's memory from being given back while the elements are in it. */
  #owner: Program | undefined;

  constructor(owner: Program, place: number, length: number) {
    super();
    this.#owner = owner;
    this.#place = place;
    this.length = length;
  }

  /** The elements, from now on in an array of their own as well. */
  read(): Float32Array {
    if (this.#values === undefined) {
      if (this.#owner === undefined)
        throw new TypeError(
          'jit: these elements belonged to an argument that was donated to a compiled function',
        );
      this.#values = read(this.#place, this.length);
    }
    return this.#values;
  }

  /** Where the elements lie in kernels' memory, as long as they do. */
  get address(): number | undefined {
    return this.#owner === undefined ? undefined : this.#place;
  }

  /** Gives up the place, after copying the elements out unless nobody may read them any more. */
  leave(donated: boolean): void {
    if (this.#owner !== undefined && !donated) this.read();
    this.#owner = undefined;
  }
}

interface Input {
  /** Absent if nothing reads it. */
  readonly address: number | undefined;
  readonly size: number;
  /** Whether a run writes over it. */
  readonly isOverwritten: boolean;
  /** What was last copied there, and is still there. */
  present: Elements | undefined;
}

interface Output {
  readonly size: number;
  /** The result is this input, or this constant. */
  readonly input: number | undefined;
  readonly constant: Float32Array | undefined;
  readonly address: number;
}

/** All programs that have memory; weakly, so that what nobody uses can be collected. */
const programs = new Set<WeakRef<Program>>();

const arenas = new FinalizationRegistry<{ arena: number; self: WeakRef<Program> }>(({ arena, self }) => {
  programs.delete(self);
  release(arena);
});

/** Counts runs, to tell which program was run longest ago. */
let runs = 0;

/**
 * Takes the memory of the program that was run longest ago. Without this, functions that are compiled and dropped in one go would use up all memory: finalizers have
 * to wait for a turn of the event loop, and for a collection, which the engine sees no reason for.
 */
const disposeOldest = (): boolean => {
  let oldest: Program | undefined;
  for (const self of programs) {
    const program = self.deref();
    if (program !== undefined && (oldest === undefined || program.lastRun < oldest.lastRun)) oldest = program;
  }
  oldest?.dispose();
  return oldest !== undefined;
};

export class Program {
  /** The number of its last run among those of all programs. */
  lastRun: number = runs++;
  /** Its memory was given back, and it cannot run any more. */
  isDisposed = false;
  readonly #self: WeakRef<Program> = new WeakRef(this);
  readonly #plan: Plan;
  readonly #inputs: readonly Input[];
  readonly #outputs: readonly Output[];
  readonly #kernels: readonly FusedKernel[];
  readonly #nodes: readonly Node[];
  readonly #mayFail: boolean;
  #residents: Resident[] = [];

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
    const { addresses, arena, offsets } = (this.#plan = plan(
      kernels,
      usedInputs,
      constants,
      outputs,
      writable,
    ));
    arenas.register(this, { arena, self: this.#self }, this);
    programs.add(this.#self);
    onShortage(disposeOldest);
    this.#kernels = kernels;
    this.#nodes = nodes;
    this.#mayFail = kernels.some(mayFail);
    const written = new Set(kernels.map(({ node }) => offsets.get(node)));
    this.#inputs = inputs.map((input) => ({
      address: addresses.get(input),
      size: input.size,
      isOverwritten: written.has(offsets.get(input)),
      present: undefined,
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
    this.lastRun = runs++;
    // Results of the last run are kept, unless they are given back where they may be overwritten.
    const staying: Resident[] = [];
    for (const resident of this.#residents) {
      const place = inputs.indexOf(resident);
      if (place >= 0 && donated[place] && this.#isSafe(resident, place)) staying.push(resident);
      else resident.leave(false);
    }
    this.#residents = [];
    try {
      for (let i = 0; i < inputs.length; i++) this.#copyIn(inputs[i], this.#inputs[i]);
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
    return this.#inputs.map(({ address = 0, size }) => read(address, size));
  }

  #copyIn(elements: Elements, input: Input): void {
    const { address, size, isOverwritten } = input;
    if (address === undefined || (input.present === elements && !isOverwritten)) return;
    // Reading the elements may fail: until they are there, nothing is.
    input.present = undefined;
    const from = elements instanceof Resident ? elements.address : undefined;
    if (from === undefined) {
      memory.f32.set(elements instanceof Resident ? elements.read() : elements, address >> 2);
    } else if (from !== address) {
      memory.f32.copyWithin(address >> 2, from >> 2, (from >> 2) + size);
    }
    if (!isOverwritten) input.present = elements;
  }

  #take({ size, input, constant, address }: Output, inputs: readonly Elements[]): Elements {
    if (input !== undefined) return inputs[input];
    if (constant !== undefined) return constant;
    if (size <= SMALL) return read(address, size);
    const resident = new Resident(this, address, size);
    this.#residents.push(resident);
    return resident;
  }

  /** Gives the memory back; results that are still in it are copied out. */
  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    for (const resident of this.#residents) resident.leave(false);
    this.#residents = [];
    arenas.unregister(this);
    programs.delete(this.#self);
    release(this.#plan.arena);
  }

  toString(): string {
    return printProgram(this.#nodes, this.#kernels, this.#plan);
  }
}
