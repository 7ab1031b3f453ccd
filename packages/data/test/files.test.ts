/** Reads files of every format, and names what is wrong with others. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import {
  Bool,
  DateMillisecond,
  Dictionary,
  Int32,
  Int64,
  Table as ArrowTable,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { afterAll, describe, expect, test } from 'vitest';
import { readArrow, readCsv, readIdx, readIdxArray, readNpy, readNpz } from '../src/index.ts';
import * as numpy from './numpy-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'mini-data-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('sources', () => {
  const path = join(directory, 'a.csv');
  writeFileSync(path, 'a\n1\n');
  test('are paths, file: URLs and bytes, gzipped or not', () => {
    for (const source of [path, pathToFileURL(path), encode('a\n1\n'), new Uint8Array(gzipSync('a\n1\n'))])
      expect(readCsv(source).columns).toEqual({ a: [1] });
    const { buffer } = Uint8Array.from(encode('a\n1\n'));
    expect(readCsv(buffer).columns).toEqual({ a: [1] });
    structuredClone(buffer, { transfer: [buffer] });
    expect(() => readCsv(buffer)).toThrow(/^readCsv: /);
    expect(readCsv(new Uint8Array(new SharedArrayBuffer(2)).fill(0x61)).columns).toEqual({ aa: [] });
    expect(readCsv(path).name).toBe(path);
  });
  test.each([
    ['a missing file', join(directory, 'none.csv'), /which does not exist \(current folder: /],
    ['a folder', directory, /it is not a regular file/],
    ['an address', 'https://example.org/a.csv', /pass the bytes: await \(await fetch/],
    ['another URL', new URL('https://example.org/a.csv'), /source is not a file/],
    ['text', 'a,b\n1,2', /pass text as new TextEncoder\(\)\.encode\(text\)/],
  ])('name the remedy for %s', (_name, source, message) => {
    expect(() => readCsv(source)).toThrow(message);
  });
  test('that are a path need Node', () => {
    const { process } = globalThis;
    Object.assign(globalThis, { process: undefined });
    try {
      expect(() => readCsv('a.csv')).toThrow('readCsv: files cannot be read here: expected the bytes');
    } finally {
      Object.assign(globalThis, { process });
    }
  });
  test.each([
    ['', 'an empty file'],
    ['<!DOCTYPE html><title>404', 'an HTML page'],
    ['<?xml version="1.0"?>', 'an XML document'],
    ['{"a": 1}', 'JSON'],
    ['[[1, 2]]', 'JSON'],
    ['version https://git-lfs.github.com/spec/v1', 'a pointer of Git LFS'],
    ['\x89PNG\r\n', 'a PNG image'],
    ['PK\x03\x04', 'a zip archive, such as .npz or .xlsx'],
    ['PAR1', 'a Parquet file'],
    ['\x01\x02\x03\x04\x05', 'a file that starts with the bytes 01 02 03 04'],
  ])('that start with %j are not tables', (start, description) => {
    expect(() => readCsv(Uint8Array.from(start, (letter) => letter.charCodeAt(0)))).toThrow(
      `readCsv: not a CSV file: expected text, got ${description}`,
    );
  });
});

describe('NumPy files', () => {
  test('have the values that NumPy saved, for every type, byte order and order of axes', () => {
    const { scalar, empty, vector, ...others } = readNpz(numpy.EVERY_TYPE);
    expect(Object.keys(others).length).toBe(19);
    for (const [name, x] of Object.entries(others))
      expect(x.toArray(), name).toEqual(
        name === 'bool'
          ? [
              [0, 1, 1],
              [1, 1, 1],
            ]
          : [
              [0, 1, 2],
              [3, 4, 5],
            ],
      );
    expect([scalar.shape, scalar.item(), empty.shape]).toEqual([[], 7, [0, 3]]);
    expect(vector.toArray()).toEqual([1.5, -2, Infinity]);
  });
  test('can be stored without compression, with names in folders', () => {
    const { a, 'folder/b': b } = readNpz(numpy.STORED);
    expect([a.toArray(), b.toArray()]).toEqual([[1, 2], [3]]);
  });
  test('can have every version', () => {
    for (const file of [numpy.VERSION_1, numpy.VERSION_2, numpy.VERSION_3])
      expect(readNpy(file).toArray()).toEqual([1, 2]);
  });
  test.each([
    ['an inexact integer', numpy.FORTRAN_INTEGERS, /got 16777217 at \[1, 2\], of type <i4/],
    ['a double beyond float32', numpy.LARGE_DOUBLE, /got 1e\+300 at \[1\], of type <f8/],
    ['complex numbers', numpy.COMPLEX, /got "<c16", complex numbers; in Python/],
    ['strings', numpy.TEXTS, /got "<U1", strings/],
    ['objects', numpy.OBJECTS, /got "\|O", Python objects/],
    ['fields', numpy.STRUCTURED, /the array has fields/],
    ['an archive', numpy.STORED, /not a \.npy file: .* got a zip archive/],
    [
      'half of a file',
      numpy.VERSION_1.subarray(0, 130),
      /truncated: expected 8 bytes of data for shape \[2\], got 2/,
    ],
    ['half of a header', numpy.VERSION_1.subarray(0, 30), /truncated: expected a header of 128 bytes/],
    ['a longer file', new Uint8Array([...numpy.VERSION_1, 0]), /too long/],
    [
      'a later version',
      Uint8Array.from(numpy.VERSION_1, (byte, i) => (i === 6 ? 9 : byte)),
      /expected 1 to 3, got 9/,
    ],
  ])('are refused for %s', (_name, bytes, message) => {
    expect(() => readNpy(bytes)).toThrow(message);
  });
  test('in an archive are named in errors', () => {
    const path = join(directory, 'a.npz');
    writeFileSync(path, numpy.STORED);
    expect(Object.keys(readNpz(path))).toEqual(['a', 'folder/b']);
    const changed = numpy.STORED.slice();
    changed[170] ^= 1;
    expect(() => readNpz(changed)).toThrow(/^readNpz: damaged zip archive: .*checksum in "a\.npy"/);
    expect(() => readNpz(numpy.VERSION_1)).toThrow(
      'not a zip archive: expected the bytes PK first, got a NumPy',
    );
    expect(() => readNpz(numpy.STORED.subarray(0, 300))).toThrow('it may be truncated');
  });
});

describe('IDX files', () => {
  const idx = (type: number, sizes: readonly number[], data: readonly number[]): Uint8Array =>
    Uint8Array.of(0, 0, type, sizes.length, ...sizes.flatMap((size) => [0, 0, 0, size]), ...data);
  test.each([
    [0x08, [200, 7], [200, 7]],
    [0x09, [200, 7], [-56, 7]],
    [0x0b, [1, 2, 255, 255], [258, -1]],
    [0x0c, [0, 0, 1, 2, 255, 255, 255, 255], [258, -1]],
    [0x0d, [63, 192, 0, 0, 192, 0, 0, 0], [1.5, -2]],
    [0x0e, [63, 248, 0, 0, 0, 0, 0, 0, 192, 0, 0, 0, 0, 0, 0, 0], [1.5, -2]],
  ])('of type %i have their values', (type, data, expected) => {
    expect(readIdx(idx(type, [1, 2], data)).toArray()).toEqual([expected]);
    const array = readIdxArray(new Uint8Array(gzipSync(idx(type, [1, 2], data))));
    expect([array.shape, [...array.data]]).toEqual([[1, 2], expected]);
  });
  test('name what is wrong', () => {
    expect(() => readIdxArray(idx(8, [3], [1]), { name: 'f' })).toThrow(
      'readIdxArray: f: truncated: expected 3 bytes of data, got 1',
    );
    expect(() => readIdx(idx(8, [1], [1, 2]))).toThrow('readIdx: too long: expected 1 bytes of data, got 2');
    expect(() => readIdx(idx(0x0c, [1], [1, 0, 0, 1]))).toThrow('got 16777217 at [0]');
    expect(() => readIdx(encode('PNG'))).toThrow('not an IDX file');
  });
});

describe('Arrow files', () => {
  const columns = {
    number: vectorFromArray([1.5, null, NaN]),
    text: vectorFromArray(['x', 'longer', null], new Utf8()),
    kind: vectorFromArray(['x', 'y', null], new Dictionary(new Utf8(), new Int32())),
    flag: vectorFromArray([true, false, null], new Bool()),
    big: vectorFromArray([1n, 2n, 3n], new Int64()),
    date: vectorFromArray([new Date(5), null, new Date(7)], new DateMillisecond()),
  };
  const expected = {
    number: [1.5, null, null],
    text: ['x', 'longer', null],
    kind: ['x', 'y', null],
    flag: [1, 0, null],
    big: [1, 2, 3],
    date: [5, null, 7],
  };
  test.each(['file', 'stream'] as const)('and streams become tables: a %s', async (kind) => {
    const { rows, columns: found } = await readArrow(tableToIPC(new ArrowTable(columns), kind));
    expect([rows, found]).toEqual([3, expected]);
  });
  test('of several batches become one table', async () => {
    const table = new ArrowTable(columns);
    const { rows, columns: found } = await readArrow(tableToIPC(table.concat(table), 'file'));
    expect([rows, found.text]).toEqual([6, [...expected.text, ...expected.text]]);
  });
  test.each([
    ['other files', encode('a,b\n'), 'readArrow: not an Arrow file: expected the bytes ARROW1'],
    ['lists', tableToIPC(new ArrowTable({ a: vectorFromArray([[1], [2]]) })), 'column "a" is not supported'],
    [
      'integers beyond 2^53',
      tableToIPC(new ArrowTable({ a: vectorFromArray([2n ** 60n], new Int64()) })),
      'column "a" of type Int64 has an invalid value',
    ],
    ['half of a file', tableToIPC(new ArrowTable(columns), 'file').subarray(0, 500), 'it may be truncated'],
  ])('are refused for %s', async (_name, bytes, message) => {
    await expect(readArrow(bytes)).rejects.toThrow(message);
  });
  test('need a package, which errors name', () => {
    const hook = `export const resolve = (name, context, next) => {
      if (name === 'apache-arrow') throw new Error('Cannot find package');
      return next(name, context);
    };`;
    const program = `
      import { register } from 'node:module';
      register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});
      const { readArrow } = await import('@mini/data');
      readArrow(new TextEncoder().encode('ARROW1')).catch((error) => console.log(error.message));`;
    const args = ['--import', 'tsx', '--input-type', 'module', '--eval', program];
    expect(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout).toMatch(
      /^readArrow: the package apache-arrow cannot be loaded: .* run: npm install apache-arrow@21$/m,
    );
  });
});
