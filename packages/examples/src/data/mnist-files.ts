/** Full MNIST from IDX files in a directory, gzipped or not. */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isDirectory, isFile } from '@mini/tools/files';
import type { Dataset, Splits } from './dataset.ts';
import { maxContentSize, pair, parseImages, parseLabels } from './idx.ts';

/** The four files and the MD5 sums of their content after decompression. */
export const MNIST_FILES = {
  trainImages: { name: 'train-images-idx3-ubyte', md5: '6bbc9ace898e44ae57da46a324031adb' },
  trainLabels: { name: 'train-labels-idx1-ubyte', md5: 'a25bea736e30d166cdddb491f175f624' },
  testImages: { name: 't10k-images-idx3-ubyte', md5: '2646ac647ad5339dbf082846283269ea' },
  testLabels: { name: 't10k-labels-idx1-ubyte', md5: '27ae3e4e09519cfbb04c329615203637' },
} as const;

const MIN_CHUNK = 64;

/**
 * Returns the size of a gzip file's content, as its last four bytes give it, or a safe one. In one
 * chunk of this size, the content is not in memory twice.
 */
const chunkSizeFor = (bytes: Uint8Array, limit: number): number => {
  if (bytes.length < 4) return MIN_CHUNK;
  const size = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
  return Math.min(Math.max(size + 1, MIN_CHUNK), limit);
};

/** Decompresses the bytes of a gzip file; returns others as they are. */
export const decompress = (name: string, bytes: Uint8Array): Uint8Array => {
  if (!(bytes[0] === 0x1f && bytes[1] === 0x8b)) return bytes;
  try {
    const maxOutputLength = maxContentSize(bytes.length);
    return gunzipSync(bytes, { maxOutputLength, chunkSize: chunkSizeFor(bytes, maxOutputLength) });
  } catch (error) {
    throw new Error(`${name}: damaged gzip file: ${(error as Error).message}`, { cause: error });
  }
};

export const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** Finds a file by its usual names, also in a folder of such a name, as in Kaggle's archive. */
const findFile = (directory: string, name: string): string => {
  const dotted = name.replace('-idx', '.idx');
  const names = [`${name}.gz`, name, dotted, `${dotted}.gz`];
  const within = names.flatMap((folder) => names.map((file) => join(folder, file)));
  const found = [...names, ...within].map((path) => join(directory, path)).find(isFile);
  if (found !== undefined) return found;
  const folder = names.map((path) => join(directory, path)).find(isDirectory);
  if (folder !== undefined) throw new Error(`${folder}: a directory without a file ${name}(.gz)`);
  throw new Error(`${directory}: no file ${name}(.gz): expected the four files of MNIST`);
};

const readFile = (path: string): Uint8Array => {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`${path}: cannot be read: ${(error as Error).message}`, { cause: error });
  }
};

const readSplit = (directory: string, imagesName: string, labelsName: string): Dataset => {
  const paths = [findFile(directory, imagesName), findFile(directory, labelsName)] as const;
  const [images, labels] = paths.map((path) => decompress(path, readFile(path)));
  return pair(paths, parseImages(paths[0], images), parseLabels(paths[1], labels));
};

/** Reads the four files. Throws an Error that names the file if one is missing or damaged. */
export const readMnist = (directory: string): Splits => {
  if (!existsSync(directory)) throw new Error(`${directory}: no such directory`);
  if (!isDirectory(directory)) throw new Error(`${directory}: not a directory`);
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`${directory}: cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const train = readSplit(directory, MNIST_FILES.trainImages.name, MNIST_FILES.trainLabels.name);
  const test = readSplit(directory, MNIST_FILES.testImages.name, MNIST_FILES.testLabels.name);
  if (train.rows !== test.rows || train.columns !== test.columns) {
    throw new Error(
      `${directory}: training images of ${train.rows} × ${train.columns} pixels, but test images of ${test.rows} × ${test.columns}`,
    );
  }
  return { train, test, source: `IDX files in ${directory}` };
};
