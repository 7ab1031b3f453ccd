import { describe, expect, test } from 'vitest';
import { formatRecord, inspectMachine, makeRecord, parseRecord } from '../record.ts';
import { makeRun, measurement } from './runs.ts';

const run = makeRun([measurement('@mini jit', [1, 2.5, 1e-7]), measurement('plain loops', [3], true)]);
/** The run with some fields replaced. */
const damaged = (changes: object): string => JSON.stringify({ ...run, ...changes });

describe('results in a file', () => {
  test('are the same after writing and reading', () => {
    expect(parseRecord(formatRecord(run))).toEqual(run);
  });
  test('have a line for the samples of each contender, with six digits', () => {
    const text = formatRecord(makeRun([measurement('a', [1 / 3, 2, 123456789, 1.23456789e-7])]));
    expect(text).toContain('"samples": [0.333333, 2, 123456789, 1.23457e-7]\n');
  });
  test('describe the machine, and do not identify it', () => {
    const record = makeRecord(inspectMachine(12.5), [{ name: 'tfjs', version: '1' }], []);
    expect(Object.keys(record.machine)).toEqual(['node', 'platform', 'processor', 'processors', 'peak']);
    expect(record).toMatchObject({ machine: { node: process.version, peak: 12.5 }, peers: { tfjs: '1' } });
    expect(parseRecord(formatRecord(record))).toEqual(record);
  });
});

describe('a file with other content is an error:', () => {
  const { peak: _, ...machineWithoutPeak } = run.machine;
  test.each([
    ['', /^not JSON: /],
    ['{"format": "mini-bench", "ver', /^not JSON: /],
    ['null', 'not a file of `pnpm bench --json`'],
    ['[]', 'not a file of `pnpm bench --json`'],
    ['{"name": "mini"}', 'not a file of `pnpm bench --json`'],
    [damaged({ version: 2 }), 'version: expected 1, got 2'],
    [damaged({ date: 'yesterday' }), 'date is not a date'],
    [damaged({ machine: null }), 'machine is missing'],
    [damaged({ machine: machineWithoutPeak }), 'machine: a number is missing'],
    [damaged({ peers: { tfjs: 4 } }), 'peers.tfjs is not a version'],
    [damaged({ workloads: {} }), 'workloads is not an array'],
    [damaged({ workloads: [{ contenders: [] }] }), 'workloads[0] has no name'],
    [damaged({ workloads: [...run.workloads, ...run.workloads] }), 'workloads has two items of one name'],
    [
      damaged({ workloads: [{ name: 'a', contenders: [measurement('b', [])] }] }),
      'workloads[0].contenders[0].samples are not positive numbers',
    ],
    [
      damaged({ workloads: [{ name: 'a', contenders: [measurement('b', [1, 0])] }] }),
      'workloads[0].contenders[0].samples are not positive numbers',
    ],
  ])('%.60s', (text, message) => {
    expect(() => parseRecord(text)).toThrow(message);
  });
});
