/** Reads and downloads data; errors name the files that are damaged. */
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
  test('accepts them gzipped or not, by their usual names', () => {
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
  test('finds the files beside folders of the same names, as in the archive from Kaggle', () => {
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
  test('finds files in folders of their names', () => {
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

  const refusals: Readonly<Record<string, [() => void, string | RegExp]>> = {
    'a missing file': [
      () => rmSync(join(directory, 't10k-images.idx3-ubyte')),
      'no file t10k-images-idx3-ubyte(.gz)',
    ],
    'a folder instead of a file': [
      () => {
        rmSync(join(directory, trainImages.name));
        putWithin(trainImages.name, 'other', images(5));
      },
      'train-images-idx3-ubyte: a directory without a file train-images-idx3-ubyte(.gz)',
    ],
    'a truncated file': [
      () => put(trainImages.name, images(5).subarray(0, 40)),
      'train-images-idx3-ubyte: truncated: expected 30 bytes of data, got 24',
    ],
    'a file that is shorter than its header': [
      () => put(trainImages.name, Buffer.alloc(3)),
      'truncated: expected a header of at least 4 bytes, got 3 bytes',
    ],
    'a file that is too long': [
      () => put(trainImages.name, Buffer.concat([images(5), Buffer.alloc(1)])),
      'too long: expected 30 bytes of data, got 31',
    ],
    'labels instead of images': [
      () => put(trainImages.name, labels(20)),
      'not an IDX file of images: expected bytes of shape [count, rows, columns], got Uint8 of shape [20]',
    ],
    'a foreign file': [
      () => put(trainImages.name, Buffer.from('<!doctype html><title>404</title>')),
      'not an IDX file: expected the bytes 0, 0 and a type first, got an HTML page',
    ],
    'a truncated gzip file': [
      () => put(`${trainLabels.name}.gz`, gzipSync(labels(5)).subarray(0, 20)),
      'damaged gzip file',
    ],
    'labels above 9': [
      () => put(`${trainLabels.name}.gz`, idx(2049, [5], [1, 2, 3, 4, 10])),
      'invalid label at index 4: expected 0 to 9, got 10',
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
      /truncated: expected \d+ bytes of data, got 0/,
    ],
    'images of other sizes': [
      () => put('t10k-images.idx3-ubyte', idx(2051, [3, 1, 1], [1, 2, 3])),
      'training images of 2 × 3 pixels, but test images of 1 × 1',
    ],
  };
  test.each(Object.entries(refusals))('refuses %s', (_name, [change, message]) => {
    putAll();
    change();
    expect(() => readMnist(directory)).toThrow(message);
  });
  test('refuses a directory that does not exist, and a file', () => {
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

  const downloadAll = (): Promise<void> => downloadMnist(directory, mirror, () => {});
  const expectRefusal = async (message: RegExp): Promise<void> => {
    await expect(downloadAll()).rejects.toThrow(message);
    expect(readdirSync(directory)).toEqual([]);
  };

  test('refuses content with another sum and leaves nothing behind', async () => {
    answer = () => ({ body: gzipSync(images(5)) });
    await expectRefusal(
      /train-images-idx3-ubyte\.gz: wrong content: expected MD5 6bbc9ace898e44ae57da46a324031adb, got [0-9a-f]{32}/,
    );
  });
  test('refuses a damaged gzip file', async () => {
    answer = () => ({ body: gzipSync(images(5)).subarray(0, 25) });
    await expectRefusal(/damaged gzip file/);
  });
  test('reports the status of the server', async () => {
    answer = () => ({ status: 404, body: Buffer.from('none') });
    await expectRefusal(/the server responded 404 Not Found/);
  });
  test('reports a download that breaks off', async () => {
    answer = () => ({ body: Buffer.alloc(100_000), cut: true });
    await expectRefusal(/the download failed/);
  });
  test('reports a server that cannot be reached', async () => {
    mirror = 'http://127.0.0.1:9';
    await expectRefusal(/cannot be reached/);
    mirror = 'ftp://example.org';
    await expectRefusal(/the mirror must be an http\(s\) address/);
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
    'downloads the genuine files once, and damaged ones again (skipped without ../shared/mnist)',
    async () => {
      answer = (name) => ({ body: whole?.[name] ?? Buffer.alloc(0) });
      await downloadAll();
      expect(requests.length).toBe(4);
      expect(readMnist(directory).train.count).toBe(60_000);
      put(`${testLabels.name}.gz`, Buffer.from('damaged'));
      await downloadAll();
      expect(requests.slice(4)).toEqual([`${testLabels.name}.gz`]);
      expect(readdirSync(directory).sort()).toEqual(Object.keys(whole ?? {}).sort());
    },
  );
});
