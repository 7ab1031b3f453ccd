/**
 * Trees of tensors as files in the safetensors format
 * (https://github.com/huggingface/safetensors#format): eight bytes with the length of the header,
 * the header, then the elements, little-endian and without gaps.
 */
import { tensor, type Tensor, tree } from '@mini/autograd';
import {
  asOp,
  checkBoolean,
  checkList,
  checkOptions,
  describe,
  elementsOf,
  formatShape,
  typeNameOf,
} from '@mini/autograd/check';
import { ELEMENT_TYPES } from './element-types.ts';
import { checkMetadata, type Entry, METADATA, PREFIX, readHeader } from './safetensors-header.ts';
import { namesOf, otherNames } from './safetensors-names.ts';
import { flattenTree } from './trees.ts';

/** What a safetensors file holds. */
export interface SafetensorsContent<P> {
  /** A tree of the template's form, or without a template an object of all tensors by name. */
  readonly params: P;
  /** Texts by name that were saved beside the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface LoadSafetensorsOptions {
  /**
   * The names of tensors to leave out if they are there, or a function that tells by the name. They
   * may have any type.
   */
  readonly skip?: readonly string[] | ((name: string) => boolean);
}

/**
 * The bytes of a safetensors file with all tensors of a tree, as float32. They are named by their
 * keys, as these are, and their places in arrays: `hidden.kernel`, `layers[0].bias`; so {
 * '0.weight': w } and { 0: { weight: w } } both become `0.weight`. Elements are kept bit for bit.
 * `metadata` are texts to keep beside them. Throws a TypeError for leaves that are no tensors and
 * metadata that are no strings.
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
  const names = namesOf(op, paths);
  const entries: [string, object][] = [];
  if (Object.keys(checkMetadata(op, metadata)).length > 0) entries.push([METADATA, metadata]);
  let end = 0;
  leaves.forEach(({ shape, size }, i) => {
    if (names[i] === METADATA) throw new RangeError(`${op}: the name ${METADATA} is reserved`);
    entries.push([names[i], { dtype: 'F32', shape, data_offsets: [end, (end += 4 * size)] }]);
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  // Spaces up to a multiple of eight, so that readers can map the elements in place.
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(PREFIX + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, PREFIX, PREFIX + headerLength).set(json, PREFIX);
  let place = PREFIX + headerLength;
  for (const leaf of leaves) {
    const data = elementsOf(op, leaf);
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), place);
    place += data.byteLength;
  }
  return bytes;
}

const checkSkip = (op: string, skip: unknown): ((name: string) => boolean) => {
  if (typeof skip === 'function') return (name) => checkBoolean(op, 'what skip returns', skip(name));
  const names = checkList(op, 'skip', skip, (name) => {
    if (typeof name !== 'string') throw new TypeError(`${op}: skip must be names: ${describe(name)}`);
    return name;
  });
  return (name) => names.includes(name);
};

/**
 * The entry of each leaf of a template, and all differences between the file and the template, each
 * as a line.
 */
const matchTemplate = (
  op: string,
  entries: readonly Entry[],
  leaves: readonly Tensor[],
  paths: readonly string[],
): { matched: readonly (Entry | undefined)[]; differences: readonly string[] } => {
  const names = namesOf(op, paths);
  const unclaimed = new Map(entries.map((entry) => [entry.name, entry]));
  const claim = (name: string): Entry | undefined => {
    const entry = unclaimed.get(name);
    unclaimed.delete(name);
    return entry;
  };
  // What has the very name goes first.
  const matched = names.map(claim).map((entry, i) => {
    const other = otherNames(paths[i]).find((name) => unclaimed.has(name));
    return entry ?? (other === undefined ? undefined : claim(other));
  });
  const misfits = matched.flatMap((entry, i) => {
    if (entry === undefined) return [`${names[i]} is missing`];
    const [found, expected] = [formatShape(entry.shape), formatShape(leaves[i].shape)];
    return found === expected ? [] : [`${entry.name} has shape ${found}, expected ${expected}`];
  });
  return {
    matched,
    differences: [...misfits, ...[...unclaimed.keys()].map((name) => `${name} is not expected`)],
  };
};

/**
 * Reads the bytes of a safetensors file: all tensors by name, or with a template a tree of its
 * form, whose names and shapes must be those of the file. Places in arrays may also be written with
 * dots in the file: `0.weight` is read into the first element of a template that is an array.
 *
 * Elements become float32. Those of type F16, BF16, F64, BOOL, and I8 to U64 must have the same
 * value in float32; other types are refused. `skip` leaves tensors out. The result does not share
 * the bytes. Throws a TypeError if `bytes` is no Uint8Array, and a RangeError for anything that is
 * no whole safetensors file, before memory is taken for its elements, for an element that float32
 * does not hold, and for a file that does not fit the template, with all the differences.
 *
 * @example
 * const layer = Dense(2);
 * writeFileSync('layer.safetensors', saveSafetensors(layer.init(random.key(0), [1, 3])));
 * const { params } = loadSafetensors(readFileSync('layer.safetensors'), layer.init(random.key(1), [1, 3]));
 * console.log(params.kernel.shape); // → [ 3, 2 ]
 */
export function loadSafetensors(
  bytes: Uint8Array,
  template?: undefined,
  options?: LoadSafetensorsOptions,
): SafetensorsContent<Readonly<Record<string, Tensor>>>;
export function loadSafetensors<P>(
  bytes: Uint8Array,
  template: P,
  options?: LoadSafetensorsOptions,
): SafetensorsContent<P>;
export function loadSafetensors(
  bytes: Uint8Array,
  template?: unknown,
  options: LoadSafetensorsOptions = {},
): SafetensorsContent<unknown> {
  const op = 'loadSafetensors';
  if (typeNameOf(bytes) !== 'Uint8Array')
    throw new TypeError(`${op}: needs a Uint8Array: ${describe(bytes)}`);
  const { skip = [] } = checkOptions(op, options, ['skip']);
  const { metadata, entries: all, start } = readHeader(op, bytes, checkSkip(op, skip));
  const entries = all.filter(({ isSkipped }) => !isSkipped);
  const read = ({ name, dtype, shape, begin, end }: Entry): Tensor => {
    // A copy with a buffer of its own, which the slice of a Node Buffer would not have.
    const elements = new Uint8Array(bytes.subarray(start + begin, start + end));
    const refuse = (value: number | bigint, place: number): never => {
      const shown = JSON.stringify(name);
      throw new RangeError(
        `${op}: ${shown} holds ${value} at index ${place}, of type ${dtype}, which float32 does not hold; { skip: [${shown}] } leaves it out`,
      );
    };
    const values = ELEMENT_TYPES.get(dtype)?.read(elements, refuse) ?? [];
    return asOp(op, () => tensor(values, shape));
  };
  if (template === undefined) return { params: byName(entries, read), metadata };
  const [leaves, form] = flattenTree(op, 'the template', template);
  const { matched, differences } = matchTemplate(op, entries, leaves, form.paths);
  if (differences.length > 0)
    throw new RangeError(`${op}: the file does not fit:\n  ${differences.join('\n  ')}`);
  const params = matched.flatMap((entry) => (entry === undefined ? [] : [read(entry)]));
  return { params: tree.unflatten(form, params), metadata };
}

const byName = (
  entries: readonly Entry[],
  read: (entry: Entry) => Tensor,
): Readonly<Record<string, Tensor>> => Object.fromEntries(entries.map((entry) => [entry.name, read(entry)]));
