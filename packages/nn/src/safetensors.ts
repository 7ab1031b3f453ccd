/**
 * Trees of tensors as files in the safetensors format (https://github.com/huggingface/safetensors#format): eight bytes with the length of the header, the header,
 * which is JSON and tells name, type, shape and place of every tensor, then the elements, little-endian and without gaps.
 */
import { type Shape, tensor, type Tensor, tree } from '@mini/autograd';
import { describe, formatShape, typeNameOf } from '@mini/autograd/check';
import { flattenTree } from './trees.ts';
import { ELEMENT_TYPES } from './elementTypes.ts';

/** What a safetensors file holds. */
export interface SafetensorsContent<P> {
  /** A tree of the template's form, or without a template an object of all tensors by name. */
  readonly params: P;
  /** Texts by name that were saved beside the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The length of the header, as a 64-bit number. */
const PREFIX = 8;
const METADATA = '__metadata__';
/** As many as a tensor may have. */
const MAXIMUM_AXES = 64;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const checkMetadata = (op: string, metadata: unknown): Readonly<Record<string, string>> => {
  if (!isRecord(metadata)) throw new TypeError(`${op}: metadata must be an object: ${describe(metadata)}`);
  const bad = Object.entries(metadata).find(([, value]) => typeof value !== 'string');
  if (bad !== undefined)
    throw new TypeError(`${op}: metadata must be strings: ${describe(bad[1])} as ${JSON.stringify(bad[0])}`);
  return metadata as Readonly<Record<string, string>>;
};

/**
 * The bytes of a safetensors file with all tensors of a tree, as float32, under their paths: `hidden.kernel`, `layers[0].bias`. Elements are kept bit for bit.
 * `metadata` are texts to keep beside them. Throws a TypeError for leaves that are no tensors and metadata that are no strings.
 *
 * @example
 * const params = Dense(2).init(random.key(0), [1, 3]);
 * writeFileSync('model.safetensors', saveSafetensors(params, { trainedOn: 'MNIST' }));
 */
export function saveSafetensors(
  params: unknown,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const op = 'saveSafetensors';
  const [leaves, { paths }] = flattenTree(op, 'params', params);
  const entries: [string, object][] = [];
  if (Object.keys(checkMetadata(op, metadata)).length > 0) entries.push([METADATA, metadata]);
  let end = 0;
  leaves.forEach(({ shape, size }, i) => {
    if (paths[i] === METADATA) throw new RangeError(`${op}: the name ${METADATA} is reserved`);
    entries.push([paths[i], { dtype: 'F32', shape, data_offsets: [end, (end += 4 * size)] }]);
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  // Spaces up to a multiple of eight, so that readers can map the elements in place.
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(PREFIX + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, PREFIX, PREFIX + headerLength).set(json, PREFIX);
  let place = PREFIX + headerLength;
  for (const { data } of leaves) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), place);
    place += data.byteLength;
  }
  return bytes;
}

/** The metadata of a file, whose faults are not the caller's. */
const readMetadata = (op: string, value: unknown): Readonly<Record<string, string>> => {
  try {
    return checkMetadata(op, value);
  } catch (error) {
    throw new RangeError((error as Error).message, { cause: error });
  }
};

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const checkEntry = (op: string, name: string, value: unknown): Entry => {
  const shown = JSON.stringify(name);
  if (!isRecord(value)) throw new RangeError(`${op}: the header's entry of ${shown} is no object`);
  const { dtype, shape, data_offsets: offsets } = value;
  const type = typeof dtype === 'string' ? ELEMENT_TYPES.get(dtype) : undefined;
  if (type === undefined) {
    const known = [...ELEMENT_TYPES.keys()].join(', ');
    throw new RangeError(`${op}: ${shown} has elements of type ${describe(dtype)}: only ${known} are read`);
  }
  if (!Array.isArray(shape) || shape.length > MAXIMUM_AXES || !shape.every(isSize))
    throw new RangeError(`${op}: ${shown} has no valid shape: ${JSON.stringify(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    throw new RangeError(`${op}: ${shown} has no valid data_offsets: ${JSON.stringify(offsets)}`);
  const [begin, end] = offsets as [number, number];
  const needed = shape.reduce((product, size) => product * size, type.bytes);
  if (end - begin !== needed) {
    throw new RangeError(
      `${op}: ${shown} of shape ${formatShape(shape)} and type ${String(dtype)} needs ${needed} bytes, but has those from ${begin} to ${end}`,
    );
  }
  return { name, dtype: String(dtype), shape, begin, end };
};

const readHeader = (op: string, bytes: Uint8Array): { header: object; start: number } => {
  if (bytes.length < PREFIX)
    throw new RangeError(`${op}: truncated: ${bytes.length} bytes, shorter than the length of the header`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(bytes.length - PREFIX)) {
    throw new RangeError(
      `${op}: truncated, or no safetensors file: a header of ${length} bytes in a file of ${bytes.length}`,
    );
  }
  const start = PREFIX + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes.subarray(PREFIX, start))),
    );
  } catch {
    throw new RangeError(`${op}: no safetensors file: the header is not JSON`);
  }
  if (!isRecord(header)) throw new RangeError(`${op}: no safetensors file: the header is no JSON object`);
  return { header, start };
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

/** All differences between the entries and the leaves of a template, each as a line. */
const differences = (
  entries: ReadonlyMap<string, Entry>,
  expected: ReadonlyMap<string, Tensor>,
): string[] => [
  ...[...expected].flatMap(([name, { shape }]) => {
    const found = entries.get(name);
    if (found === undefined) return [`${name} is missing`];
    return formatShape(found.shape) === formatShape(shape)
      ? []
      : [`${name} has shape ${formatShape(found.shape)}, expected ${formatShape(shape)}`];
  }),
  ...[...entries.keys()].filter((name) => !expected.has(name)).map((name) => `${name} is not expected`),
];

/**
 * Reads the bytes of a safetensors file: all tensors by name, or with a template a tree of its form, whose names and shapes must be those of the file.
 *
 * Elements of types F16 and BF16 become float32, which holds them exactly; other types than these and F32 are refused. The result does not share the bytes.
 * Throws a TypeError if `bytes` is no Uint8Array, and a RangeError for anything that is no whole safetensors file, before memory is taken for
 * its elements, and for one that does not fit the template, with all the differences.
 *
 * @example
 * const layer = Dense(2);
 * writeFileSync('layer.safetensors', saveSafetensors(layer.init(random.key(0), [1, 3])));
 * const { params } = loadSafetensors(readFileSync('layer.safetensors'), layer.init(random.key(1), [1, 3]));
 * console.log(params.kernel.shape); // → [ 3, 2 ]
 */
export function loadSafetensors(bytes: Uint8Array): SafetensorsContent<Readonly<Record<string, Tensor>>>;
export function loadSafetensors<P>(bytes: Uint8Array, template: P): SafetensorsContent<P>;
export function loadSafetensors(bytes: Uint8Array, template?: unknown): SafetensorsContent<unknown> {
  const op = 'loadSafetensors';
  if (typeNameOf(bytes) !== 'Uint8Array')
    throw new TypeError(`${op}: needs a Uint8Array: ${describe(bytes)}`);
  const { header, start } = readHeader(op, bytes);
  let metadata: Readonly<Record<string, string>> = {};
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA) metadata = readMetadata(op, value);
    else entries.set(name, checkEntry(op, name, value));
  }
  checkPlaces(op, [...entries.values()], bytes.length - start);
  const read = ({ dtype, shape, begin, end }: Entry): Tensor => {
    // A copy with a buffer of its own, which the slice of a Node Buffer would not have.
    const elements = new Uint8Array(bytes.subarray(start + begin, start + end));
    return tensor(ELEMENT_TYPES.get(dtype)?.read(elements) ?? [], shape);
  };
  if (template === undefined) {
    return { params: Object.fromEntries([...entries].map(([name, entry]) => [name, read(entry)])), metadata };
  }
  const [leaves, form] = flattenTree(op, 'the template', template);
  const found = differences(entries, new Map(form.paths.map((path, i) => [path, leaves[i]])));
  if (found.length > 0) throw new RangeError(`${op}: the file does not fit:\n  ${found.join('\n  ')}`);
  const params = form.paths.flatMap((path) => {
    const entry = entries.get(path);
    return entry === undefined ? [] : [read(entry)];
  });
  return { params: tree.unflatten(form, params), metadata };
}
