/** The memory of compiled functions, and what happens when all of it together becomes too much. */
import { typeError } from '../base/errors.ts';
import { memory, onShortage, release } from './memory.ts';
import { Deferred } from '../base/deferred.ts';

/** A copy of elements in memory. */
export const copyOut = (address: number, size: number): Float32Array<ArrayBuffer> =>
  memory.f32.slice(address >> 2, (address >> 2) + size);

/** Where elements are read from: an array, or the memory of a program. */
export type Elements = Float32Array | Resident;

/**
 * Elements that a program left in its memory. They are copied out when they are read, or when the
 * memory is needed.
 */
export class Resident extends Deferred {
  readonly length: number;
  readonly #address: number;
  #values: Float32Array | undefined;
  #isInArena = true;
  /** Why the elements could not be copied out when the memory was needed. */
  #loss: unknown;

  constructor(address: number, length: number) {
    super();
    this.#address = address;
    this.length = length;
  }

  /** The elements, from now on in an array of their own as well. */
  read(): Float32Array {
    if (this.#values === undefined) {
      if (this.#loss !== undefined) throw this.#loss;
      if (!this.#isInArena)
        throw typeError(
          'jit',
          'no elements: expected a tensor whose elements can be read, got one that was donated to a compiled function',
        );
      this.#values = copyOut(this.#address, this.length);
    }
    return this.#values;
  }

  /** Where the elements lie in kernels' memory, as long as they do. */
  get address(): number | undefined {
    return this.#isInArena ? this.#address : undefined;
  }

  /**
   * Detaches from the arena; copies the elements out first unless they were donated. Does not throw
   * if there is too little memory for them: reading them will.
   */
  leave(donated: boolean): void {
    try {
      if (this.#isInArena && !donated) this.read();
    } catch (error) {
      this.#loss = error;
    }
    this.#isInArena = false;
  }
}

/**
 * The memory of one program, and what is in it. Holds no reference to the program, so that can be
 * collected first.
 */
export class Arena {
  readonly start: number;
  readonly bytes: number;
  /** The elements that were last copied to each input, as long as they are still there. */
  readonly present: (Elements | undefined)[];
  /** Results of the last run. */
  residents: Resident[] = [];
  /** The number of the program's last run among the runs of all programs. */
  lastRun: number = runs++;
  /** Its memory was released: the program cannot run any more. */
  isDisposed = false;

  constructor(start: number, bytes: number, inputs: number) {
    this.start = start;
    this.bytes = bytes;
    this.present = new Array<Elements | undefined>(inputs).fill(undefined);
  }

  /** Marks the program as the one that ran last. */
  touch(): void {
    this.lastRun = runs++;
  }

  /** Releases the memory; results that are still in it are copied out. */
  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    for (const resident of this.residents) resident.leave(false);
    this.residents = [];
    this.present.length = 0;
    arenas.delete(this);
    release(this.start);
  }
}

let runs = 0;

/**
 * All arenas in use. Programs are not in here, not even weakly: the engine would keep a program
 * alive until the next turn of the event loop once a WeakRef to it was made or read.
 */
const arenas = new Set<Arena>();
const finalizers = new FinalizationRegistry<Arena>((arena) => arena.dispose());

/**
 * How many bytes of arenas stay when another program is compiled. Finalizers only run between two
 * turns of the event loop, so without a limit a loop that compiles and drops functions would take
 * all memory.
 */
let limit = 32 * 2 ** 20;

const bytesInUse = (): number => [...arenas].reduce((total, { bytes }) => total + bytes, 0);

/** Disposes the arena whose program ran longest ago; returns whether there was one. */
const disposeOldest = (): boolean => {
  let oldest: Arena | undefined;
  for (const arena of arenas) if (oldest === undefined || arena.lastRun < oldest.lastRun) oldest = arena;
  oldest?.dispose();
  return oldest !== undefined;
};

/**
 * Registers the arena of a new program, which lives until the program is collected, or others need
 * the memory.
 */
export const register = (program: object, arena: Arena): void => {
  onShortage(disposeOldest);
  while (bytesInUse() > limit) disposeOldest();
  arenas.add(arena);
  finalizers.register(program, arena);
};

/**
 * Raises the limit for a program that has to be compiled again because its arena was disposed: it
 * is in use after all.
 */
export const raiseLimit = (arena: Arena): void => {
  limit = Math.max(limit, bytesInUse() + arena.bytes);
};
