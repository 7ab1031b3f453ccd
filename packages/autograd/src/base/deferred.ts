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

  /** Returns the same elements as a constant: derivatives do not flow through them. */
  constant(): Deferred {
    return this;
  }

  /** The reason, in a few words, why `read` throws; undefined if it does not. */
  readonly unreadable: string | undefined;
}

/** Elements that cannot be read. `hint` tells the user what to do instead. */
export class Missing extends Deferred {
  override readonly unreadable: string;
  readonly length: number;
  readonly #hint: string;
  /** The op that errors name. */
  protected readonly op: string;

  constructor(length: number, unreadable: string, hint: string, op: string = 'jit') {
    super();
    this.length = length;
    this.unreadable = unreadable;
    this.#hint = hint;
    this.op = op;
  }

  read(): never {
    throw typeError(this.op, `${this.unreadable}: ${this.#hint}`);
  }
}

/** The elements of a tensor while a function is traced, when only shapes are known. */
export class Traced extends Missing {}
