/**
 * The IDX format of MNIST: a type, sizes, and big-endian elements.
 *
 * http://yann.lecun.com/exdb/mnist/ described it. The first four bytes are 0, 0, the type and the
 * number of axes; each size is an unsigned integer of 32 bits.
 */
import { type Tensor, tensor } from '@mini/autograd';
import {
  asOp,
  checkOptions,
  describeContent,
  formatShape,
  typeError,
  unravelIndex,
} from '@mini/autograd/check';
import { type ElementsConstructor, readElements, toFloat32 } from './elements.ts';
import { badFile, type Content } from './content.ts';
import { readSource, type Source } from './source.ts';

/** The elements of an IDX file. */
export type IdxElements = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** The content of an IDX file. */
export interface IdxArray {
  readonly shape: readonly number[];
  /** The elements in row-major order. */
  readonly data: IdxElements;
}

export interface ReadIdxOptions {
  /** The name of the file in errors, if the source is its bytes. */
  readonly name?: string;
}

const TYPES: ReadonlyMap<number, ElementsConstructor> = /* @__PURE__ */ new Map<number, ElementsConstructor>([
  [0x08, Uint8Array],
  [0x09, Int8Array],
  [0x0b, Int16Array],
  [0x0c, Int32Array],
  [0x0d, Float32Array],
  [0x0e, Float64Array],
]);

const decode = (content: Content): IdxArray => {
  const { bytes } = content;
  const Elements = bytes[0] === 0 && bytes[1] === 0 ? TYPES.get(bytes[2]) : undefined;
  const truncated = (expected: string, got: string): Error =>
    badFile(content, `truncated: expected ${expected}, got ${got}`);
  const isShort = bytes.length > 0 && bytes.length < 4 && bytes.every((byte, i) => i === 2 || byte === 0);
  if (isShort) throw truncated('a header of at least 4 bytes', `${bytes.length} bytes`);
  if (Elements === undefined)
    throw badFile(
      content,
      `not an IDX file: expected the bytes 0, 0 and a type first, got ${describeContent(bytes)}`,
    );
  const start = 4 + 4 * bytes[3];
  if (bytes.length < start) throw truncated(`a header of ${start} bytes`, `${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: bytes[3] }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = shape.reduce((product, size) => product * size, Elements.BYTES_PER_ELEMENT);
  const actual = bytes.length - start;
  if (actual < expected) throw truncated(`${expected} bytes of data`, String(actual));
  if (actual > expected)
    throw badFile(content, `too long: expected ${expected} bytes of data, got ${actual}`);
  const rest = bytes.subarray(start);
  // Bytes are not copied: they are most of what such files contain.
  const data = bytes[2] === 0x08 ? rest : (readElements(Elements, rest, true) as IdxElements);
  return { shape, data };
};

/**
 * Reads an IDX file, such as those of MNIST, as a typed array and a shape.
 *
 * The elements keep their type: bytes, integers of 8, 16 and 32 bits, or floating-point numbers of
 * 32 and 64 bits. Bytes share memory with the source if that is a Uint8Array and not gzipped.
 * `name` is the name of the file in errors. Gzipped files are decompressed.
 *
 * Throws a RangeError for other and for incomplete files, before allocating memory for elements.
 *
 * @example
 * const { shape, data } = readIdxArray(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1));
 * console.log(shape, [...data]); // → [ 3 ] [ 7, 2, 1 ]
 */
export function readIdxArray(source: Source, options: ReadIdxOptions = {}): IdxArray {
  const op = 'readIdxArray';
  const { name } = checkOptions(op, options, ['name']);
  if (name !== undefined && typeof name !== 'string')
    throw typeError(op, `invalid name: expected a string, got a value of type ${typeof name}`);
  return decode(readSource(op, source, name));
}

/**
 * Reads an IDX file, such as those of MNIST, as a tensor. Gzipped files are decompressed.
 *
 * The elements become float32: numbers of 64 bits are rounded, integers must be exact.
 *
 * Throws a RangeError for other and for incomplete files, and for elements that float32 cannot
 * represent.
 *
 * @example
 * writeFileSync('labels-idx1-ubyte', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1));
 * console.log(readIdx('labels-idx1-ubyte').toArray()); // → [ 7, 2, 1 ]
 */
export function readIdx(source: Source): Tensor {
  const op = 'readIdx';
  const content = readSource(op, source);
  const { shape, data } = decode(content);
  const values = toFloat32(data, (value, index) => {
    throw badFile(
      content,
      `float32 cannot represent an element: expected an exact integer or a number up to 3.4e38, got ${value} at ${formatShape(unravelIndex(index, shape))}`,
    );
  });
  return asOp(op, () => tensor(values, shape));
}
