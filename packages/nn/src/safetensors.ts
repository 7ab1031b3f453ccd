/**
 * Trees of tensors as files in the safetensors format.
 *
 * A file contains eight bytes with the length of the header, the header, and then the elements,
 * little-endian and without gaps: https://github.com/huggingface/safetensors#format
 */
import { type Shape, tensor, type Tensor, transpose, tree } from '@mini/autograd';
import {
  asOp,
  checkBoolean,
  checkList,
  checkOptions,
  describe,
  elementsOf,
  formatShape,
  typeNameOf,
  rangeError,
  typeError,
} from '@mini/autograd/check';
import { ELEMENT_TYPES } from './element-types.ts';
import { checkMetadata, type Entry, METADATA, PREFIX, readHeader } from './safetensors-header.ts';
import { isCounter, namesOf, otherNames } from './safetensors-names.ts';
import { flattenTree } from './trees.ts';

/** The content of a safetensors file. */
export interface SafetensorsContent<P> {
  /** A tree of the template's structure, or all tensors by name if there is no template. */
  readonly params: P;
  /** The strings by name that were saved with the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface LoadSafetensorsOptions {
  /**
   * The names of tensors to skip, or a function that returns whether to skip a name.
   *
   * Skipped tensors can have any type. Names that are not in the file have no effect.
   */
  readonly skip?: readonly string[] | ((name: string) => boolean);
}

/**
 * Returns the bytes of a safetensors file with all tensors of a tree, as float32.
 *
 * Names consist of keys and of indices of arrays: `hidden.kernel`, `layers[0].bias`. Keys are not
 * escaped, so { '0.weight': w } and { 0: { weight: w } } both become `0.weight`. The file contains
 * the exact bits of the elements. `metadata` contains strings to store with the tensors.
 *
 * Throws a TypeError for leaves that are not tensors and metadata that are not strings, and a
 * RangeError if two leaves have the same name or one has the reserved name `__metadata__`.
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
    if (names[i] === METADATA)
      throw rangeError(op, `name of a leaf is reserved: expected any other, got ${METADATA}`);
    entries.push([names[i], { dtype: 'F32', shape, data_offsets: [end, (end += 4 * size)] }]);
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  // Pads the header with spaces to a multiple of eight, so that the elements are aligned.
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(PREFIX + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, PREFIX, PREFIX + headerLength).set(json, PREFIX);
  let offset = PREFIX + headerLength;
  for (const leaf of leaves) {
    const data = elementsOf(op, leaf);
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

const checkSkip = (op: string, skip: unknown): ((name: string) => boolean) => {
  if (typeof skip === 'function') return (name) => checkBoolean(op, 'the result of skip', skip(name));
  const names = checkList(op, 'skip', skip, (name) => {
    if (typeof name !== 'string')
      throw typeError(
        op,
        `skip contains a value that is not a name: expected strings, got ${describe(name)}`,
      );
    return name;
  });
  return (name) => names.includes(name);
};

/** The tensor of a file for a leaf. */
interface Match {
  readonly entry: Entry;
  /** Whether it is a kernel of PyTorch: [output, input, ...window]. */
  readonly isTransposed: boolean;
}

/** The order of axes that makes [...window, input, output] of a kernel of PyTorch. */
const kernelOrder = (ndim: number): number[] => [
  ...Array.from({ length: ndim }, (_, axis) => axis).slice(2),
  1,
  0,
];

/** The shape of the tensor that is read. */
const shapeOf = ({ entry: { shape }, isTransposed }: Match): Shape =>
  isTransposed && shape.length >= 2 ? kernelOrder(shape.length).map((axis) => shape[axis]) : shape;

/** The names of running statistics, which are the state of a network here. */
const OF_STATE = /^state\.|^batch_stats[./]|\brunning_(?:mean|var)$/;

/**
 * Returns the tensor of each leaf of a template, and the differences between the file and the
 * template, one line each.
 */
const matchTemplate = (
  op: string,
  entries: readonly Entry[],
  leaves: readonly Tensor[],
  paths: readonly string[],
): { matched: readonly (Match | undefined)[]; differences: readonly string[] } => {
  const names = namesOf(op, paths);
  const unclaimed = new Map(entries.map((entry) => [entry.name, entry]));
  const claim = (name: string, isTransposed: boolean): Match | undefined => {
    const entry = unclaimed.get(name);
    unclaimed.delete(name);
    return entry && { entry, isTransposed };
  };
  // Exact names take precedence over other names.
  const exact = names.map((name) => claim(name, false));
  const matched = exact.map((match, i) => {
    if (match !== undefined) return match;
    const other = otherNames(paths[i]).find(({ name }) => unclaimed.has(name));
    return other && claim(other.name, other.isTransposed);
  });
  const misfits = matched.flatMap((match, i) => {
    if (match === undefined) return [`${names[i]} is missing`];
    const [found, expected] = [formatShape(shapeOf(match)), formatShape(leaves[i].shape)];
    const how = match.isTransposed ? ' in the order of axes here' : '';
    return found === expected ? [] : [`${match.entry.name} has shape ${found}${how}, expected ${expected}`];
  });
  const rest = [...unclaimed.keys()].filter((name) => !isCounter(name));
  const advice = rest.some((name) => OF_STATE.test(name))
    ? ['the state of a network is read by a template { params, state }']
    : [];
  return { matched, differences: [...misfits, ...rest.map((name) => `${name} is not expected`), ...advice] };
};

/**
 * Reads the bytes of a safetensors file: all tensors by name, or a tree like the template.
 *
 * The names and shapes of the template must be those of the file. In the file, indices of arrays
 * can also be written with dots: `0.kernel` is read into the first element of a template that is an
 * array. Names of flax and PyTorch are read as well:
 *
 * - flax: `params.hidden.kernel` and `batch_stats.norm.mean`, with dots or slashes.
 * - PyTorch: `hidden.weight` becomes `hidden.kernel`, `scale` or `embedding`; `running_mean` and
 *   `running_var` become `mean` and `var`. Kernels get the order of axes that they have here: from
 *   [output, input, ...window] to [...window, input, output]. `num_batches_tracked` is skipped.
 *   Two things have to be done by hand: kernels of ConvTranspose, and those after Flatten, because
 *   images of PyTorch have their channels first.
 *
 * Elements become float32. Elements of type F16, BF16, F64, BOOL, and I8 to U64 must have the same
 * value in float32. Other types are errors. `skip` skips tensors. The result does not share memory
 * with `bytes`.
 *
 * Throws a TypeError if `bytes` is not a Uint8Array. Throws a RangeError if it is not a complete
 * safetensors file, before allocating memory for the elements; if float32 cannot represent an
 * element; and if the file does not fit the template, with all differences.
 *
 * @example
 * const layer = Dense(2);
 * writeFileSync('layer.safetensors', saveSafetensors(layer.init(random.key(0), [1, 3])));
 * const template = layer.init(random.key(1), [1, 3]);
 * const { params } = loadSafetensors(readFileSync('layer.safetensors'), template);
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
  if (typeNameOf(bytes) !== 'Uint8Array') {
    const isBuffer = Object.prototype.toString.call(bytes) === '[object ArrayBuffer]';
    const advice = isBuffer ? '; write new Uint8Array(buffer)' : '';
    throw typeError(
      op,
      `bytes are not those of a file: expected a Uint8Array, such as readFileSync(path), got ${describe(bytes)}${advice}`,
    );
  }
  const { skip = [] } = checkOptions(op, options, ['skip']);
  const { metadata, entries: all, start } = readHeader(op, bytes, checkSkip(op, skip));
  const entries = all.filter(({ isSkipped }) => !isSkipped);
  const read = ({ name, dtype, shape, begin, end }: Entry): Tensor => {
    // Copies into a buffer of its own. The slice of a Node Buffer would share the memory.
    const elements = new Uint8Array(bytes.subarray(start + begin, start + end));
    const refuse = (value: number | bigint, index: number): never => {
      const shown = JSON.stringify(name);
      throw rangeError(
        op,
        `float32 cannot represent an element of ${shown}: expected an exact value, got ${value} at index ${index}, of type ${dtype}; to skip the tensor, pass { skip: [${shown}] }`,
      );
    };
    const values = ELEMENT_TYPES.get(dtype)?.read(elements, refuse) ?? [];
    return asOp(op, () => tensor(values, shape));
  };
  if (template === undefined) return { params: readAll(entries, read), metadata };
  const [leaves, form] = flattenTree(op, 'template', template);
  const { matched, differences } = matchTemplate(op, entries, leaves, form.paths);
  if (differences.length > 0)
    throw rangeError(op, `the file does not fit the template:\n  ${differences.join('\n  ')}`);
  const params = matched.flatMap((match) => {
    if (match === undefined) return [];
    const value = read(match.entry);
    return [match.isTransposed && value.ndim >= 2 ? transpose(value, kernelOrder(value.ndim)) : value];
  });
  return { params: tree.unflatten(form, params), metadata };
}

const readAll = (
  entries: readonly Entry[],
  read: (entry: Entry) => Tensor,
): Readonly<Record<string, Tensor>> => Object.fromEntries(entries.map((entry) => [entry.name, read(entry)]));
