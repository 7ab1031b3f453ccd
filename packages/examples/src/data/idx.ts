/** The IDX format of MNIST: big-endian unsigned 32-bit integers, then one byte for each value. */
import type { Dataset } from './dataset.ts';

/**
 * The maximum size of a decompressed file, so that a small file cannot fill the memory.
 *
 * MNIST's images grow by a factor of five.
 */
export const maxContentSize = (compressed: number): number => 2 ** 20 + 100 * compressed;

const IMAGE_MAGIC = 2051;
const LABEL_MAGIC = 2049;

const readHeader = (name: string, bytes: Uint8Array, magic: number, length: number): number[] => {
  if (bytes.length < 4 * length)
    throw new Error(
      `${name}: truncated: expected a header of ${4 * length} bytes, got ${bytes.length} bytes`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [found, ...sizes] = Array.from({ length }, (_, i) => view.getUint32(4 * i));
  if (found !== magic) {
    throw new Error(
      `${name}: not an IDX file of ${magic === IMAGE_MAGIC ? 'images' : 'labels'}: expected magic number ${magic}, got ${found}`,
    );
  }
  const expected = sizes.reduce((product, size) => product * size, 1);
  const actual = bytes.length - 4 * length;
  if (actual !== expected) {
    throw new Error(
      `${name}: ${actual < expected ? 'truncated' : 'too long'}: expected ${expected} bytes of data, got ${actual}`,
    );
  }
  return sizes;
};

/** Reads an IDX file of images. Throws an Error with `name` if it is damaged or of another kind. */
export const parseImages = (name: string, bytes: Uint8Array): Omit<Dataset, 'labels'> => {
  const [count, rows, columns] = readHeader(name, bytes, IMAGE_MAGIC, 4);
  return { images: bytes.subarray(16), count, rows, columns };
};

/** Reads an IDX file of labels 0 … 9. Throws like `parseImages`. */
export const parseLabels = (name: string, bytes: Uint8Array): Uint8Array => {
  readHeader(name, bytes, LABEL_MAGIC, 2);
  const labels = bytes.subarray(8);
  const bad = labels.findIndex((label) => label > 9);
  if (bad >= 0)
    throw new Error(`${name}: invalid label at index ${bad}: expected 0 to 9, got ${labels[bad]}`);
  return labels;
};

/** Combines images and labels. Throws an Error if their counts differ or there are no pixels. */
export const pair = (
  names: readonly [string, string],
  images: Omit<Dataset, 'labels'>,
  labels: Uint8Array,
): Dataset => {
  if (images.count !== labels.length) {
    throw new Error(`${names[0]} and ${names[1]}: ${images.count} images but ${labels.length} labels`);
  }
  if (images.count === 0 || images.rows * images.columns === 0) {
    throw new Error(`${names[0]}: no pixels: ${images.count} images of ${images.rows} × ${images.columns}`);
  }
  return { ...images, labels };
};
