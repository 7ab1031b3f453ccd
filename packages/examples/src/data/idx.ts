/** MNIST's images and labels in IDX files. */
import { type IdxArray, readIdxArray } from '@mini/data/idx';
import type { Dataset } from './dataset.ts';

/**
 * The maximum size of a decompressed file, so that a small file cannot fill the memory.
 *
 * MNIST's images grow by a factor of five.
 */
export const maxContentSize = (compressed: number): number => 2 ** 20 + 100 * compressed;

/** Reads an IDX file of bytes with `axes` axes. Throws an Error with `name` for others. */
const parse = (
  name: string,
  bytes: Uint8Array,
  kind: string,
  sizes: string,
): IdxArray & { data: Uint8Array } => {
  const axes = sizes.split(', ').length;
  let array: IdxArray;
  try {
    array = readIdxArray(bytes, { name });
  } catch (error) {
    // Users of the programs have not called that function.
    throw new Error((error as Error).message.replace(/^readIdxArray: /, ''), { cause: error });
  }
  const { shape, data } = array;
  if (!(data instanceof Uint8Array) || shape.length !== axes)
    throw new Error(
      `${name}: not an IDX file of ${kind}: expected bytes of shape [${sizes}], got ${data.constructor.name.replace('Array', '')} of shape [${shape.join(', ')}]`,
    );
  return { shape, data };
};

/** Reads an IDX file of images. Throws an Error with `name` if it is damaged or of another kind. */
export const parseImages = (name: string, bytes: Uint8Array): Omit<Dataset, 'labels'> => {
  const { shape, data } = parse(name, bytes, 'images', 'count, rows, columns');
  const [count, rows, columns] = shape;
  return { images: data, count, rows, columns };
};

/** Reads an IDX file of labels 0 … 9. Throws like `parseImages`. */
export const parseLabels = (name: string, bytes: Uint8Array): Uint8Array => {
  const { data: labels } = parse(name, bytes, 'labels', 'count');
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
