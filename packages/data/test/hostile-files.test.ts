/** Damaged files of every format: readers throw a clear error, quickly and with little memory. */
import { gzipSync } from 'node:zlib';
import { Dictionary, Int32, Table as ArrowTable, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTensor, type Tensor } from '@mini/autograd';
import {
  readArrow,
  readCsv,
  readIdx,
  readIdxArray,
  readNpy,
  readNpz,
  type Source,
  type Table,
} from '../src/index.ts';
import { attack, damaged, RUNS, SEED } from './damaged.ts';
import * as numpy from './numpy-files.ts';

/** The process can hold memory of other tests. */
const memoryBefore = process.memoryUsage().rss;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const zip = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes));

const isGoodTensor = (value: unknown, bytes: Uint8Array): boolean =>
  isTensor(value) && value.data.length === value.size && value.size <= 2 ** 20 + 100 * bytes.length;
const isGoodTable = ({ rows, columns }: Table, bytes: Uint8Array): boolean =>
  Object.values(columns).every((column) => column.length === rows) && rows <= 8 * bytes.length;

const csv = encode('name,mass,"note, long"\nAdélie,3750,"two\nlines"\nGentoo,NA,""""\n"Chinstrap",3e3,x\n');
const idx = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6);
const doubles = Uint8Array.of(0, 0, 14, 1, 0, 0, 0, 1, 63, 240, 0, 0, 0, 0, 0, 0);
const columns = new ArrowTable({
  number: vectorFromArray([1.5, null, 3]),
  text: vectorFromArray(['x', 'longer', null], new Utf8()),
  kind: vectorFromArray(['x', 'y', 'x'], new Dictionary(new Utf8(), new Int32())),
  flag: vectorFromArray([true, false, null]),
});
const arrowFiles = (['file', 'stream'] as const).map((kind) => new Uint8Array(tableToIPC(columns, kind)));
const npy = [numpy.VERSION_1, numpy.VERSION_3, numpy.FORTRAN_INTEGERS.slice(), zip(numpy.VERSION_2)];
const allFiles = [csv, zip(csv), idx, doubles, ...arrowFiles, ...npy, numpy.STORED, numpy.EVERY_TYPE];

describe('damaged files', () => {
  test('of CSV', () => {
    attack(
      [csv, zip(csv)],
      (bytes) => readCsv(bytes),
      (value, bytes) => isGoodTable(value as Table, bytes),
      /^readCsv: /,
      1,
    );
  });
  test('of IDX', () => {
    attack([idx, doubles, zip(idx)], (bytes) => readIdx(bytes), isGoodTensor, /^readIdx: /);
  });
  test('of NumPy arrays', () => {
    attack(npy, (bytes) => readNpy(bytes), isGoodTensor, /^readNpy: /);
    for (const shape of ['(2 2)', '(2LL,)', '(L,)', '(2,,2)', '(,)']) {
      const bytes = numpy.VERSION_1.slice();
      const text = Buffer.from(bytes.buffer).toString('latin1');
      const [old = ''] = /\([\d, ]*\) */.exec(text) ?? [];
      const changed = Buffer.from(text.replace(old, shape.padEnd(old.length)), 'latin1');
      expect(() => readNpy(changed), shape).toThrow(/^readNpy: header is not valid: /);
    }
  });
  test('of NumPy archives', () => {
    attack(
      [numpy.STORED, numpy.EVERY_TYPE],
      (bytes) => readNpz(bytes),
      (value, bytes) =>
        Object.values(value as Readonly<Record<string, Tensor>>).every((x) => isGoodTensor(x, bytes)),
      /^readNpz: /,
    );
  });
  test('of Arrow', async () => {
    const property = fc.asyncProperty(damaged(arrowFiles), async (bytes) => {
      const started = performance.now();
      try {
        expect(isGoodTable(await readArrow(bytes), bytes)).toBe(true);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        expect(error.message).toMatch(/^readArrow: /);
      }
      expect(performance.now() - started).toBeLessThan(5000);
    });
    await fc.assert(property, { numRuns: RUNS, ...SEED });
  });
});

const readers: Readonly<Record<string, (source: Source) => unknown>> = {
  readCsv,
  readIdx,
  readIdxArray,
  readNpy,
  readNpz,
  readArrow,
};

/** The message of the error for a source; 'ok' if there is none. */
const messageOf = async (read: (source: Source) => unknown, source: Source): Promise<string> => {
  try {
    await read(source);
    return 'ok';
  } catch (error) {
    expect(error instanceof RangeError, String(error)).toBe(true);
    return (error as Error).message;
  }
};

describe.each(Object.entries(readers))('%s', (name, read) => {
  test('throws its own errors for random bytes, and for files of other formats', async () => {
    const property = fc.asyncProperty(
      fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...allFiles)),
      async (bytes) => {
        const message = await messageOf(read, bytes);
        expect(message === 'ok' || message.startsWith(`${name}: `), message).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: RUNS / 5, ...SEED });
  });
  test('reads or refuses every beginning of a file', async () => {
    for (const file of [csv, idx, doubles, ...arrowFiles, numpy.VERSION_1, numpy.STORED])
      for (let length = 0; length < file.length; length += 1 + Math.floor(file.length / 200)) {
        const message = await messageOf(read, file.subarray(0, length));
        expect(message === 'ok' || message.startsWith(`${name}: `), message).toBe(true);
      }
  });
});

test('a gzip file that would fill the memory is refused', () => {
  const bomb = zip(new Uint8Array(2 ** 28));
  expect(() => readIdx(bomb)).toThrow(/^readIdx: damaged gzip file: /);
  // A file of two members is damaged in the first one.
  const first = gzipSync(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 2), { level: 0 });
  const twoMembers = (): Uint8Array => Buffer.concat([first, gzipSync(Uint8Array.of(1))]);
  expect(readIdx(twoMembers()).toArray()).toEqual([7, 2, 1]);
  first[first.indexOf(7, 20)] = 99;
  expect(() => readIdx(twoMembers())).toThrow('damaged gzip file: expected the checksum of its content');
});

test('readers need little memory', () => {
  expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(2 ** 29);
});
