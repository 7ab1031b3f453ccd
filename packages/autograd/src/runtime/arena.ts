/** The memory of compiled functions, and its release when it becomes too large in total. */
import { typeError } from '../base/errors.ts';
import type { LinkedProgram } from './linked-program.ts';
import { copyOut, setReclaim } from './memory.ts';
import { Deferred } from '../base/deferred.ts';

/** The source of elements: an array, or the memory of a program. */
export type Elements = Float32Array | Resident;

/**
 * Elements that a program left in its memory.
 *
 * They are copied out when they are read, or before the memory is reused.
 */
export class Resident extends Deferred {
  readonly #length: number;
  readonly #address: number;
  #values: Float32Array | undefined;
  #isInArena = true;
  /** The error that prevented the elements from being copied out before the memory was reused. */
  #readError: unknown;

  constructor(address: number, length: number) {
    super();
    this.#address = address;
    this.#length = length;
  }

  /** The number of elements: 0 after the array that they were copied to was transferred. */
  get length(): number {
    return this.#values === undefined ? this.#length : this.#values.length;
  }

  /** Returns the elements, and caches a copy of them outside of the arena. */
  read(): Float32Array {
    if (this.#values === undefined) {
      if (this.#readError !== undefined) throw this.#readError;
      if (!this.#isInArena)
        throw typeError(
          'jit',
          'no elements: expected a tensor whose elements can be read, got one that was donated to a compiled function; copy it before by tensor(x.data, x.shape)',
        );
      this.#values = copyOut(this.#address, this.length);
    }
    return this.#values;
  }

  /** Whether the elements are lost, since they were donated. */
  get wasDonated(): boolean {
    return !this.#isInArena && this.#values === undefined;
  }

  /** The address of the elements; undefined after they were detached. */
  get address(): number | undefined {
    return this.#isInArena ? this.#address : undefined;
  }

  /**
   * Detaches from the arena; copies the elements out first unless they were donated.
   *
   * Does not throw if there is too little memory for the copy: `read` throws later.
   */
  detach(donated: boolean): void {
    try {
      if (this.#isInArena && !donated) this.read();
    } catch (error) {
      this.#readError = error;
    }
    this.#isInArena = false;
  }
}

/**
 * The memory of one program, and what is in it.
 *
 * It holds no reference to the program, so that the program can be collected first.
 */
export class Arena {
  readonly linked: LinkedProgram;
  /** The elements last copied to each input; undefined after other elements overwrote them. */
  readonly loaded: (Elements | undefined)[];
  /** The results of the last run that are still in the arena. */
  residents: Resident[] = [];
  /** The number of the program's last run, counted over all programs. */
  lastRun: number = runCount++;
  /** Whether the memory was released. To run again, the program then needs another arena. */
  isDisposed = false;

  constructor(linked: LinkedProgram) {
    this.linked = linked;
    this.loaded = linked.compiled.inputs.map(() => undefined);
  }

  /** Marks the program as the one that ran last. */
  touch(): void {
    this.lastRun = runCount++;
  }

  /** Releases the memory, after copying out the results that are still in it. */
  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    for (const resident of this.residents) resident.detach(false);
    this.residents = [];
    this.loaded.length = 0;
    arenas.delete(this);
    // A registered arena is kept until the next turn of the event loop.
    finalizers.unregister(this);
    this.linked.dispose();
  }
}

let runCount = 0;

/**
 * All arenas in use.
 *
 * Programs are not in here, not even weakly: after a WeakRef to a program is created or read, the
 * engine keeps the program alive until the next turn of the event loop.
 */
const arenas = new Set<Arena>();
const finalizers = new FinalizationRegistry<Arena>((arena) => arena.dispose());

/**
 * The most bytes of arenas that are kept when another program is linked.
 *
 * Finalizers run only between two turns of the event loop. Without a limit, a loop that compiles
 * and drops functions would take all memory.
 */
let byteLimit = 32 * 2 ** 20;

const bytesInUse = (): number => [...arenas].reduce((total, { linked }) => total + linked.bytes, 0);

/** Disposes the arena whose program ran longest ago. Returns false if there was none. */
const disposeOldest = (): boolean => {
  let oldest: Arena | undefined;
  for (const arena of arenas) if (oldest === undefined || arena.lastRun < oldest.lastRun) oldest = arena;
  oldest?.dispose();
  return oldest !== undefined;
};

/**
 * Registers a new arena of a program.
 *
 * The arena is disposed when the program is collected, or when other programs need the memory.
 */
export const register = (program: object, arena: Arena): void => {
  setReclaim(disposeOldest);
  while (bytesInUse() > byteLimit) disposeOldest();
  arenas.add(arena);
  finalizers.register(program, arena, arena);
};

/**
 * Raises the limit for a program that runs again after its arena was disposed.
 *
 * The limit was too low: such a program is still in use.
 */
export const raiseLimit = ({ linked }: Arena): void => {
  byteLimit = Math.max(byteLimit, bytesInUse() + linked.bytes);
};
