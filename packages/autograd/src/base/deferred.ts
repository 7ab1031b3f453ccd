/** Elements that are not in an array of their own: those that a compiled function left in its memory, or that are not there. */
import { typeError } from './errors.ts';
export abstract class Deferred {
  /** Number of elements. */
  abstract readonly length: number;
  /** The elements, or an error that says why there are none. */
  abstract read(): Float32Array | Float64Array;

  /** Why `read` would throw, in a few words, or undefined if it would not. */
  readonly unreadable: string | undefined;
}

/** Elements that nobody can read; `hint` says what to do instead. */
export class Missing extends Deferred {
  override readonly unreadable: string;
  readonly length: number;
  readonly #hint: string;

  constructor(length: number, unreadable: string, hint: string) {
    super();
    this.length = length;
    this.unreadable = unreadable;
    this.#hint = hint;
  }

  read(): never {
    throw typeError('jit', `${this.unreadable}: ${this.#hint}`);
  }
}

/** The elements of a tensor in a function that is being compiled: its shape is known, they are not. */
export class Traced extends Missing {}
