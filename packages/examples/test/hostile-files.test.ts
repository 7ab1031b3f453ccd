/**
 * Damaged files of all kinds.
 *
 * Readers must return a valid value or throw a clear error, quickly and with little memory.
 * `pnpm fuzz` tries many more files.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { isTensor, random, tree, zeros } from '@mini/autograd';
import { loadSafetensors, saveSafetensors } from '@mini/nn';
import { latestCheckpoint, saveCheckpoint } from '@mini/nn/checkpoints';
import { parseImages, parseLabels } from '../src/data/idx.ts';
import { attack, concatenate, damaged, RUNS, SEED } from '../../data/test/damaged.ts';
import { Net } from '../src/networks.ts';
import { decompress as decompressHere } from '../src/data/mnist-files.ts';
import { loadModel, saveModel } from '../src/model-file.ts';
import { decompress as decompressInBrowser } from '../src/web/files.ts';

const header = (...numbers: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
  return bytes;
};
const images = concatenate(header(2051, 5, 4, 3), Buffer.alloc(60, 77));
const labels = concatenate(header(2049, 40), Buffer.from(Array.from({ length: 40 }, (_, i) => i % 10)));
const net = Net([4], 'softmax');
const params = net.init(random.key(0), [1, 2, 3]);
const model = saveModel({
  params,
  state: {},
  model: 'mlp',
  hidden: [4],
  loss: 'softmax',
  batchNorm: false,
  mean: 1,
  std: 2,
  rows: 2,
  columns: 3,
});
const tensors = saveSafetensors({ a: zeros([2, 3]), b: [zeros([]), zeros([0, 4])] }, { note: 'ä' });

/** Whether all tensors fit in the bytes of the file. */
const fitsInFile = (value: unknown, bytes: Uint8Array): boolean =>
  tree
    .leaves(value)
    .every((leaf) => isTensor(leaf) && leaf.data.length === leaf.size && 2 * leaf.size <= bytes.length);

describe('damaged files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mini-hostile-'));
  // The process can hold memory of other tests.
  const memoryBefore = process.memoryUsage().rss;
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('of IDX images', () => {
    attack(
      [images],
      (bytes) => parseImages('file', bytes),
      (value, bytes) => {
        const { images: pixels, count, rows, columns } = value as ReturnType<typeof parseImages>;
        return pixels.length === count * rows * columns && pixels.length === bytes.length - 16;
      },
      /^file: (truncated|too long|not an IDX file|damaged gzip file)/,
    );
  });
  test('of IDX labels', () => {
    attack(
      [labels],
      (bytes) => parseLabels('file', bytes),
      (value, bytes) =>
        (value as Uint8Array).length === bytes.length - 8 &&
        (value as Uint8Array).every((label) => label < 10),
      /^file: (truncated|too long|not an IDX file|damaged gzip file|invalid label at)/,
    );
  });
  const noise = new Uint8Array(random.bits(random.key(1), [200]).buffer);
  const compressed = [noise, labels, Buffer.alloc(100_000)].map((bytes) => new Uint8Array(gzipSync(bytes)));
  test('of gzip', () => {
    attack(
      compressed,
      (bytes) => decompressHere('file', bytes),
      (value, bytes) => (value as Uint8Array).length <= 2 ** 20 + 100 * bytes.length,
      /^file: damaged gzip file: /,
    );
  });
  test('of gzip, in a browser', async () => {
    const property = fc.asyncProperty(damaged(compressed), async (bytes) => {
      const content = await decompressInBrowser('file', bytes as Uint8Array<ArrayBuffer>).catch(
        (error: unknown) => {
          expect((error as Error).message).toMatch(/^file: damaged gzip file: /);
          return new Uint8Array(0);
        },
      );
      expect(content.length).toBeLessThanOrEqual(2 ** 20 + 100 * bytes.length);
    });
    await fc.assert(property, { numRuns: RUNS, ...SEED });
  });
  test('of gzip that would fill the memory', async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(64 * 2 ** 20)));
    const message = /^file: damaged gzip file: /;
    expect(() => decompressHere('file', bomb)).toThrow(message);
    await expect(decompressInBrowser('file', bomb)).rejects.toThrow(message);
  });
  test('of safetensors', () => {
    attack(
      [tensors, model],
      loadSafetensors,
      (value, bytes) => fitsInFile((value as { params: unknown }).params, bytes),
      /^loadSafetensors: /,
    );
  });
  test('of models', () => {
    attack(
      [model],
      loadModel,
      (value, bytes) => fitsInFile((value as { params: unknown }).params, bytes),
      /^(loadSafetensors: |not a model of this program: |truncated: expected \d+ parameters)/,
    );
  });
  test('of checkpoints', () => {
    saveCheckpoint(directory, 7, { w: zeros([3]) }, { metadata: { note: 'ä' } });
    const [name] = readdirSync(directory);
    const path = join(directory, name);
    const whole = new Uint8Array(readFileSync(path));
    attack(
      [whole],
      (bytes) => {
        writeFileSync(path, bytes);
        const found = latestCheckpoint(directory);
        if (found.checkpoint === undefined) throw new Error(found.damaged[0].reason);
        return found.checkpoint.restore({ w: zeros([3]) });
      },
      (_value, bytes) => Buffer.compare(bytes, whole) === 0,
      /^damaged: its content has the hash/,
    );
  });
  test('need little memory', () => {
    expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(2 ** 29);
  });
});
