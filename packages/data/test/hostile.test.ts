/** Calls every public function of @mini/data with nonsense. */
import { tableToIPC, vectorFromArray, Table as ArrowTable } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { ones, random, tensor } from '@mini/autograd';
import { assault, type Kind, kind, options, type Row, values } from '../../autograd/test/hostile.ts';
import * as data from '../src/index.ts';
import * as numpy from './numpy-files.ts';

const table = (): object => ({
  name: 'birds',
  rows: 3,
  columns: { a: [1, 2, null], mass: [3, 1, 2], species: ['x', 'y', 'x'] },
});
const tables: Kind = kind(table, () => data.tableFromRecords([{ a: 1, mass: 2, species: 'z' }]));
const column: Kind = values('a', 'mass', 'species');
const columns: Kind = kind(
  () => ['mass'],
  () => ['a', 'species'],
  () => [],
);
const names: Kind = kind(
  () => ['x', 'y'],
  () => ['species=x', 'species=y'],
);
const key: Kind = kind(() => random.key(7));
const trees: Kind = kind(
  () => ({ x: ones([4, 3]), labels: tensor([0, 1, 0, 1]) }),
  () => ones([6]),
  () => [ones([3, 2]), null],
);
const fraction: Kind = values(0.25, 0.5);
const positive: Kind = values(1, 2);
const bool: Kind = values(true, false);
const series: Kind = kind(
  () => ones([12]),
  () => ones([12, 2]),
);
const statistics: Kind = kind(
  () => tensor([1, 2, 3]),
  () => 0,
);
const file = (bytes: () => Uint8Array): Kind => kind(bytes, () => 'missing.file');
const csv = (): Uint8Array => new TextEncoder().encode('a;b\n1;x\n');
const idx = (): Uint8Array => Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1);
const arrow = (): Uint8Array => tableToIPC(new ArrowTable({ a: vectorFromArray([1.5, 2]) }), 'stream');

const rows: Readonly<Record<string, Row>> = {
  batches: {
    args: [trees, positive, options({ key, dropRemainder: bool })],
    call: (...args: unknown[]) => [...(data.batches as (...given: unknown[]) => Iterable<unknown>)(...args)],
  },
  classes: { args: [tables, column, options({ names })] },
  dropMissing: { args: [tables, columns] },
  fillMissing: {
    args: [
      tables,
      kind(
        () => ({ a: 0, species: 'z' }),
        () => ({}),
      ),
    ],
  },
  numbers: {
    args: [
      tables,
      kind(
        () => 'mass',
        () => ['mass'],
      ),
    ],
  },
  oneHotColumns: { args: [tables, columns, options({ names })] },
  readArrow: { args: [file(arrow)] },
  readCsv: {
    args: [
      file(csv),
      options({
        header: kind(
          () => true,
          () => ['a', 'b'],
        ),
        delimiter: values(',', ';'),
        missing: kind(() => ['x']),
      }),
    ],
  },
  readIdx: { args: [file(idx)] },
  readIdxArray: { args: [file(idx), options({ name: values('file') })] },
  readNpy: { args: [file(() => numpy.VERSION_1)] },
  readNpz: { args: [file(() => numpy.STORED)] },
  selectRows: {
    args: [
      tables,
      kind(
        () =>
          ({ mass }: { mass: number }) =>
            mass > 1,
      ),
    ],
  },
  kFold: {
    args: [key, trees, options({ folds: values(2, 3), stratify: kind(() => [0, 1, 0, 1]) })],
  },
  slidingWindows: { args: [series, options({ length: positive, horizon: positive, step: positive })] },
  standardize: {
    args: [series, options({ mean: statistics, std: statistics, axis: values(0, -1, null) })],
  },
  tableFromRecords: {
    args: [kind(() => [{ a: 1, b: 'x' }, { b: null }]), options({ name: values('file') })],
  },
  trainTestSplit: {
    args: [key, trees, options({ testFraction: fraction, stratify: kind(() => [0, 1, 0, 1]) })],
  },
};

describe('nonsense for arguments', () => {
  test('is tried on every function', () => {
    expect(Object.keys(rows).sort()).toEqual(Object.keys(data).sort());
  });
  test.each(Object.entries(rows))('of %s', (name, row) => {
    assault(name, (data as unknown as Readonly<Record<string, () => unknown>>)[name], row);
  });
  test('of readArrow rejects with an error of its own', async () => {
    for (const source of [undefined, 1, 'missing.arrow', {}, [], csv(), new ArrayBuffer(3), '\0'])
      await expect(data.readArrow(source as string)).rejects.toThrow(/^readArrow: /);
  });
});
