/**
 * A WebAssembly assembler just large enough for the kernels: expressions are (nested) lists of bytes, so
 * `f32x4.add(x, y)` is the code that pushes the sum of what `x` and `y` push. One module holds one exported
 * function over one imported memory.
 *
 * Encoding: https://webassembly.github.io/spec/core/binary/ (modules, instructions, vector instructions).
 */

/** Bytes of instructions; nested, so that larger code is built from smaller without copying. */
export type Code = readonly (number | Code)[];

export const ValueType = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = (typeof ValueType)[keyof typeof ValueType];

/** A local variable of the function being built. */
export interface Local {
  readonly get: Code;
  set(value: Code): Code;
  tee(value: Code): Code;
}

type Unary = (x: Code) => Code;
type Binary = (x: Code, y: Code) => Code;
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;
type StoreLane = (address: Code, value: Code, lane: number, offset?: number) => Code;

const unsignedLeb = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
};

const signedLeb = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
};

const unary =
  (opcode: number): Unary =>
  (x) => [x, opcode];
const binary =
  (opcode: number): Binary =>
  (x, y) => [x, y, opcode];
const vectorOpcode = (opcode: number): number[] => [0xfd, ...unsignedLeb(opcode)];
const vectorUnary = (opcode: number): Unary => {
  const bytes = vectorOpcode(opcode);
  return (x) => [x, bytes];
};
const vectorBinary = (opcode: number): Binary => {
  const bytes = vectorOpcode(opcode);
  return (x, y) => [x, y, bytes];
};
/** Alignment is a hint only; all accesses are declared to be aligned to 4 bytes. */
const memoryArgument = (offset: number): number[] => [2, ...unsignedLeb(offset)];
const load =
  (opcode: number): Load =>
  (address, offset = 0) => [address, opcode, memoryArgument(offset)];
const store =
  (opcode: number): Store =>
  (address, value, offset = 0) => [address, value, opcode, memoryArgument(offset)];
const bytesOf = (values: Float32Array | Float64Array | Int32Array): number[] => [
  ...new Uint8Array(values.buffer),
];

export const i32 = {
  const: (value: number): Code => [0x41, signedLeb(value)],
  add: binary(0x6a) as Binary,
  sub: binary(0x6b) as Binary,
  mul: binary(0x6c) as Binary,
  remainderUnsigned: binary(0x70) as Binary,
  and: binary(0x71) as Binary,
  or: binary(0x72) as Binary,
  xor: binary(0x73) as Binary,
  shiftLeft: binary(0x74) as Binary,
  shiftRightUnsigned: binary(0x76) as Binary,
  rotateLeft: binary(0x77) as Binary,
  isZero: unary(0x45) as Unary,
  equal: binary(0x46) as Binary,
  notEqual: binary(0x47) as Binary,
  less: binary(0x48) as Binary,
  lessUnsigned: binary(0x49) as Binary,
  greaterEqualUnsigned: binary(0x4f) as Binary,
  load: load(0x28) as Load,
  store: store(0x36) as Store,
  truncateF32: (x: Code): Code => [x, 0xfc, 0x00],
} as const;

export const f32 = {
  const: (value: number): Code => [0x43, bytesOf(Float32Array.of(value))],
  load: load(0x2a) as Load,
  store: store(0x38) as Store,
  add: binary(0x92) as Binary,
  equal: binary(0x5b) as Binary,
  notEqual: binary(0x5c) as Binary,
  less: binary(0x5d) as Binary,
  greater: binary(0x5e) as Binary,
  convertI32: unary(0xb2) as Unary,
  demoteF64: unary(0xb6) as Unary,
} as const;

export const f64 = {
  const: (value: number): Code => [0x44, bytesOf(Float64Array.of(value))],
  add: binary(0xa0) as Binary,
  mul: binary(0xa2) as Binary,
  promoteF32: unary(0xbb) as Unary,
} as const;

const loadVector = (opcode: number): Load => {
  const bytes = vectorOpcode(opcode);
  return (address, offset = 0) => [address, bytes, memoryArgument(offset)];
};
const storeLane = (opcode: number): StoreLane => {
  const bytes = vectorOpcode(opcode);
  return (address, value, lane, offset = 0) => [address, value, bytes, memoryArgument(offset), lane];
};

export const v128 = {
  load: loadVector(0) as Load,
  load32Splat: loadVector(9) as Load,
  load32Zero: loadVector(92) as Load,
  /** Replaces one 32-bit lane of `vector` by the value at `address`. */
  load32Lane: (address: Code, vector: Code, lane: number, offset = 0): Code => [
    address,
    vector,
    vectorOpcode(86),
    memoryArgument(offset),
    lane,
  ],
  store: (address: Code, value: Code, offset = 0): Code => [
    address,
    value,
    vectorOpcode(11),
    memoryArgument(offset),
  ],
  store32Lane: storeLane(90) as StoreLane,
  store64Lane: storeLane(91) as StoreLane,
  /** The lanes of `x` then of `y` are numbered 0..7; picks four. */
  shuffle32: (x: Code, y: Code, lanes: readonly [number, number, number, number]): Code => [
    x,
    y,
    vectorOpcode(13),
    lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]),
  ],
  not: vectorUnary(77) as Unary,
  and: vectorBinary(78) as Binary,
  andNot: vectorBinary(79) as Binary,
  or: vectorBinary(80) as Binary,
  xor: vectorBinary(81) as Binary,
  /** Bits of `x` where `mask` has ones, of `y` elsewhere. */
  select: (x: Code, y: Code, mask: Code): Code => [x, y, mask, vectorOpcode(82)],
} as const;

export const i32x4 = {
  const: (...lanes: [number, number, number, number]): Code => [
    vectorOpcode(12),
    bytesOf(Int32Array.of(...lanes)),
  ],
  splat: vectorUnary(17) as Unary,
  equal: vectorBinary(55) as Binary,
  less: vectorBinary(57) as Binary,
  greater: vectorBinary(59) as Binary,
  shiftLeft: vectorBinary(171) as Binary,
  shiftRight: vectorBinary(172) as Binary,
  shiftRightUnsigned: vectorBinary(173) as Binary,
  add: vectorBinary(174) as Binary,
  sub: vectorBinary(177) as Binary,
} as const;

export const i64x2 = {
  const: (value: number): Code => [
    vectorOpcode(12),
    [...new Uint8Array(BigInt64Array.of(BigInt(value), BigInt(value)).buffer)],
  ],
  shiftLeft: vectorBinary(203) as Binary,
  shiftRight: vectorBinary(204) as Binary,
  shiftRightUnsigned: vectorBinary(205) as Binary,
  add: vectorBinary(206) as Binary,
  sub: vectorBinary(209) as Binary,
} as const;

export const f32x4 = {
  const: (value: number): Code => [vectorOpcode(12), bytesOf(Float32Array.of(value, value, value, value))],
  splat: vectorUnary(19) as Unary,
  extractLane: (x: Code, lane: number): Code => [x, vectorOpcode(31), lane],
  equal: vectorBinary(65) as Binary,
  notEqual: vectorBinary(66) as Binary,
  less: vectorBinary(67) as Binary,
  greater: vectorBinary(68) as Binary,
  lessEqual: vectorBinary(69) as Binary,
  greaterEqual: vectorBinary(70) as Binary,
  demoteF64Zero: vectorUnary(94) as Unary,
  ceil: vectorUnary(103) as Unary,
  floor: vectorUnary(104) as Unary,
  nearest: vectorUnary(106) as Unary,
  abs: vectorUnary(224) as Unary,
  neg: vectorUnary(225) as Unary,
  sqrt: vectorUnary(227) as Unary,
  add: vectorBinary(228) as Binary,
  sub: vectorBinary(229) as Binary,
  mul: vectorBinary(230) as Binary,
  div: vectorBinary(231) as Binary,
  min: vectorBinary(232) as Binary,
  max: vectorBinary(233) as Binary,
  convertI32Unsigned: vectorUnary(251) as Unary,
  /** x·y + z, with one rounding where the processor has such an instruction: the only operation here whose bits depend on the machine. */
  relaxedMultiplyAdd: (x: Code, y: Code, z: Code): Code => [x, y, z, vectorOpcode(0x105)],
} as const;

export const f64x2 = {
  const: (value: number): Code => [vectorOpcode(12), bytesOf(Float64Array.of(value, value))],
  extractLane: (x: Code, lane: number): Code => [x, vectorOpcode(33), lane],
  equal: vectorBinary(71) as Binary,
  notEqual: vectorBinary(72) as Binary,
  less: vectorBinary(73) as Binary,
  greater: vectorBinary(74) as Binary,
  lessEqual: vectorBinary(75) as Binary,
  greaterEqual: vectorBinary(76) as Binary,
  promoteLowF32: vectorUnary(95) as Unary,
  floor: vectorUnary(117) as Unary,
  nearest: vectorUnary(148) as Unary,
  abs: vectorUnary(236) as Unary,
  neg: vectorUnary(237) as Unary,
  sqrt: vectorUnary(239) as Unary,
  add: vectorBinary(240) as Binary,
  sub: vectorBinary(241) as Binary,
  mul: vectorBinary(242) as Binary,
  div: vectorBinary(243) as Binary,
  min: vectorBinary(244) as Binary,
  max: vectorBinary(245) as Binary,
  convertLowI32: vectorUnary(254) as Unary,
} as const;

const EMPTY_BLOCK_TYPE = 0x40;

/** Runs `body` over and over for as long as `condition` (an i32) is not zero at its end. */
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

/** Collects the parameters and locals of one function. Parameters come first and are all i32. */
export class FunctionBuilder {
  readonly #types: ValueType[] = [];
  #parameterCount = 0;

  parameter(): Local {
    this.#parameterCount += 1;
    return this.local(ValueType.i32);
  }

  local(type: ValueType): Local {
    const index = unsignedLeb(this.#types.length);
    this.#types.push(type);
    return {
      get: [0x20, index],
      set: (value) => [value, 0x21, index],
      tee: (value) => [value, 0x22, index],
    };
  }

  /** The bytes of a module that imports memory `e.m` and exports this function as `f`. */
  module(body: Code): Uint8Array<ArrayBuffer> {
    const parameters = this.#types.slice(0, this.#parameterCount);
    const locals = this.#types.slice(this.#parameterCount);
    const name = (text: string): number[] => [text.length, ...[...text].map((c) => c.charCodeAt(0))];
    const functionBody = flatten([unsignedLeb(locals.length), locals.map((type) => [1, type]), body, 0x0b]);
    return Uint8Array.from(
      flatten([
        [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        section(1, [1, 0x60, unsignedLeb(parameters.length), parameters, 0]),
        section(2, [1, name('e'), name('m'), 0x02, 0x00, 0]),
        section(3, [1, 0]),
        section(7, [1, name('f'), 0x00, 0]),
        section(10, [1, unsignedLeb(functionBody.length), functionBody]),
      ]),
    );
  }
}

const section = (id: number, content: Code): Code => {
  const bytes = flatten(content);
  return [id, unsignedLeb(bytes.length), bytes];
};

const flatten = (code: Code): number[] => {
  const bytes: number[] = [];
  const visit = (part: Code): void => {
    for (const item of part) {
      if (typeof item === 'number') bytes.push(item);
      else visit(item);
    }
  };
  visit(code);
  return bytes;
};
