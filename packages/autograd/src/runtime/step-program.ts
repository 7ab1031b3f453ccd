/** A compiled program that runs many times, in a loop of its caller or by `repeat`. */
import type { CompiledProgram } from '../compiler/compile.ts';
import { printProgram } from '../compiler/print.ts';
import type { LoopBody, Values } from '../compiler/loops.ts';
import { type Copy, ENTRY_BYTES, copyAll, copyEntry } from '../kernels/copies.ts';
import { link } from './link.ts';
import { LinkedProgram } from './linked-program.ts';
import { memory } from './memory.ts';

/** A part of a program's memory. The offset is from the start of that memory, in bytes. */
interface Place {
  readonly offset: number;
  readonly bytes: number;
}

/** How a program is repeated. */
export interface Repetition {
  /** The number of inputs, after the carries, of which each step takes its own elements. */
  readonly xs: number;
  /** The number of steps. */
  readonly length: number;
  /** Whether the steps go from the last to the first elements. */
  readonly reverse: boolean;
}

const overlap = (a: Place, b: Place): boolean =>
  a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;

/**
 * Returns the copies that turn the outputs of a step into the inputs of the next one.
 *
 * An output in the memory of another input is saved first, in memory from `end` on. Returns the new
 * end, too.
 */
const feedBack = (
  outputs: readonly Place[],
  inputs: readonly (Place | undefined)[],
  end: number,
): { readonly copies: readonly Copy[]; readonly end: number } => {
  const saved: Copy[] = [];
  const copies: Copy[] = [];
  for (const [i, input] of inputs.entries()) {
    const { offset, bytes } = outputs[i];
    if (input === undefined || input.offset === offset) continue;
    let source = offset;
    if (inputs.some((other, j) => j !== i && other !== undefined && overlap(other, outputs[i]))) {
      source = end;
      end += bytes;
      saved.push({ target: source, source: offset, bytes });
    }
    copies.push({ target: input.offset, source, bytes });
  }
  return { copies: [...saved, ...copies], end };
};

const copyBytes = (target: number, source: number, bytes: number): void => {
  memory.f32.copyWithin(target >> 2, source >> 2, (source + bytes) >> 2);
};

const runningTotals = (numbers: readonly number[]): number[] => {
  let total = 0;
  return numbers.map((number) => (total += number));
};

export class StepProgram implements LoopBody {
  readonly mayFail: boolean;
  readonly #compiled: CompiledProgram;
  /** Where the inputs are; undefined for those that are not used. */
  readonly #inputs: readonly (Place | undefined)[];
  readonly #outputs: readonly Place[];
  readonly #carries: number;
  /** The copies from outputs to inputs, and the memory for them. */
  readonly #feedBack: ReturnType<typeof feedBack>;
  #linked: LinkedProgram | undefined;
  /** The number of `link` calls without an `unlink` yet. */
  #users = 0;

  /** In `repeat`, the first `carries` outputs become the first inputs of the next step. */
  constructor(compiled: CompiledProgram, carries: number) {
    this.mayFail = compiled.mayFail;
    this.#compiled = compiled;
    this.#inputs = compiled.inputs.map(({ offset, size }) =>
      offset === undefined ? undefined : { offset, bytes: 4 * size },
    );
    this.#outputs = compiled.outputs.map(({ offset, size }) => ({ offset, bytes: 4 * size }));
    this.#carries = carries;
    this.#feedBack = feedBack(this.#outputs, this.#inputs.slice(0, carries), compiled.plan.bytes);
  }

  link(): void {
    const { copies, end } = this.#feedBack;
    const entries = copies.length + this.#inputs.length + this.#outputs.length;
    this.#linked ??= new LinkedProgram(
      this.#compiled,
      end - this.#compiled.plan.bytes + ENTRY_BYTES * entries,
    );
    this.#users++;
  }

  unlink(): void {
    if (--this.#users > 0) return;
    this.#linked?.dispose();
    this.#linked = undefined;
  }

  /** The program in memory. */
  get #program(): LinkedProgram {
    return this.#linked as LinkedProgram;
  }

  get bytes(): number {
    return this.#program.bytes;
  }

  /** Copies the values of an input in: the elements of `from` that start at `offset`. */
  copyIn(input: number, from: Values, offset: number = 0): void {
    const place = this.#inputs[input];
    if (place === undefined) return;
    const size = place.bytes / 4;
    const target = (this.#program.start + place.offset) >> 2;
    memory.f32.set(from.length === size ? from : from.subarray(offset, offset + size), target);
  }

  run(): void {
    this.#program.run();
  }

  /** Copies the values of an output to `to`, at `offset`. */
  copyOut(output: number, to: Values, offset: number = 0): void {
    const place = this.#outputs[output];
    const start = (this.#program.start + place.offset) >> 2;
    to.set(memory.f32.subarray(start, start + place.bytes / 4), offset);
  }

  /** Copies the values of all outputs to `to`, one after another. */
  copyResults(to: Values): void {
    let offset = 0;
    this.#outputs.forEach(({ bytes }, output) => {
      this.copyOut(output, to, offset);
      offset += bytes / 4;
    });
  }

  /** Copies the carries of the last run to the first inputs of `other`, as far as it uses them. */
  passTo(other: StepProgram): void {
    for (let i = 0; i < this.#carries; i++) {
      const target = other.#inputs[i];
      if (target !== undefined)
        copyBytes(
          other.#program.start + target.offset,
          this.#program.start + this.#outputs[i].offset,
          target.bytes,
        );
    }
  }

  /** Copies the carries of the last run to the inputs of the next one. */
  feedBack(): void {
    const { start } = this.#program;
    for (const { target, source, bytes } of this.#feedBack.copies)
      copyBytes(start + target, start + source, bytes);
  }

  /**
   * Runs the program for each element of the xs, with the carries of the step before.
   *
   * `inputs` are those of the program, except that each of the xs holds the elements of all steps.
   * Writes the last carries, then the other outputs of all steps, to `out`.
   */
  repeat(repetition: Repetition, out: Values, inputs: readonly Values[]): void {
    const { xs, length } = repetition;
    const carries = this.#carries;
    const ends = runningTotals(this.#outputs.map(({ bytes }, k) => (k < carries ? bytes : bytes * length)));
    const starts = [0, ...ends].map((end) => end / 4);
    inputs.forEach((input, i) => {
      if (length === 0 && i < carries) out.set(input, starts[i]);
      if (i < carries || i >= carries + xs) this.copyIn(i, input);
    });
    if (length === 0) return;
    const isInMemory = [out, ...inputs].every(({ buffer }) => buffer === memory.f32.buffer);
    if (isInMemory) this.#repeatInMemory(repetition, out, starts, inputs);
    else this.#repeatElsewhere(repetition, out, starts, inputs);
    for (let k = 0; k < carries; k++) this.copyOut(k, out, starts[k]);
  }

  /** Runs all steps, for arrays outside of the memory of the kernels. */
  #repeatElsewhere(
    { xs, length, reverse }: Repetition,
    out: Values,
    starts: readonly number[],
    inputs: readonly Values[],
  ): void {
    const carries = this.#carries;
    for (let i = 0; i < length; i++) {
      const step = reverse ? length - 1 - i : i;
      if (i > 0) this.feedBack();
      for (let k = carries; k < carries + xs; k++)
        this.copyIn(k, inputs[k], (step * inputs[k].length) / length);
      this.run();
      for (let k = carries; k < this.#outputs.length; k++)
        this.copyOut(k, out, starts[k] + (step * this.#outputs[k].bytes) / 4);
    }
  }

  /** Runs all steps, for arrays in kernels' memory. One kernel copies between two steps. */
  #repeatInMemory(
    { xs, length, reverse }: Repetition,
    out: Values,
    starts: readonly number[],
    inputs: readonly Values[],
  ): void {
    const { start } = this.#program;
    const carries = this.#carries;
    const [firstStep, direction] = reverse ? [length - 1, -1] : [0, 1];
    const copiesIn = this.#inputs.slice(0, carries + xs).flatMap((place, k): Copy[] => {
      if (k < carries || place === undefined) return [];
      const { offset, bytes } = place;
      const source = inputs[k].byteOffset + firstStep * bytes;
      return [{ target: start + offset, source, bytes, sourceStep: direction * bytes }];
    });
    const copiesOut = this.#outputs.slice(carries).map(({ offset, bytes }, k): Copy => {
      const target = out.byteOffset + 4 * starts[carries + k] + firstStep * bytes;
      return { target, source: start + offset, bytes, targetStep: direction * bytes };
    });
    const fedBack = this.#feedBack.copies.map(({ target, source, bytes }) => ({
      target: start + target,
      source: start + source,
      bytes,
    }));
    const copies = [...copiesOut, ...fedBack, ...copiesIn];
    const list = start + this.#feedBack.end;
    const entries = copies.flatMap(copyEntry);
    new Int32Array(memory.f32.buffer, list, entries.length).set(entries);
    const copyListed = link(copyAll());
    const copy = (first: number, count: number): void => {
      if (count > 0) copyListed(list + first * ENTRY_BYTES, count);
    };

    copy(copies.length - copiesIn.length, copiesIn.length);
    for (let i = 0; i < length; i++) {
      this.run();
      copy(0, i < length - 1 ? copies.length : copiesOut.length);
    }
  }

  toString(): string {
    return printProgram(this.#compiled);
  }
}
