import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Cell, classes, numbers, readCsv, type ReadCsvOptions } from '../src/index.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const columnsOf = (text: string, options?: ReadCsvOptions): Readonly<Record<string, readonly Cell[]>> =>
  readCsv(encode(text), options).columns;

describe('readCsv', () => {
  test('makes numbers of columns in which every present cell is a number', () => {
    expect(columnsOf('a,b,c\n1,x,\n-2.5e1,3,NA\n NaN , 4 ,.5\n')).toEqual({
      a: [1, -25, null],
      b: ['x', '3', '4'],
      c: [null, null, 0.5],
    });
    expect(columnsOf('a,b\ninf,0x10\n-Infinity,1\n')).toEqual({ a: [Infinity, -Infinity], b: ['0x10', '1'] });
  });
  test.each([
    ['commas', 'a,b\n1,2\n'],
    ['semicolons', 'a;b\n1;2\n'],
    ['tabs', 'a\tb\n1\t2\n'],
    ['bars', 'a|b\n1|2'],
    ['a byte order mark', '\ufeffa,b\n1,2\n'],
    ['line ends of Windows', 'a,b\r\n1,2\r\n'],
    ['line ends of old Macs', 'a,b\r1,2\r'],
    ['empty lines', '\n\na,b\n\n1,2\n\n'],
    ['quotes', '"a","b"\n"1","2"\n'],
  ])('reads a file with %s', (_name, text) => {
    expect(columnsOf(text)).toEqual({ a: [1], b: [2] });
  });
  test('reads UTF-16 with a byte order mark', () => {
    expect(readCsv(new Uint8Array(Buffer.from('\ufeffä;b\n1;2\n', 'utf16le'))).columns).toEqual({
      ä: [1],
      b: [2],
    });
  });
  test('reads quotes, delimiters and line breaks within quotes', () => {
    const { columns, lines } = readCsv(encode('a,b\n"x, ""y""","two\nlines"\nz,w\n'));
    expect([columns, lines]).toEqual([{ a: ['x, "y"', 'z'], b: ['two\nlines', 'w'] }, [2, 4]]);
  });
  test('takes the names of columns, a delimiter and texts of missing values', () => {
    expect(columnsOf('1:?\n2:3', { header: ['a', 'b'], delimiter: ':', missing: ['?'] })).toEqual({
      a: [1, 2],
      b: [null, 3],
    });
    expect(columnsOf(',a\nx,1\n')).toEqual({ column1: ['x'], a: [1] });
  });
  test.each([
    [
      'a record that is too short',
      'a,b\n1,2\n3\n',
      'wrong number of cells on line 3: expected 2 as in the header, got 1',
    ],
    ['a record behind cells of two lines', 'a,b\n"x\ny",2\n3\n', 'wrong number of cells on line 4'],
    ['a quote that is not closed', 'a,b\n1,2\n"3,4\n5,6\n', 'misplaced quote on line 3'],
    ['text behind a quote', 'a,b\n1,2\n"3"x,4\n', 'misplaced quote on line 3'],
    ['a repeated name', 'a,a\n1,2\n', 'expected each name once, got "a" twice'],
    ['empty lines only', '\n \n', 'no records'],
  ])('names %s', (_name, text, message) => {
    expect(() => readCsv(encode(text))).toThrow(message);
  });
  test('refuses other encodings', () => {
    expect(() => readCsv(Uint8Array.of(0x61, 0xe4, 0x0a))).toThrow('text is not in UTF-8');
  });
  test('reads decimal commas and groups of digits, if told so', () => {
    expect(columnsOf('a;b\n1,5;x\n-2,25e1;1,5\n', { decimal: ',' })).toEqual({
      a: [1.5, -22.5],
      b: ['x', '1,5'],
    });
    expect(columnsOf('a;b\n1.234,5;7\n1.000;NA\n', { decimal: ',', thousands: '.' })).toEqual({
      a: [1234.5, 1000],
      b: [7, null],
    });
    expect(columnsOf('a\n"1,234,567.5"\n12\n', { thousands: ',' })).toEqual({ a: [1234567.5, 12] });
    expect(columnsOf('a\n1 000\n', { thousands: ' ' })).toEqual({ a: [1000] });
    expect(columnsOf('price\n1,5\n2,25\n', { decimal: ',' })).toEqual({ price: [1.5, 2.25] });
    expect(columnsOf('price\n1,500\n', { thousands: ',' })).toEqual({ price: [1500] });
    expect(columnsOf('a\n1,000.5e-3\n', { thousands: ',' })).toEqual({ a: [1.0005] });
    const texts = { a: ['1,23', '4'] };
    expect(columnsOf('a\n"1,23"\n4\n', { thousands: ',' })).toEqual(texts);
    expect(columnsOf('a;b\n1.5;1\n', { decimal: ',' })).toEqual({ a: ['1.5'], b: [1] });
    expect(() => numbers(readCsv(encode('a;b\n1,5;2\n')), 'a')).toThrow(
      'pass { decimal, thousands } to readCsv; for',
    );
    expect(() => columnsOf('a', { decimal: ',', thousands: ',' })).toThrow(
      'invalid decimal: expected another',
    );
    expect(() => columnsOf('a', { decimal: ';' as ',' })).toThrow("expected '.' or ',', got \";\"");
    expect(() => columnsOf('a', { thousands: '' })).toThrow('invalid thousands: expected one character');
  });
  test('knows the usual texts of missing values', () => {
    const texts = ['nan', 'NaN', 'N/A', 'n/a', '#N/A', 'NULL', 'null', 'None', '<NA>', 'NA', ''];
    expect(columnsOf(`a,b\n1,1\n${texts.map((text) => `${text},1\n`).join('')}`)['a']).toEqual([
      1,
      ...texts.map(() => null),
    ]);
  });
  test('drops columns with neither a name nor a value', () => {
    expect(columnsOf('a,b,\n1,2,\n4,5,\n')).toEqual({ a: [1, 4], b: [2, 5] });
    expect(columnsOf('a,b,\n1,2,\n4,5,x\n')).toEqual({ a: [1, 4], b: [2, 5], column3: [null, 'x'] });
  });
  test('keeps empty cells in quotes, also in a column of their own', () => {
    expect(columnsOf('x\n1\n""\n\n3\n')).toEqual({ x: [1, null, 3] });
    expect(columnsOf('1\n""\n', { header: ['x'] })).toEqual({ x: [1, null] });
  });
  test('keeps all digits of long integers', () => {
    const ids = ['12345678901234567890', '12345678901234567891', '7'];
    const table = readCsv(encode(`id\n${ids.join('\n')}\n`));
    expect(table.columns['id']).toEqual(ids);
    expect(classes(table, 'id').names).toEqual([...ids].sort());
    expect(() => numbers(table, 'id')).toThrow(
      'column "id" is not numeric: expected a number, got "12345678901234567890" at line 2; a number does not hold all of its digits; for ids, call classes',
    );
    expect(columnsOf('n\n9007199254740992\n100000000000000000000\n')['n']).toEqual([2 ** 53, 1e20]);
  });
  test('refuses numbers beyond float32', () => {
    for (const [number, shown] of [
      ['1e300', '1e+300'],
      ['-3.5e38', '-3.5e+38'],
    ])
      expect(() => numbers(readCsv(encode(`a\n2\n${number}\n`)), 'a')).toThrow(
        `float32 cannot represent a number of column "a": expected numbers up to 3.4e38, got ${shown} at line 3`,
      );
  });
  test('names an invalid option', () => {
    expect(() => columnsOf('a', { delimiter: '' })).toThrow('expected one character, such as \';\', got ""');
    expect(() => columnsOf('a', { header: false as unknown as true })).toThrow(
      'a file without a header, got false',
    );
  });
});

test('tables print as text', () => {
  const table = readCsv(encode(`name,mass\n${'a very long name of a bird,3750\n'.repeat(9)}x,NA\n`));
  expect(inspect(table)).toBe(
    [
      'Table: 10 rows, 2 columns',
      'name                      mass',
      ...new Array<string>(8).fill('a very long name of a b…  3750'),
      '… 2 more rows',
    ].join('\n'),
  );
});
