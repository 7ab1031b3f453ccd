/** The header of a safetensors file: JSON with the name, type, shape and offsets of each tensor. */
import {
  describe,
  describeContent,
  formatShape,
  MAX_AXES,
  rangeError,
  typeError,
} from '@mini/autograd/check';
import type { Shape } from '@mini/autograd';
import { ELEMENT_TYPES } from './element-types.ts';

/** The bytes before the header: its length as a 64-bit integer. */
export const PREFIX = 8;
/** The key in the header whose value is the metadata. */
export const METADATA = '__metadata__';
/** The maximum length of a header in bytes, the same as in the reference implementation. */
const MAX_HEADER_LENGTH = 100_000_000;
const OPENING_BRACE = 0x7b;

export type Metadata = Readonly<Record<string, string>>;

/** The description of one tensor in the header. */
export interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
  /** The offsets of its bytes, from the end of the header. */
  readonly begin: number;
  readonly end: number;
  /** Whether the caller skips it. */
  readonly isSkipped: boolean;
}

export interface Header {
  readonly metadata: Metadata;
  readonly entries: readonly Entry[];
  /** The offset of the first element in the file. */
  readonly start: number;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  Object.prototype.toString.call(value) === '[object Object]';

/** Metadata, if it is an object of strings; `failure` makes the error. */
export const checkMetadata = (
  op: string,
  metadata: unknown,
  failure: typeof typeError = typeError,
): Metadata => {
  if (!isRecord(metadata))
    throw failure(
      op,
      `metadata is not an object: expected strings by name, got ${describe(metadata)}${typeof metadata === 'string' ? '; write writeFileSync(path, saveSafetensors(params))' : ''}`,
    );
  const bad = Object.entries(metadata).find(([, value]) => typeof value !== 'string');
  if (bad !== undefined)
    throw failure(
      op,
      `metadata ${JSON.stringify(bad[0])} is not text: expected a string, got ${describe(bad[1])}`,
    );
  return metadata as Metadata;
};

/** Returns the index of the quote that ends the string starting at `start` in valid JSON. */
const findStringEnd = (json: string, start: number): number => {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let escapes = 0;
    while (json[end - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return end;
  }
};

/** Returns a key that occurs twice in one object of valid JSON. JSON.parse accepts such objects. */
const findRepeatedKey = (json: string): string | undefined => {
  const open: Set<string>[] = [];
  let text = '';
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '{') open.push(new Set());
    else if (character === '}') open.pop();
    else if (character === '"') {
      const end = findStringEnd(json, i);
      text = json.slice(i, end + 1);
      i = end;
    } else if (character === ':') {
      // Compares parsed keys, since escapes can spell the same key in several ways.
      const key = JSON.parse(text) as string;
      const keys = open[open.length - 1];
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
};

const parse = (op: string, bytes: Uint8Array): Readonly<Record<string, unknown>> => {
  if (bytes[0] !== OPENING_BRACE)
    throw rangeError(
      op,
      `not a safetensors file: expected a header that begins with {, got byte ${bytes[0] ?? 'none'}`,
    );
  let json: string;
  let header: unknown;
  try {
    json = new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes));
    header = JSON.parse(json);
  } catch {
    throw rangeError(op, `not a safetensors file: expected a header of JSON in UTF-8, got other bytes`);
  }
  const key = findRepeatedKey(json);
  if (key !== undefined)
    throw rangeError(
      op,
      `the header repeats a key: expected each key once, got ${JSON.stringify(key)} twice`,
    );
  return header as Readonly<Record<string, unknown>>;
};

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const checkEntry = (op: string, name: string, value: unknown, isSkipped: boolean): Entry => {
  const shown = JSON.stringify(name);
  if (!isRecord(value))
    throw rangeError(
      op,
      `header entry of ${shown} is not an object: expected { dtype, shape, data_offsets }, got ${describe(value)}`,
    );
  const { dtype, shape, data_offsets: offsets } = value;
  const type = typeof dtype === 'string' ? ELEMENT_TYPES.get(dtype) : undefined;
  if (type === undefined && !isSkipped) {
    const known = [...ELEMENT_TYPES.keys()].join(', ');
    throw rangeError(
      op,
      `element type of ${shown} is not supported: expected one of ${known}, got ${describe(dtype)}; to skip the tensor, pass { skip: [${shown}] }`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isSize) || (shape.length > MAX_AXES && !isSkipped))
    throw rangeError(
      op,
      `shape of ${shown} is not valid: expected at most ${MAX_AXES} integers ≥ 0, got ${JSON.stringify(shape)}`,
    );
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || offsets[0] > offsets[1])
    throw rangeError(
      op,
      `data_offsets of ${shown} are not valid: expected [begin, end] with 0 ≤ begin ≤ end, got ${JSON.stringify(offsets)}`,
    );
  const [begin, end] = offsets as [number, number];
  // A skipped tensor can have a type whose size is not known here.
  const bytes = type === undefined ? end - begin : shape.reduce((size, n) => size * n, type.bytes);
  if (end - begin !== bytes) {
    throw rangeError(
      op,
      `data_offsets of ${shown} do not fit shape ${formatShape(shape)} and type ${String(dtype)}: expected ${bytes} bytes, got ${end - begin}, from ${begin} to ${end}`,
    );
  }
  return { name, dtype: String(dtype), shape, begin, end, isSkipped };
};

/** Throws unless the entries cover the data without gaps or overlaps. */
const checkOffsets = (op: string, entries: readonly Entry[], length: number): void => {
  let offset = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== offset) {
      throw rangeError(
        op,
        `elements of ${JSON.stringify(name)} start ${begin < offset ? 'inside another tensor' : 'after a gap'}: expected offset ${offset}, got ${begin}`,
      );
    }
    offset = end;
  }
  if (offset !== length)
    throw rangeError(
      op,
      `${length < offset ? 'truncated' : 'too long'}: expected ${offset} bytes of data, got ${length}`,
    );
};

/**
 * Reads and checks the header of a file for `op`.
 *
 * Tensors for which `isSkipped` returns true can be of any type.
 */
export const readHeader = (op: string, bytes: Uint8Array, isSkipped: (name: string) => boolean): Header => {
  if (bytes.length < PREFIX)
    throw rangeError(
      op,
      `not a safetensors file, or truncated: expected at least ${PREFIX} bytes, got ${bytes.length} bytes of ${describeContent(bytes)}`,
    );
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER_LENGTH)
    throw rangeError(
      op,
      `not a safetensors file: expected the size of its header in the first ${PREFIX} bytes, at most ${MAX_HEADER_LENGTH}, got ${bytes.length} bytes of ${describeContent(bytes)}`,
    );
  if (length > BigInt(bytes.length - PREFIX)) {
    throw rangeError(
      op,
      `not a safetensors file, or truncated: expected a header of ${length} bytes, got ${bytes.length} bytes of ${describeContent(bytes)}`,
    );
  }
  const start = PREFIX + Number(length);
  const { [METADATA]: metadata, ...rest } = parse(op, bytes.subarray(PREFIX, start));
  const entries = Object.entries(rest).map(([name, value]) => checkEntry(op, name, value, isSkipped(name)));
  checkOffsets(op, entries, bytes.length - start);
  return { metadata: metadata === undefined ? {} : checkMetadata(op, metadata, rangeError), entries, start };
};
