import { describe, expect, test } from 'vitest';
import { tensor } from '@mini/autograd';
import {
  classes,
  dropMissing,
  fillMissing,
  numbers,
  oneHotColumns,
  readCsv,
  selectRows,
  type Table,
  tableFromRecords,
} from '../src/index.ts';

const birds: Table = readCsv(
  new TextEncoder().encode('species,mass,year\nGentoo,5000,2009\nAdelie,NA,2010\nAdelie,3700,2008\n'),
);

describe('tables', () => {
  test('lose rows with missing values, in all columns or in some', () => {
    expect(dropMissing(birds).lines).toEqual([2, 4]);
    expect(dropMissing(birds, ['year']).rows).toBe(3);
    expect(selectRows(birds, ({ year }, row) => year !== 2009 && row > 1).columns['mass']).toEqual([3700]);
  });
  test('have rows by their indices', () => {
    for (const rows of [[2, 0], Int32Array.of(2, 0), tensor([2, 0])])
      expect(selectRows(birds, rows)).toMatchObject({
        rows: 2,
        columns: { species: ['Adelie', 'Gentoo'], mass: [3700, 5000], year: [2008, 2009] },
        lines: [4, 2],
      });
    expect(selectRows(birds, []).rows).toBe(0);
    expect(() => selectRows(birds, [3])).toThrow(
      'selectRows: invalid row: expected an integer from 0 to 2, got 3',
    );
    expect(() => selectRows(birds, [true, false, true] as never)).toThrow(
      'selectRows: invalid rows: expected integers, got true',
    );
    expect(() => selectRows(birds, 2 as never)).toThrow(
      'selectRows: invalid keep: expected a function or indices, got 2',
    );
  });
  test('written by a program can have undefined and NaN as missing values', () => {
    const columns = { mass: [1, NaN, 3], sex: ['m', 'f', undefined] };
    const table = { name: '', rows: 3, columns } as Table;
    expect(dropMissing(table).rows).toBe(1);
    expect(fillMissing(table, { mass: 2, sex: '?' }).columns).toEqual({
      mass: [1, 2, 3],
      sex: ['m', 'f', '?'],
    });
    expect(() => numbers(table, 'mass')).toThrow(
      'missing value in column "mass": expected a number, got none at row 1',
    );
    expect(() => classes(table, 'sex')).toThrow('missing value in column "sex"');
  });
  test('get values in the place of missing ones', () => {
    const filled = fillMissing(birds, { mass: 4000, species: 'unknown' });
    expect(filled.columns).toEqual({ ...birds.columns, mass: [5000, 4000, 3700] });
    expect([filled.name, filled.rows, filled.lines]).toEqual([birds.name, 3, birds.lines]);
    expect(numbers(filled, 'mass').toArray()).toEqual([5000, 4000, 3700]);
    expect(birds.columns['mass']).toEqual([5000, null, 3700]);
    // The caller's columns are not shared.
    const columns = { mass: [1, null], age: [3, 4] };
    const copied = fillMissing({ name: '', rows: 2, columns }, { mass: 2 });
    columns.age[0] = 9;
    expect(copied.columns).toEqual({ mass: [1, 2], age: [3, 4] });
    expect(() => fillMissing(birds, { weight: 1 })).toThrow('unknown column: expected one of "species"');
    expect(() => fillMissing(birds, { mass: 'mean' })).toThrow(
      'fillMissing: value does not fit column "mass": expected a number, as in the other rows, got "mean"',
    );
    expect(() => fillMissing(birds, { species: 0 })).toThrow(
      /expected a string, as in the other rows, got 0$/,
    );
    expect(() => fillMissing(birds, { mass: NaN })).toThrow(
      'fillMissing: invalid value for column "mass": expected a finite number or a string, got NaN',
    );
  });
  test('can be made of records', () => {
    expect(tableFromRecords([{ a: true, b: 'x' }, { a: NaN, c: 1 }, {}], { name: 'f' })).toMatchObject({
      name: 'f',
      rows: 3,
      columns: { a: [1, null, null], b: ['x', null, null], c: [null, 1, null] },
    });
    expect(tableFromRecords([{ a: new Date(7), b: 9n }]).columns).toEqual({ a: [7], b: [9] });
    expect(tableFromRecords([{ a: new Date('never') }]).columns).toEqual({ a: [null] });
    expect(() => tableFromRecords([{ a: 2n ** 60n }])).toThrow(/^tableFromRecords: invalid cell: /);
    expect(() => tableFromRecords([{ a: [] }])).toThrow('got [] in column "a" of record 0');
  });
  test('say that a column is not numeric before they say that it has gaps', () => {
    const cities = tableFromRecords([{ city: null }, { city: 'Rome' }]);
    expect(() => numbers(cities, 'city')).toThrow(
      'numbers: column "city" is not numeric: expected a number, got "Rome" at row 1',
    );
  });
  test('rounds large amounts, a few of which become equal', () => {
    const amounts = Array.from({ length: 5000 }, (_, i) => ({
      a: 100_000_000 + ((i * 7_919_117) % 9_900_000_001),
    }));
    expect(numbers(tableFromRecords(amounts), 'a').shape).toEqual([5000]);
    expect(numbers(tableFromRecords([{ a: 6.02214076e23 }, { a: 6.0221407601e23 }]), 'a').shape).toEqual([2]);
  });
  test('give tensors of one column or several', () => {
    expect(numbers(birds, 'year').toArray()).toEqual([2009, 2010, 2008]);
    expect(numbers(dropMissing(birds), ['year', 'mass']).toArray()).toEqual([
      [2009, 5000],
      [2008, 3700],
    ]);
  });
  test('keep values and columns of the same name apart', () => {
    const mixed = tableFromRecords([{ a: 1 }, { a: '1' }]);
    expect(() => classes(mixed, 'a')).toThrow(
      'numbers and texts in column "a": expected one kind, got 1 and "1"',
    );
    expect(() => oneHotColumns(mixed, ['a'])).toThrow('oneHotColumns: ');
    expect(() => classes(tableFromRecords([{ a: '01' }, { a: 1 }, { a: '1' }]), 'a')).toThrow(
      'got 1 and "1"',
    );
    expect(classes(tableFromRecords([{ a: 1 }, { a: '1.0' }]), 'a').names).toEqual(['1', '1.0']);
    const table = tableFromRecords([{ a: 'b=c', 'a=b': 'c' }]);
    expect(() => oneHotColumns(table, ['a', 'a=b'])).toThrow('got "a=b=c" twice');
  });
  test('give classes and columns of zeros and ones', () => {
    expect(classes(birds, 'year').names).toEqual(['2008', '2009', '2010']);
    expect(classes(birds, 'species').labels.toArray()).toEqual([1, 0, 0]);
    expect(classes(birds, 'species', { names: ['Gentoo', 'Emperor', 'Adelie'] }).labels.toArray()).toEqual([
      0, 2, 2,
    ]);
    const { x, names } = oneHotColumns(birds, ['species', 'year']);
    expect(names).toEqual(['species=Adelie', 'species=Gentoo', 'year=2008', 'year=2009', 'year=2010']);
    expect([...x.data.slice(0, 5)]).toEqual([0, 1, 0, 1, 0]);
    expect(
      oneHotColumns(birds, ['species'], { names: ['species=Gentoo', 'species=Adelie'] }).x.shape,
    ).toEqual([3, 2]);
  });
  test.each([
    [
      'a missing value',
      () => numbers(birds, 'mass'),
      'got none at line 3; to drop such rows, call dropMissing(table, ["mass"]); to fill them, fillMissing(table, { "mass": value })',
    ],
    [
      'text',
      () => numbers(birds, ['year', 'species']),
      'got "Gentoo" at line 2; for text, call oneHotColumns or classes',
    ],
    [
      'an unknown column',
      () => numbers(birds, 'masss'),
      'expected one of "species", "mass", "year", got "masss"',
    ],
    [
      'a number beyond 1.8e308',
      () => numbers(readCsv(new TextEncoder().encode('a,b\n1e400,1\n2,3\n')), 'a'),
      'column "a" is not numeric: expected a number, got "1e400" at line 2',
    ],
    [
      'times that are equal after rounding',
      () => numbers(tableFromRecords([{ t: 1700000001 }, { t: 5 }, { t: 1700000061 }]), 't'),
      'different integers of column "t" are equal in float32: expected distinct float32 values, got 1700000001 and 1700000061 at row 2',
    ],
    [
      'the least integers that are equal after rounding',
      () => numbers(tableFromRecords([{ t: 2 ** 24 }, { t: 2 ** 24 + 1 }]), 't'),
      'got 16777216 and 16777217 at row 1',
    ],
    ['no columns', () => numbers(birds, []), 'no columns'],
    ['a repeated column', () => numbers(birds, ['year', 'year']), 'got "year" twice'],
    [
      'a class without a name',
      () => classes(birds, 'species', { names: ['Gentoo'] }),
      'got "Adelie" at line 3',
    ],
    ['a missing class', () => classes(birds, 'mass'), 'missing value in column "mass"'],
    [
      'columns of other lengths',
      () => numbers({ name: '', rows: 2, columns: { a: [1] } }, 'a'),
      'expected 2 rows, got 1 in "a"',
    ],
    [
      'a row without a line',
      () => numbers({ name: 'f', rows: 1, columns: { a: ['x'] } }, 'a'),
      'numbers: f: column "a" is not numeric: expected a number, got "x" at row 0 (counted from 0)',
    ],
  ])('name %s', (_name, call, message) => {
    expect(call).toThrow(message);
  });
});
