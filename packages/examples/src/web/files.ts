/** Reads training images in a browser: the embedded digits, or the user's IDX files. */
import { type Dataset, type Splits, subset } from '../data/dataset.ts';
import { arrangeDigits } from '../data/digits.ts';
import { maxContentSize, pair, parseImages, parseLabels } from '../data/idx.ts';

const concatenateBytes = (chunks: readonly Uint8Array[], size: number): Uint8Array => {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
};

/**
 * Decompresses the bytes of a gzip file; returns others as they are.
 *
 * Throws an Error with `name` if the file is damaged, or too large after decompression.
 */
export const decompress = async (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
  if (!(bytes[0] === 0x1f && bytes[1] === 0x8b)) return bytes;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const chunks: Uint8Array[] = [];
  const maxSize = maxContentSize(bytes.length);
  let size = 0;
  for (;;) {
    let part: ReadableStreamReadResult<Uint8Array>;
    try {
      part = await reader.read();
    } catch (error) {
      throw new Error(`${name}: damaged gzip file: ${(error as Error).message}`, { cause: error });
    }
    if (part.done) return concatenateBytes(chunks, size);
    size += part.value.length;
    if (size > maxSize) {
      await reader.cancel();
      throw new Error(`${name}: damaged gzip file: ${bytes.length} bytes become more than ${maxSize}`);
    }
    chunks.push(part.value);
  }
};

/** Fetches the embedded digits, gzipped or not. Throws an Error if the server has none. */
export const fetchDigits = async (address: string): Promise<Splits> => {
  const response = await fetch(address);
  if (!response.ok)
    throw new Error(`${address}: the server responded ${response.status} ${response.statusText}`);
  return arrangeDigits(await decompress(address, new Uint8Array(await response.arrayBuffer())));
};

type Split = 'train' | 'test';
type Kind = 'images' | 'labels';

/** Recognises files by their names. */
const isFileOf =
  (split: Split, kind: Kind) =>
  ({ name }: File): boolean => {
    const isTest = /t10k|test/i.test(name);
    return isTest === (split === 'test') && /labels|idx1/i.test(name) === (kind === 'labels');
  };

const listNames = (files: readonly File[]): string => files.map(({ name }) => name).join(', ');

const readPair = async (split: Split, files: readonly File[]): Promise<Dataset | undefined> => {
  const [images, labels] = (['images', 'labels'] as const).map((kind) => files.filter(isFileOf(split, kind)));
  if (images.length === 0 && labels.length === 0) return undefined;
  if (images.length !== 1 || labels.length !== 1) {
    const kind = split === 'train' ? 'training' : 'test';
    throw new Error(
      `Expected one file of ${kind} images and one of ${kind} labels, got ${listNames([...images, ...labels])}.`,
    );
  }
  const names = [images[0].name, labels[0].name] as const;
  const [imageBytes, labelBytes] = await Promise.all(
    [images[0], labels[0]].map(async (file) =>
      decompress(file.name, new Uint8Array(await file.arrayBuffer())),
    ),
  );
  return pair(names, parseImages(names[0], imageBytes), parseLabels(names[1], labelBytes));
};

/**
 * Reads training and test images from IDX files, gzipped or not.
 *
 * Recognises the files by their names, such as `train-images-idx3-ubyte.gz` and
 * `t10k-labels-idx1-ubyte`. Without test files, the last fifth of the training images is for the
 * test. Throws an Error that names the file if one is missing, damaged or of another kind.
 */
export const readIdxFiles = async (files: readonly File[]): Promise<Splits> => {
  const train = await readPair('train', files);
  if (train === undefined)
    throw new Error(
      'Expected the IDX files of training images and labels, such as train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz.',
    );
  const source = `your files (${listNames(files)})`;
  const test = await readPair('test', files);
  if (test === undefined) {
    const trainCount = train.count - Math.floor(train.count / 5);
    if (trainCount === train.count)
      throw new Error(`Expected at least 5 training images, got ${train.count}.`);
    return { train: subset(train, 0, trainCount), test: subset(train, trainCount, train.count), source };
  }
  if (train.rows !== test.rows || train.columns !== test.columns) {
    throw new Error(
      `The training images have ${train.rows} × ${train.columns} pixels, but the test images ${test.rows} × ${test.columns}.`,
    );
  }
  return { train, test, source };
};
