/** Arrays saved by NumPy: numpy.save. */
import { type Tensor, tensor, transpose } from '@mini/autograd';
import { asOp, formatShape, unravelIndex, fromHalf } from '@mini/autograd/check';
import { type Elements, type ElementsConstructor, readElements, toFloat32 } from './elements.ts';
import { type NpyHeader, readNpyHeader } from './npy-header.ts';
import { badFile, type Content } from './content.ts';
import { readSource, type Source } from './source.ts';

/** Numbers by their type without the byte order. */
const TYPES: ReadonlyMap<string, ElementsConstructor> = /* @__PURE__ */ new Map<string, ElementsConstructor>([
  ['b1', Uint8Array],
  ['u1', Uint8Array],
  ['i1', Int8Array],
  ['u2', Uint16Array],
  ['i2', Int16Array],
  ['f2', Uint16Array],
  ['u4', Uint32Array],
  ['i4', Int32Array],
  ['f4', Float32Array],
  ['u8', BigUint64Array],
  ['i8', BigInt64Array],
  ['f8', Float64Array],
]);

/** What the letter of an unsupported type means, and how to convert it in Python. */
const OTHER_TYPES: Readonly<Record<string, string>> = {
  O: 'Python objects; in Python, save array.astype("float32")',
  c: 'complex numbers; in Python, save array.real and array.imag',
  S: 'strings; in Python, save numbers',
  U: 'strings; in Python, save numbers',
  M: 'dates; in Python, save array.astype("int64")',
  m: 'time differences; in Python, save array.astype("int64")',
  f: 'numbers of more than 64 bits; in Python, save array.astype("float64")',
};

const typeOf = (content: Content, descr: string): readonly [type: string, Elements: ElementsConstructor] => {
  const type = descr.slice(1);
  const Elements = /^[<>|=]/.test(descr) ? TYPES.get(type) : undefined;
  if (Elements !== undefined) return [type, Elements];
  const meaning = Object.hasOwn(OTHER_TYPES, type[0] ?? '') ? `, ${OTHER_TYPES[type[0]]}` : '';
  const known = [...TYPES.keys()].join(', ');
  throw badFile(
    content,
    `element type is not supported: expected one of ${known}, got ${JSON.stringify(descr.slice(0, 40))}${meaning}`,
  );
};

/** Throws for an element that float32 cannot represent, with its indices. */
const refuse =
  (content: Content, { descr, shape, isFortran }: NpyHeader) =>
  (value: number | bigint, position: number): never => {
    const indices = isFortran
      ? unravelIndex(position, shape.toReversed()).reverse()
      : unravelIndex(position, shape);
    throw badFile(
      content,
      `float32 cannot represent an element: expected an exact integer or a number up to 3.4e38, got ${value} at ${formatShape(indices)}, of type ${descr}`,
    );
  };

/** Decodes the content of a .npy file. */
export const decodeNpy = (content: Content): Tensor => {
  const { op, bytes } = content;
  const header = readNpyHeader(content);
  const { shape, isFortran, start } = header;
  const [type, Elements] = typeOf(content, header.descr);
  const expected = shape.reduce((product, size) => product * size, Elements.BYTES_PER_ELEMENT);
  const actual = bytes.length - start;
  if (actual !== expected)
    throw badFile(
      content,
      `${actual < expected ? 'truncated' : 'too long'}: expected ${expected} bytes of data for shape ${formatShape(shape)}, got ${actual}`,
    );
  const raw: Elements = readElements(Elements, bytes.subarray(start), header.descr.startsWith('>'));
  if (type === 'b1') {
    const bad = (raw as Uint8Array).findIndex((byte) => byte > 1);
    if (bad >= 0)
      throw badFile(content, `invalid bool at element ${bad}: expected byte 0 or 1, got ${raw[bad]}`);
  }
  const values =
    type === 'f2' ? Float32Array.from(raw as Uint16Array, fromHalf) : toFloat32(raw, refuse(content, header));
  return asOp(op, () =>
    isFortran && shape.length > 1 ? transpose(tensor(values, shape.toReversed())) : tensor(values, shape),
  );
};

/**
 * Reads an array that NumPy saved with numpy.save, a `.npy` file.
 *
 * Its elements can be booleans, integers or floating-point numbers of up to 64 bits, in either byte
 * order, and in C or Fortran order. They become float32. float64 is rounded; integers must be exact
 * in float32. Gzipped files are decompressed.
 *
 * Throws a RangeError for other files and other element types, for incomplete files, and if float32
 * cannot represent an element. Format:
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @example
 * const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".padEnd(117) + '\n';
 * const prefix = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0);
 * writeFileSync('x.npy', Buffer.concat([prefix, Buffer.from(header), new Uint8Array(8)]));
 * console.log(readNpy('x.npy').shape); // → [ 2 ]
 */
export function readNpy(source: Source): Tensor {
  return decodeNpy(readSource('readNpy', source));
}
