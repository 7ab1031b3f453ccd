/** Runs the phases of a program together with the workers. */
import type { KernelLoop } from '../compiler/loops.ts';
import type { CompiledProgram } from '../compiler/compile.ts';
import { type Phase, phaseOf, phasesOf, timeOf } from '../compiler/phases.ts';
import { fusesMultiplyAdd, useFusedMultiplyAdd } from '../kernels/matmul.ts';
import { memory, release, unshareMemory } from '../runtime/memory.ts';
import { type Runnable, type ThreadedRunner, isMemoryInUse } from '../runtime/threading.ts';
import { Choice } from './choice.ts';
import { WORDS, type Word } from './control.ts';
import { type LinkedPhase, linkParts, linkPhase, runParts } from './linked-phase.ts';
import { canSleep } from './workers.ts';

interface ThreadedProgram {
  readonly phases: readonly LinkedPhase[];
  /** Whether it is worth waking workers. */
  readonly isLong: boolean;
  /** Undefined if it always runs on several threads. */
  readonly choice: Choice | undefined;
}

/** The settings of a runner, which tests change. */
export interface RunnerSettings {
  /**
   * The least time of a program that runs on several threads, in nanoseconds. Only work that can be
   * divided counts.
   */
  readonly leastTime: number;
  /** Shorter programs do not wake workers. */
  readonly leastTimeToWake: number;
  /** Whether to time programs, and to run them on one thread if that is faster. */
  readonly isAdaptive: boolean;
  /**
   * How long to wait for a part that a worker has claimed, in milliseconds. For long computations,
   * this is `SLOWNESS` times as long as they take on one thread.
   */
  readonly patience: number;
}

/** To wake workers takes from 15 µs to 200 µs. */
export const DEFAULT_SETTINGS: RunnerSettings = {
  leastTime: 20_000,
  leastTimeToWake: 100_000,
  isAdaptive: true,
  patience: 10_000,
};

/** How much slower than expected a worker may be: its processor can have other things to do. */
const SLOWNESS = 50;
/** How often to look for the end of a phase before sleeping. */
const MAX_TURNS = 2000;
/** The longest sleep, in milliseconds. Then look again whether workers are alive. */
const SLEEP = 100;

const finalizers = new FinalizationRegistry<number>(release);

export class Runner implements ThreadedRunner {
  readonly #threads: number;
  readonly #begin: () => number | undefined;
  readonly #settings: RunnerSettings;
  readonly #sleeps = canSleep();
  readonly #programs = new WeakMap<Runnable, ThreadedProgram | null>();
  readonly #onDeath: (message: string) => void;
  #words = new Int32Array(0) as Int32Array<ArrayBufferLike>;
  /** The index of the words of `control.ts`; undefined until workers are started. */
  #origin: number | undefined;
  /** The number of the next part to offer. */
  #limit = 0;
  /** Whether workers are to be started as soon as the memory is not in use. */
  #isWanted = false;
  /**
   * Whether a worker has died or is late. Then this thread does the rest of the program, perhaps in
   * another memory.
   */
  #isAlone = false;

  /**
   * `begin` starts the workers and returns the address of the words of `control.ts`, or undefined
   * if they cannot start.
   */
  constructor(
    threads: number,
    begin: () => number | undefined,
    settings: RunnerSettings,
    onDeath: (message: string) => void,
  ) {
    this.#threads = threads;
    this.#begin = begin;
    this.#settings = settings;
    this.#onDeath = onDeath;
  }

  run(steps: Runnable): boolean {
    this.startIfWanted();
    let program = this.#programs.get(steps);
    if (program === undefined) {
      program = this.#prepare(steps);
      if (program === undefined) return false;
      this.#programs.set(steps, program);
    }
    if (program === null) return false;
    this.#refresh();
    const isAsleep = this.#load('sleepers') >= this.#threads - 1;
    if (isAsleep && !program.isLong) return false;
    const { choice, phases } = program;
    // While workers start, this thread does what they leave. That says nothing about their speed.
    if (choice === undefined || this.#load('started') < this.#threads - 1) {
      this.#runPhases(phases);
      return true;
    }
    const isTogether = choice.next();
    const started = performance.now();
    if (isTogether) this.#runPhases(phases);
    else steps.runAlone();
    choice.note(isTogether, performance.now() - started);
    return true;
  }

  runLoop(loop: KernelLoop, inputs: readonly number[], out: number): boolean {
    if (timeOf(loop) < this.#settings.leastTimeToWake || !this.#isReady()) return false;
    // The result of an eager op lies apart from its operands.
    const phase = { ...phaseOf(loop, inputs, out, this.#threads), isRepeatable: true };
    const linked = linkPhase(phase, 0);
    const { list } = linked;
    if (list === undefined) return false;
    this.#refresh();
    try {
      this.#runTogether(linked, list);
    } finally {
      release(list);
    }
    return true;
  }

  startIfWanted(): void {
    if (this.#isWanted) this.#isReady();
  }

  /** Starts the workers unless they are started. Returns false if they cannot start now. */
  #isReady(): boolean {
    if (this.#origin === undefined) {
      this.#isWanted = isMemoryInUse();
      if (this.#isWanted) return false;
      const control = this.#begin();
      if (control === undefined) return false;
      this.#origin = control >> 2;
    }
    return true;
  }

  /** The memory may have grown. */
  #refresh(): void {
    if (this.#words.buffer !== memory.f32.buffer) this.#words = new Int32Array(memory.f32.buffer);
  }

  #runPhases(phases: readonly LinkedPhase[]): void {
    for (const linked of phases) {
      const { phase, arena, parts, list } = linked;
      if (this.#isAlone) runParts(linkParts(phase, arena));
      else if (list === undefined) runParts(parts);
      else this.#runTogether(linked, list);
    }
  }

  #at(word: Word): number {
    return (this.#origin ?? 0) + WORDS[word];
  }

  #load(word: Word): number {
    return Atomics.load(this.#words, this.#at(word));
  }

  #store(word: Word, value: number): void {
    Atomics.store(this.#words, this.#at(word), value);
  }

  /**
   * Divides a program. Returns null if this thread must run it alone, and undefined if the workers
   * cannot start yet.
   */
  #prepare({ compiled, start }: Runnable): ThreadedProgram | null | undefined {
    const phases = this.#divide(compiled);
    const total = phases.reduce((sum, { time }) => sum + time, 0);
    const { leastTime, leastTimeToWake } = this.#settings;
    if (total < leastTime) return null;
    if (!this.#isReady()) return this.#isWanted ? undefined : null;
    const linked = phases.map((phase) => linkPhase(phase, start));
    for (const phase of linked) if (phase.list !== undefined) finalizers.register(phase, phase.list);
    return {
      phases: linked,
      isLong: total >= leastTimeToWake,
      choice: this.#settings.isAdaptive ? new Choice() : undefined,
    };
  }

  /** Returns the phases of a program, with the product kernels that it was compiled with. */
  #divide({ kernels, plan, fusesMultiplyAdd: fuses }: CompiledProgram): readonly Phase[] {
    const before = fusesMultiplyAdd();
    useFusedMultiplyAdd(fuses);
    try {
      return phasesOf(kernels, plan, this.#threads);
    } finally {
      useFusedMultiplyAdd(before);
    }
  }

  /** Offers the parts, and runs those that no worker claims. */
  #runTogether(linked: LinkedPhase, list: number): void {
    const { parts } = linked;
    const words = this.#words;
    const [next, done] = [this.#at('next'), this.#at('done')];
    const first = this.#limit;
    const limit = (first + parts.length) | 0;
    this.#limit = limit;
    this.#store('pages', memory.f32.byteLength >>> 16);
    this.#store('list', list);
    this.#store('first', first);
    this.#store('limit', limit);
    if (this.#load('sleepers') > 0) {
      Atomics.add(words, this.#at('wake'), 1);
      Atomics.notify(words, this.#at('wake'), parts.length - 1);
    }
    for (;;) {
      const number = Atomics.load(words, next);
      if (number === limit) break;
      if (Atomics.compareExchange(words, next, number, (number + 1) | 0) !== number) continue;
      const steps = parts[(number - first) | 0];
      for (let i = 0; i < steps.length; i++) steps[i]();
      Atomics.add(words, done, 1);
    }
    for (let turn = 0; Atomics.load(words, done) !== limit; turn++)
      if (turn > MAX_TURNS) return this.#wait(limit, linked);
    this.#checkFailure(linked);
  }

  /** Waits for parts that workers have claimed. */
  #wait(limit: number, linked: LinkedPhase): void {
    const words = this.#words;
    const done = this.#at('done');
    const started = performance.now();
    // The time of sleeps alone: the machine may sleep as well, and the clock goes on.
    let slept = 0;
    const patience = Math.max(this.#settings.patience, (SLOWNESS * linked.phase.time) / 1e6);
    this.#store('isWaiting', 1);
    for (let count = Atomics.load(words, done); count !== limit; count = Atomics.load(words, done)) {
      if (!this.#sleeps) slept = performance.now() - started;
      else if (Atomics.wait(words, done, count, SLEEP) === 'timed-out') slept += SLEEP;
      if (slept > patience) {
        const message = `a worker has not finished its part of a computation for ${Number((patience / 1000).toPrecision(2))} s`;
        return this.#recover(message, linked, true);
      }
    }
    this.#store('isWaiting', 0);
    this.#checkFailure(linked);
  }

  #checkFailure(linked: LinkedPhase): void {
    if (this.#load('failed') !== 0)
      this.#recover('a part of a computation failed in a worker', linked, false);
  }

  /**
   * Ends the workers, and runs all parts again. Throws an Error if that is not possible.
   *
   * A worker that is late may still run, and write its results at any time. So it keeps the memory,
   * and this thread goes on in another one. It cannot do so inside of a function that holds views
   * of the memory, such as a loop.
   */
  #recover(message: string, { phase, arena }: LinkedPhase, isLate: boolean): void {
    this.#isAlone = true;
    const isInFunction = isLate && isMemoryInUse();
    try {
      if (isLate) unshareMemory();
    } catch (error) {
      throw new Error(
        `useThreads: ${message}, and there is no memory to go on without it: ${(error as Error).message}`,
        { cause: error },
      );
    } finally {
      this.#onDeath(message);
    }
    if (!phase.isRepeatable || isInFunction)
      throw new Error(
        `useThreads: ${message}, which cannot be repeated: ${isInFunction ? 'it is a part of a loop' : 'it changes its operands'}; from now on, one thread computes`,
      );
    runParts(linkParts(phase, arena));
  }
}
