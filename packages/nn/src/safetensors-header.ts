/**
 * The header of a safetensors file: JSON that tells name, type, shape and place of every tensor.
 */
import { describe, formatShape } from '@mini/autograd/check';
import type { Shape } from '@mini/autograd';
import { ELEMENT_TYPES } from './element-types.ts';

/** The length of the header, as a 64-bit number. */
export const PREFIX = 8;
export const METADATA = '__metadata__';
/** As many axes as a tensor may have. */
const MAXIMUM_AXES = 64;
/** The most bytes of a header, as in the format's own implementation. */
const MAXIMUM_HEADER = 100_000_000;
const OPENING_BRACE = 0x7b;

export type Metadata = Readonly<Record<string, string>>;

/** What the header says of one tensor. */
export interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
  /** Its bytes, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
  /** Whether the caller leaves it out. */
  readonly isSkipped: boolean;
}

export interface Header {
  readonly metadata: Metadata;
  readonly entries: readonly Entry[];
  /** Where the elements start in the file. */
  readonly start: number;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  Object.prototype.toString.call(value) === '[object Object]';

export const checkMetadata = (op: string, metadata: unknown): Metadata => {
  if (!isRecord(metadata)) throw new TypeError(`${op}: metadata must be an object: ${describe(metadata)}`);
  const bad = Object.entries(metadata).find(([, value]) => typeof value !== 'string');
  if (bad !== undefined)
    throw new TypeError(`${op}: metadata must be strings: ${describe(bad[1])} as ${JSON.stringify(bad[0])}`);
  return metadata as Metadata;
};

/** The metadata of a file, whose faults are not the caller's. */
const readMetadata = (op: string, value: unknown): Metadata => {
  try {
    return checkMetadata(op, value);
  } catch (error) {
    throw new RangeError((error as Error).message, { cause: error });
  }
};

/** Where a string of valid JSON ends that starts at `start`. */
const endOfString = (json: string, start: number): number => {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let escapes = 0;
    while (json[end - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return end;
  }
};

/** A key that valid JSON has twice in one object, which JSON.parse overlooks. */
const repeatedKey = (json: string): string | undefined => {
  const open: Set<string>[] = [];
  let text = '';
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '{') open.push(new Set());
    else if (character === '}') open.pop();
    else if (character === '"') {
      const end = endOfString(json, i);
      text = json.slice(i, end + 1);
      i = end;
    } else if (character === ':') {
      // Escapes can write a key in several ways.
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
    throw new RangeError(`${op}: no safetensors file: the header does not begin with {`);
  let json: string;
  let header: unknown;
  try {
    json = new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes));
    header = JSON.parse(json);
  } catch {
    throw new RangeError(`${op}: no safetensors file: the header is not JSON`);
  }
  const key = repeatedKey(json);
  if (key !== undefined)
    throw new RangeError(`${op}: the header has the key ${JSON.stringify(key)} twice, which is forbidden`);
  return header as Readonly<Record<string, unknown>>;
};

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const checkEntry = (op: string, name: string, value: unknown, isSkipped: boolean): Entry => {
  const shown = JSON.stringify(name);
  if (!isRecord(value)) throw new RangeError(`${op}: the header's entry of ${shown} is no object`);
  const { dtype, shape, data_offsets: offsets } = value;
  const type = typeof dtype === 'string' ? ELEMENT_TYPES.get(dtype) : undefined;
  if (type === undefined && !isSkipped) {
    const known = [...ELEMENT_TYPES.keys()].join(', ');
    throw new RangeError(
      `${op}: ${shown} has elements of type ${describe(dtype)}: only ${known} are read; { skip: [${shown}] } leaves it out`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isSize) || (shape.length > MAXIMUM_AXES && !isSkipped))
    throw new RangeError(`${op}: ${shown} has no valid shape: ${JSON.stringify(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || offsets[0] > offsets[1])
    throw new RangeError(`${op}: ${shown} has no valid data_offsets: ${JSON.stringify(offsets)}`);
  const [begin, end] = offsets as [number, number];
  // The sizes of other types are not known here.
  const bytes = type === undefined ? end - begin : shape.reduce((size, n) => size * n, type.bytes);
  if (end - begin !== bytes) {
    throw new RangeError(
      `${op}: ${shown} of shape ${formatShape(shape)} and type ${String(dtype)} needs ${bytes} bytes, but has those from ${begin} to ${end}`,
    );
  }
  return { name, dtype: String(dtype), shape, begin, end, isSkipped };
};

/** Throws unless the entries fill the data, one after the other. */
const checkPlaces = (op: string, entries: readonly Entry[], length: number): void => {
  let place = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== place) {
      throw new RangeError(
        `${op}: the elements of ${JSON.stringify(name)} start at byte ${begin}, ${begin < place ? 'inside of another tensor' : 'after a gap'}: expected ${place}`,
      );
    }
    place = end;
  }
  if (place !== length)
    throw new RangeError(
      `${op}: ${length < place ? 'truncated' : 'too long'}: ${length} bytes of data, expected ${place}`,
    );
};

/**
 * Reads and checks the header of a file for `op`. Tensors for which `skips` holds may be of any
 * type.
 */
export const readHeader = (op: string, bytes: Uint8Array, skips: (name: string) => boolean): Header => {
  if (bytes.length < PREFIX)
    throw new RangeError(`${op}: truncated: ${bytes.length} bytes, shorter than the length of the header`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(bytes.length - PREFIX)) {
    throw new RangeError(
      `${op}: truncated, or no safetensors file: a header of ${length} bytes in a file of ${bytes.length}`,
    );
  }
  if (length > MAXIMUM_HEADER)
    throw new RangeError(`${op}: a header of ${length} bytes: at most ${MAXIMUM_HEADER} are allowed`);
  const start = PREFIX + Number(length);
  const { [METADATA]: metadata, ...rest } = parse(op, bytes.subarray(PREFIX, start));
  const entries = Object.entries(rest).map(([name, value]) => checkEntry(op, name, value, skips(name)));
  checkPlaces(op, entries, bytes.length - start);
  return { metadata: metadata === undefined ? {} : readMetadata(op, metadata), entries, start };
};
