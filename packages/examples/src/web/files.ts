/** Images to train on, read in a browser: the digits that come with the page, or the user's own IDX files. */
import { type Dataset, type Splits, subset } from '../data/dataset.ts';
import { arrangeDigits } from '../data/digits.ts';
import { largestContent, pair, parseImages, parseLabels } from '../data/idx.ts';

const concatenateBytes = (chunks: readonly Uint8Array[], size: number): Uint8Array => {
  const whole = new Uint8Array(size);
  let place = 0;
  for (const chunk of chunks) {
    whole.set(chunk, place);
    place += chunk.length;
  }
  return whole;
};

/** The content of a file's bytes, decompressed if they are gzip. Throws an Error that bears `name` for a damaged file, or one that is too large. */
export const decompress = async (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
  if (!(bytes[0] === 0x1f && bytes[1] === 0x8b)) return bytes;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const chunks: Uint8Array[] = [];
  const largest = largestContent(bytes.length);
  let size = 0;
  for (;;) {
    let part: ReadableStreamReadResult<Uint8Array>;
    try {
      part = await reader.read();
    } catch (error) {
      throw new Error(`${name}: not a whole gzip file: ${(error as Error).message}`, { cause: error });
    }
    if (part.done) return concatenateBytes(chunks, size);
    size += part.value.length;
    if (size > largest) {
      await reader.cancel();
      throw new Error(`${name}: not a whole gzip file: more than ${largest} bytes in ${bytes.length}`);
    }
    chunks.push(part.value);
  }
};

/** The digits at an address, gzipped or not. Throws an Error if the server has none. */
export const fetchDigits = async (address: string): Promise<Splits> => {
  const response = await fetch(address);
  if (!response.ok)
    throw new Error(`${address}: the server answers ${response.status} ${response.statusText}`);
  return arrangeDigits(await decompress(address, new Uint8Array(await response.arrayBuffer())));
};

type Kind = 'images' | 'labels';

const isFor =
  (split: 'train' | 'test', kind: Kind) =>
  ({ name }: File): boolean => {
    const isTest = /t10k|test/i.test(name);
    return isTest === (split === 'test') && /labels|idx1/i.test(name) === (kind === 'labels');
  };

const readPair = async (split: 'train' | 'test', files: readonly File[]): Promise<Dataset | undefined> => {
  const [images, labels] = (['images', 'labels'] as const).map((kind) => files.filter(isFor(split, kind)));
  if (images.length === 0 && labels.length === 0) return undefined;
  if (images.length !== 1 || labels.length !== 1) {
    throw new Error(
      `needs one file of ${split === 'train' ? 'training' : 'test'} images and one of their labels: ${[...images, ...labels].map(({ name }) => name).join(', ')}`,
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
 * Training and test images from IDX files, gzipped or not, told apart by their names: `train-images-idx3-ubyte.gz`, `t10k-labels-idx1-ubyte` and so on. Without
 * test files, the last fifth of the training images is for the test. Throws an Error that names the file for anything missing, damaged or foreign.
 */
export const readIdxFiles = async (files: readonly File[]): Promise<Splits> => {
  const train = await readPair('train', files);
  if (train === undefined)
    throw new Error('needs the IDX files of training images and labels, such as train-images-idx3-ubyte.gz');
  const source = `your files (${files.map(({ name }) => name).join(', ')})`;
  const test = await readPair('test', files);
  if (test === undefined) {
    const trainCount = train.count - Math.floor(train.count / 5);
    if (trainCount === train.count) throw new Error(`${train.count} images are too few`);
    return { train: subset(train, 0, trainCount), test: subset(train, trainCount, train.count), source };
  }
  if (train.rows !== test.rows || train.columns !== test.columns) {
    throw new Error(
      `training images of ${train.rows} × ${train.columns}, test images of ${test.rows} × ${test.columns}`,
    );
  }
  return { train, test, source };
};
