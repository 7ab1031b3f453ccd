/** The header of a .npy file: a magic string, a version, and a Python dictionary. */
import { describe, describeContent } from '@mini/autograd/check';
import { badFile, type Content } from './content.ts';

export interface NpyHeader {
  /** The type of the elements, such as <f4. */
  readonly descr: string;
  /** Whether the first axis varies fastest. */
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** The offset of the first element in the file. */
  readonly start: number;
}

const MAGIC = '\x93NUMPY';
/** The maximum length of the dictionary. NumPy itself refuses more than 10,000 characters. */
const MAX_HEADER_LENGTH = 10_000;

/** Returns the start and the end of the dictionary in the file. */
const findDictionary = (content: Content): readonly [start: number, end: number] => {
  const { bytes } = content;
  if (String.fromCharCode(...bytes.subarray(0, 6)) !== MAGIC)
    throw badFile(
      content,
      `not a .npy file: expected the bytes \\x93NUMPY first, got ${describeContent(bytes)}`,
    );
  const truncated = (expected: number): Error =>
    badFile(content, `truncated: expected a header of ${expected} bytes, got a file of ${bytes.length}`);
  if (bytes.length < 12) throw truncated(12);
  const version = bytes[6];
  if (version < 1 || version > 3)
    throw badFile(content, `version of the .npy file is not supported: expected 1 to 3, got ${version}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [length, start] = version === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  if (length > MAX_HEADER_LENGTH)
    throw badFile(content, `header is too long: expected at most ${MAX_HEADER_LENGTH} bytes, got ${length}`);
  if (start + length > bytes.length) throw truncated(start + length);
  return [start, start + length];
};

/** Reads the header: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
export const readNpyHeader = (content: Content): NpyHeader => {
  const [start, end] = findDictionary(content);
  const text = new TextDecoder().decode(content.bytes.slice(start, end));
  // A type of several fields is a list.
  const descr = /'descr':\s*(?:'([^']*)'|(\[))/.exec(text);
  const order = /'fortran_order':\s*(True|False)\b/.exec(text);
  // Python 2 wrote an L after long integers.
  const shape = /'shape':\s*\(((?:\s*\d+L?\s*,)*\s*(?:\d+L?\s*)?)\)/.exec(text);
  if (!/^\{.*\}\s*$/s.test(text) || descr === null || order === null || shape === null)
    throw badFile(
      content,
      `header is not valid: expected { 'descr': …, 'fortran_order': …, 'shape': … }, got ${describe(text.trim())}`,
    );
  if (descr[2] !== undefined)
    throw badFile(
      content,
      'the array has fields, and a Tensor has none: expected a numeric type, got a structured one; in Python, save one field: np.save(path, array["field"])',
    );
  const sizes = shape[1].split(',').map((size) => size.trim().replace(/L$/, ''));
  return {
    descr: descr[1],
    isFortran: order[1] === 'True',
    shape: sizes.filter((size) => size !== '').map(Number),
    start: end,
  };
};
