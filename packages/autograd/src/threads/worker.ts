/** What a worker does. */
import type { WORDS } from './control.ts';

/** What a worker gets when it starts. */
export interface WorkerData {
  readonly memory: WebAssembly.Memory;
  /** The address of the words of `control.ts`, and where each is. */
  readonly control: number;
  readonly words: typeof WORDS;
  /** The address of the scratch memory of this worker. */
  readonly scratch: number;
  /** How long to wait for parts before sleeping, in milliseconds. */
  readonly spin: number;
}

/**
 * Claims parts and runs them, until it is told to stop.
 *
 * The text of this function is the program of the worker. So it must not use anything outside of
 * itself. Its functions are methods: for other functions with names, bundlers that keep names call
 * a function of their own. It reads parts and the kernels that they call from the shared memory: a
 * thread that is busy gets no messages.
 *
 * A part is a list of words: its number, the number of calls, and for each call the number of the
 * kernel, the address and the length of the kernel's bytes, the number of arguments, a mask of
 * those that are addresses in scratch memory, and the arguments.
 */
export const work = ({ memory, control, words: W, scratch, spin }: WorkerData): void => {
  const MAX_KEPT = 10_000;
  const origin = control >> 2;
  const worker = {
    words: new Int32Array(memory.buffer),
    kernels: new Map<number, (...args: number[]) => void>(),
    parts: new Map<number, (() => void)[]>(),

    load(word: number): number {
      return Atomics.load(this.words, origin + word);
    },

    kernelOf(id: number, address: number, length: number): (...args: number[]) => void {
      let kernel = this.kernels.get(id);
      if (kernel === undefined) {
        // A module cannot be made of shared memory.
        const bytes = new Uint8Array(memory.buffer, address, length).slice();
        const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { m: memory } });
        kernel = instance.exports['f'] as (...args: number[]) => void;
        if (this.kernels.size > MAX_KEPT) this.kernels.clear();
        this.kernels.set(id, kernel);
      }
      return kernel;
    },

    partAt(address: number): (() => void)[] {
      const { words } = this;
      let at = address >> 2;
      const id = words[at++];
      let steps = this.parts.get(id);
      if (steps !== undefined) return steps;
      steps = [];
      for (let calls = words[at++]; calls > 0; calls--) {
        const kernel = this.kernelOf(words[at], words[at + 1], words[at + 2]);
        const [count, mask] = [words[at + 3], words[at + 4]];
        const args: number[] = [];
        for (let i = 0; i < count; i++)
          args.push(words[at + 5 + i] + (i < 31 && (mask >> i) & 1 ? scratch : 0));
        steps.push(kernel.bind(undefined, ...args));
        at += 5 + count;
      }
      if (this.parts.size > MAX_KEPT) this.parts.clear();
      this.parts.set(id, steps);
      return steps;
    },

    runPart(number: number): void {
      try {
        // Parts, their kernels and what these change can lie where the memory has grown.
        while (this.words.byteLength < 65536 * this.load(W.pages)) this.words = new Int32Array(memory.buffer);
        const steps = this.partAt(this.words[(this.load(W.list) >> 2) + ((number - this.load(W.first)) | 0)]);
        for (let i = 0; i < steps.length; i++) steps[i]();
      } catch {
        Atomics.store(this.words, origin + W.failed, 1);
      }
      Atomics.add(this.words, origin + W.byWorkers, 1);
      Atomics.add(this.words, origin + W.done, 1);
      if (this.load(W.isWaiting) !== 0) Atomics.notify(this.words, origin + W.done);
    },

    sleep(): void {
      const wake = this.load(W.wake);
      Atomics.add(this.words, origin + W.sleepers, 1);
      if (this.load(W.next) === this.load(W.limit) && this.load(W.stop) === 0)
        Atomics.wait(this.words, origin + W.wake, wake);
      Atomics.sub(this.words, origin + W.sleepers, 1);
    },

    run(): void {
      Atomics.add(this.words, origin + W.started, 1);
      let idleSince = performance.now();
      let turns = 0;
      while (this.load(W.stop) === 0) {
        const number = this.load(W.next);
        if (((this.load(W.limit) - number) | 0) > 0) {
          const claimed = Atomics.compareExchange(this.words, origin + W.next, number, (number + 1) | 0);
          if (claimed !== number) continue;
          this.runPart(number);
          idleSince = performance.now();
        } else if (turns++ % 64 === 0 && performance.now() - idleSince > spin) {
          this.sleep();
          idleSince = performance.now();
        }
      }
    },
  };
  worker.run();
};
