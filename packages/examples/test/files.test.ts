/** Reading and fetching data: what is whole is read, what is not is named. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { downloadMnist } from '../src/data/download.ts';
import { MNIST_FILES, readMnist } from '../src/data/mnist-files.ts';
import { FULL_MNIST } from './announce.ts';

const idx = (magic: number, sizes: readonly number[], data: ArrayLike<number>): Buffer => {
  const header = Buffer.alloc(4 * (1 + sizes.length));
  [magic, ...sizes].forEach((value, i) => header.writeUInt32BE(value, 4 * i));
  return Buffer.concat([header, Uint8Array.from(data)]);
};
const images = (count: number): Buffer =>
  idx(
    2051,
    [count, 2, 3],
    Array.from({ length: count * 6 }, (_, i) => i % 256),
  );
const labels = (count: number): Buffer =>
  idx(
    2049,
    [count],
    Array.from({ length: count }, (_, i) => i % 10),
  );

const { trainImages, trainLabels, testLabels } = MNIST_FILES;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mini-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const put = (name: string, bytes: Uint8Array): void => writeFileSync(join(directory, name), bytes);
const putAll = (): void => {
  put(trainImages.name, images(5));
  put(`${trainLabels.name}.gz`, gzipSync(labels(5)));
  put('t10k-images.idx3-ubyte', images(3));
  put(`${testLabels.name}.gz`, gzipSync(labels(3)));
};

describe('reading IDX files', () => {
  test('takes them gzipped or not, under their usual names', () => {
    putAll();
    const { train, test: held } = readMnist(directory);
    expect([train.count, held.count, train.rows, train.columns]).toEqual([5, 3, 2, 3]);
    expect([...held.labels]).toEqual([0, 1, 2]);
    expect(held.images[7]).toBe(7);
  });

  const putWithin = (folder: string, name: string, bytes: Uint8Array): void => {
    mkdirSync(join(directory, folder));
    put(join(folder, name), bytes);
  };
  test('takes the files beside folders of the same names, as in the archive from Kaggle', () => {
    for (const [name, bytes] of [
      [trainImages.name, images(5)],
      [trainLabels.name, labels(5)],
      ['t10k-images-idx3-ubyte', images(3)],
      [testLabels.name, labels(3)],
    ] as const) {
      put(name.replace('-idx', '.idx'), bytes);
      putWithin(name, name, images(1));
    }
    expect(readMnist(directory).train.count).toBe(5);
  });
  test('takes files from folders of their names', () => {
    putAll();
    rmSync(join(directory, trainImages.name));
    putWithin('train-images.idx3-ubyte', `${trainImages.name}.gz`, gzipSync(images(5)));
    expect(readMnist(directory).train.count).toBe(5);
  });
  test.skipIf(!existsSync('/proc/self/mem'))('names a file that cannot be read', () => {
    putAll();
    rmSync(join(directory, trainImages.name));
    symlinkSync('/proc/self/mem', join(directory, trainImages.name));
    expect(() => readMnist(directory)).toThrow(/train-images-idx3-ubyte: cannot be read: E/);
  });

  const refusals: Readonly<Record<string, [() => void, string]>> = {
    'a missing file': [
      () => rmSync(join(directory, 't10k-images.idx3-ubyte')),
      'there is no t10k-images-idx3-ubyte(.gz)',
    ],
    'a folder in the place of a file': [
      () => {
        rmSync(join(directory, trainImages.name));
        putWithin(trainImages.name, 'other', images(5));
      },
      'train-images-idx3-ubyte: is a directory, and there is no train-images-idx3-ubyte(.gz) in it',
    ],
    'a truncated file': [
      () => put(trainImages.name, images(5).subarray(0, 40)),
      'train-images-idx3-ubyte: truncated: 24 bytes of data, expected 30',
    ],
    'a file that is shorter than its header': [
      () => put(trainImages.name, Buffer.alloc(3)),
      'truncated: 3 bytes, shorter than the header',
    ],
    'a file that is too long': [
      () => put(trainImages.name, Buffer.concat([images(5), Buffer.alloc(1)])),
      'too long: 31 bytes of data, expected 30',
    ],
    'labels in the place of images': [
      () => put(trainImages.name, labels(20)),
      'not an IDX file of images: magic number 2049, expected 2051',
    ],
    'a foreign file': [
      () => put(trainImages.name, Buffer.from('<!doctype html><title>404</title>')),
      'not an IDX file of images',
    ],
    'a truncated gzip file': [
      () => put(`${trainLabels.name}.gz`, gzipSync(labels(5)).subarray(0, 20)),
      'not a whole gzip file',
    ],
    'labels above 9': [
      () => put(`${trainLabels.name}.gz`, idx(2049, [5], [1, 2, 3, 4, 10])),
      'label 10 at position 4: labels must be 0 to 9',
    ],
    'other counts of images and labels': [
      () => put(`${trainLabels.name}.gz`, labels(6)),
      '5 images but 6 labels',
    ],
    'no images': [
      () => (put(trainImages.name, images(0)), put(`${trainLabels.name}.gz`, labels(0))),
      'no pixels: 0 images of 2 × 3',
    ],
    'a header that promises more than memory holds': [
      () => put(trainImages.name, idx(2051, [2 ** 31, 2 ** 31, 100], [])),
      'truncated: 0 bytes of data',
    ],
    'images of other sizes': [
      () => put('t10k-images.idx3-ubyte', idx(2051, [3, 1, 1], [1, 2, 3])),
      'training images of 2 × 3, test images of 1 × 1',
    ],
  };
  test.each(Object.entries(refusals))('refuses %s', (_name, [change, message]) => {
    putAll();
    change();
    expect(() => readMnist(directory)).toThrow(message);
  });
  test('refuses a directory that does not exist, and what is no directory', () => {
    expect(() => readMnist(join(directory, 'none'))).toThrow('no such directory');
    put('file', Uint8Array.of(1));
    expect(() => readMnist(join(directory, 'file'))).toThrow('file: not a directory');
  });
});

describe('downloading', () => {
  let server: Server;
  let mirror: string;
  let answer: (name: string) => { status?: number; body: Uint8Array; cut?: boolean };
  let requests: string[];
  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      const name = (request.url ?? '').slice(1);
      requests.push(name);
      const { status = 200, body, cut = false } = answer(name);
      response.writeHead(status, { 'content-length': body.length });
      if (!cut) return void response.end(body);
      response.write(body.subarray(0, body.length / 2), () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const fetchAll = (): Promise<void> => downloadMnist(directory, mirror, () => {});
  const refused = async (message: RegExp): Promise<void> => {
    await expect(fetchAll()).rejects.toThrow(message);
    expect(readdirSync(directory)).toEqual([]);
  };

  test('refuses content with another sum and leaves nothing behind', async () => {
    answer = () => ({ body: gzipSync(images(5)) });
    await refused(
      /train-images-idx3-ubyte\.gz: wrong content: MD5 [0-9a-f]{32}, expected 6bbc9ace898e44ae57da46a324031adb/,
    );
  });
  test('refuses what is no gzip file', async () => {
    answer = () => ({ body: gzipSync(images(5)).subarray(0, 25) });
    await refused(/not a whole gzip file/);
  });
  test('says what a server answers', async () => {
    answer = () => ({ status: 404, body: Buffer.from('none') });
    await refused(/the server answers 404 Not Found/);
  });
  test('says that a download broke off', async () => {
    answer = () => ({ body: Buffer.alloc(100_000), cut: true });
    await refused(/the download broke off/);
  });
  test('says that a server cannot be reached', async () => {
    mirror = 'http://127.0.0.1:9';
    await refused(/cannot be reached/);
    mirror = 'ftp://example.org';
    await refused(/the mirror must be an http\(s\) address/);
  });

  const whole = (() => {
    try {
      return Object.fromEntries(
        Object.values(MNIST_FILES).map(({ name }) => [
          `${name}.gz`,
          readFileSync(join(FULL_MNIST, `${name}.gz`)),
        ]),
      );
    } catch {
      return undefined;
    }
  })();
  test.skipIf(whole === undefined)(
    'fetches the genuine files once, and again what is damaged (skipped without ../shared/mnist)',
    async () => {
      answer = (name) => ({ body: whole?.[name] ?? Buffer.alloc(0) });
      await fetchAll();
      expect(requests.length).toBe(4);
      expect(readMnist(directory).train.count).toBe(60_000);
      put(`${testLabels.name}.gz`, Buffer.from('damaged'));
      await fetchAll();
      expect(requests.slice(4)).toEqual([`${testLabels.name}.gz`]);
      expect(readdirSync(directory).sort()).toEqual(Object.keys(whole ?? {}).sort());
    },
  );
});
