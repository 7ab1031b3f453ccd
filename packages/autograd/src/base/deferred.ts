/**
 * Elements outside of a typed array: results in the memory of a compiled function, or elements that
 * are missing.
 */
import { typeError } from './errors.ts';

export abstract class Deferred {
  /** The number of elements. */
  abstract readonly length: number;
  /** Returns the elements. Throws if there are none. */
  abstract read(): Float32Array | Float64Array;

  /** The reason, in a few words, why `read` throws; undefined if it does not. */
  readonly unreadable: string | undefined;
}

/** Elements that cannot be read. `hint` tells the user what to do instead. */
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

/** The elements of a tensor while a function is traced, when only shapes are known. */
export class Traced extends Missing {}
