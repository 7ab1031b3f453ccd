/** A compiled program that runs many times. Its caller copies inputs in and outputs out. */
import type { CompiledProgram } from '../compiler/compile.ts';
import { printProgram } from '../compiler/print.ts';
import type { Values } from '../compiler/loops.ts';
import { allocate, memory, release } from './memory.ts';
import { Steps } from './steps.ts';

const finalizers = /* @__PURE__ */ new FinalizationRegistry<number>(release);

/** Where elements are: in the memory of the kernels, or in an array of constants. */
type Place = { readonly start: number; readonly size: number } | Float32Array;

export class StepProgram {
  readonly mayFail: boolean;
  readonly #start: number;
  readonly #steps: Steps;
  readonly #inputs: readonly (number | undefined)[];
  readonly #sizes: readonly number[];
  readonly #outputs: readonly Place[];
  /** Whether each output is in the memory of an input, which the next `copyIn` overwrites. */
  readonly #isInput: readonly boolean[];

  readonly #compiled: CompiledProgram;

  constructor(compiled: CompiledProgram) {
    const { inputs, outputs, constants, plan, mayFail } = compiled;
    this.#compiled = compiled;
    const start = allocate(plan.bytes);
    try {
      this.#steps = new Steps(compiled, start);
    } catch (error) {
      release(start);
      throw error;
    }
    for (const { offset, values } of constants) memory.f32.set(values, (start + offset) >> 2);
    this.#start = start;
    this.mayFail = mayFail;
    this.#inputs = inputs.map(({ offset }) => (offset === undefined ? undefined : (start + offset) >> 2));
    this.#sizes = inputs.map(({ size }) => size);
    this.#isInput = outputs.map(({ kind }) => kind === 'input');
    this.#outputs = outputs.map((output): Place => {
      if (output.kind === 'constant') return output.values;
      if (output.kind === 'arena') return { start: (start + output.offset) >> 2, size: output.size };
      return { start: this.#inputs[output.position] ?? 0, size: inputs[output.position].size };
    });
    finalizers.register(this, start, this);
  }

  /** Frees the memory. The program must not run afterwards. */
  dispose(): void {
    finalizers.unregister(this);
    release(this.#start);
  }

  /** Copies the values of an input in: the elements of `from` that start at `offset`. */
  copyIn(input: number, from: Values, offset: number = 0): void {
    const target = this.#inputs[input];
    const size = this.#sizes[input];
    if (target === undefined) return;
    memory.f32.set(from.length === size ? from : from.subarray(offset, offset + size), target);
  }

  run(): void {
    this.#steps.run();
  }

  /** Copies the values of an output to `to`, at `offset`. */
  copyOut(output: number, to: Values, offset: number = 0): void {
    const place = this.#outputs[output];
    if (!('start' in place)) return to.set(place, offset);
    to.set(memory.f32.subarray(place.start, place.start + place.size), offset);
  }

  /** Copies the first `count` outputs to the first `count` inputs, all at once. */
  feedBack(count: number): void {
    // Copy outputs that are in the memory of an input before any input changes.
    const kept = this.#outputs
      .slice(0, count)
      .map((place, i) =>
        this.#isInput[i] && 'start' in place && place.start !== this.#inputs[i]
          ? memory.f32.slice(place.start, place.start + place.size)
          : place,
      );
    for (let i = 0; i < count; i++) {
      const place = kept[i];
      const target = this.#inputs[i];
      if (target === undefined) continue;
      if (!('start' in place)) memory.f32.set(place, target);
      else if (place.start !== target) memory.f32.copyWithin(target, place.start, place.start + place.size);
    }
  }

  toString(): string {
    return printProgram(this.#compiled);
  }
}
