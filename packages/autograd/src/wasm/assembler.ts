/**
 * A WebAssembly assembler, just large enough for the kernels.
 *
 * A module has one exported function and one imported memory.
 *
 * https://webassembly.github.io/spec/core/binary/modules.html
 */
import { type Code, leb } from './instructions/encoding.ts';

const I32 = 0x7f;
const V128 = 0x7b;

/** A local variable of the function that is built. */
export interface Local {
  readonly get: Code;
  set(value: Code): Code;
  tee(value: Code): Code;
}

const EMPTY_BLOCK_TYPE = 0x40;

/** Runs `body` once, and again as long as `condition` (an i32) is not zero after it. */
export const doWhile = (body: Code, condition: Code): Code => [
  0x03,
  EMPTY_BLOCK_TYPE,
  body,
  condition,
  0x0d,
  0,
  0x0b,
];

/** Runs `then` if `condition` (an i32) is not zero, else `otherwise`. */
export const when = (condition: Code, then: Code, otherwise: Code = []): Code => [
  condition,
  0x04,
  EMPTY_BLOCK_TYPE,
  then,
  0x05,
  otherwise,
  0x0b,
];

/**
 * Collects the parameters and local variables of one function.
 *
 * Create parameters before variables. Parameters and all numbers are i32.
 */
export class FunctionBuilder {
  readonly #types: number[] = [];
  #parameterCount = 0;

  parameter(): Local {
    this.#parameterCount += 1;
    return this.int();
  }

  parameters(count: number): Local[] {
    return Array.from({ length: count }, () => this.parameter());
  }

  int(): Local {
    return this.#local(I32);
  }

  ints(count: number): Local[] {
    return Array.from({ length: count }, () => this.int());
  }

  vector(): Local {
    return this.#local(V128);
  }

  vectors(count: number): Local[] {
    return Array.from({ length: count }, () => this.vector());
  }

  #local(type: number): Local {
    const index = leb(this.#types.length);
    this.#types.push(type);
    return {
      get: [0x20, index],
      set: (value) => [value, 0x21, index],
      tee: (value) => [value, 0x22, index],
    };
  }

  /** Returns the bytes of a module that imports memory `e.m` and exports this function as `f`. */
  module(body: Code): Uint8Array<ArrayBuffer> {
    const parameters = this.#types.slice(0, this.#parameterCount);
    const locals = this.#types.slice(this.#parameterCount);
    const functionBody = flatten([leb(locals.length), locals.map((type) => [1, type]), body, 0x0b]);
    return Uint8Array.from(
      flatten([
        [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        section(1, [1, 0x60, leb(parameters.length), parameters, 0]),
        // Imports the memory m of the module e.
        section(2, [1, 1, 0x65, 1, 0x6d, 0x02, 0x00, 0]),
        section(3, [1, 0]),
        // Exports the function f.
        section(7, [1, 1, 0x66, 0x00, 0]),
        section(10, [1, leb(functionBody.length), functionBody]),
      ]),
    );
  }
}

/** The most pages of a memory: 4 GB. */
export const MAX_PAGES = 65536;

const MODULE_HEADER = 8;

/**
 * Returns a module that `FunctionBuilder.module` made, with a shared memory as its import.
 *
 * The import is in the second section. A shared memory needs a maximum.
 */
export const withSharedMemory = (module: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
  // A section is its id, the size of its content, and the content.
  const endOf = (start: number): number => {
    let size = 0;
    let position = start + 1;
    for (let shift = 0; ; shift += 7) {
      const byte = module[position++];
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) return position + size;
    }
  };
  const start = endOf(MODULE_HEADER);
  const imports = section(2, [1, 1, 0x65, 1, 0x6d, 0x02, 0x03, 0, leb(MAX_PAGES)]);
  return Uint8Array.from([
    ...module.subarray(0, start),
    ...flatten(imports),
    ...module.subarray(endOf(start)),
  ]);
};

const section = (id: number, content: Code): Code => {
  const bytes = flatten(content);
  return [id, leb(bytes.length), bytes];
};

/** Returns all bytes of `code`. Array.flat takes several times as long. */
export const flatten = (code: Code): number[] => {
  const bytes: number[] = [];
  const append = (part: Code): void => {
    for (let i = 0; i < part.length; i++) {
      const item = part[i];
      if (typeof item === 'number') bytes.push(item);
      else append(item);
    }
  };
  append(code);
  return bytes;
};
