/** The IDX format of MNIST: big-endian unsigned 32-bit numbers, then one byte for each value. */
import type { Dataset } from './dataset.ts';

/** How many bytes a compressed file may become: MNIST's images become five times as many. A small file must not fill the memory. */
export const largestContent = (compressed: number): number => 2 ** 20 + 100 * compressed;

const IMAGE_MAGIC = 2051;
const LABEL_MAGIC = 2049;

const header = (name: string, bytes: Uint8Array, magic: number, length: number): number[] => {
  if (bytes.length < 4 * length)
    throw new Error(`${name}: truncated: ${bytes.length} bytes, shorter than the header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [found, ...sizes] = Array.from({ length }, (_, i) => view.getUint32(4 * i));
  if (found !== magic) {
    throw new Error(
      `${name}: not an IDX file of ${magic === IMAGE_MAGIC ? 'images' : 'labels'}: magic number ${found}, expected ${magic}`,
    );
  }
  const expected = sizes.reduce((product, size) => product * size, 1);
  const actual = bytes.length - 4 * length;
  if (actual !== expected) {
    throw new Error(
      `${name}: ${actual < expected ? 'truncated' : 'too long'}: ${actual} bytes of data, expected ${expected}`,
    );
  }
  return sizes;
};

/** Reads an IDX file of images. Throws an Error that bears `name` for anything else. */
export const parseImages = (name: string, bytes: Uint8Array): Omit<Dataset, 'labels'> => {
  const [count, rows, columns] = header(name, bytes, IMAGE_MAGIC, 4);
  return { images: bytes.subarray(16), count, rows, columns };
};

/** Reads an IDX file of labels 0 … 9. Throws an Error that bears `name` for anything else. */
export const parseLabels = (name: string, bytes: Uint8Array): Uint8Array => {
  header(name, bytes, LABEL_MAGIC, 2);
  const labels = bytes.subarray(8);
  const bad = labels.findIndex((label) => label > 9);
  if (bad >= 0) throw new Error(`${name}: label ${labels[bad]} at position ${bad}: labels must be 0 to 9`);
  return labels;
};

/** Puts images and labels together; they must be equally many, and not none. */
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
