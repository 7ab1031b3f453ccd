import { describe, expect, test } from 'vitest';
import { formatRecord, makeRecord, parseRecord, thisMachine } from '../record.ts';
import { measurement, runOf } from './runs.ts';

const run = runOf([measurement('@mini jit', [1, 2.5, 1e-7]), measurement('plain loops', [3], true)]);
/** The run with a part of it replaced. */
const damaged = (changes: object): string => JSON.stringify({ ...run, ...changes });

describe('results in a file', () => {
  test('are read as they were written', () => {
    expect(parseRecord(formatRecord(run))).toEqual(run);
  });
  test('have a line for the samples of each contender, with six digits', () => {
    const text = formatRecord(runOf([measurement('a', [1 / 3, 2, 123456789, 1.23456789e-7])]));
    expect(text).toContain('"samples": [0.333333, 2, 123456789, 1.23457e-7]\n');
  });
  test('tell of the machine what matters, and nothing of whose it is', () => {
    const record = makeRecord(thisMachine(12.5), [{ name: 'tfjs', version: '1' }], []);
    expect(Object.keys(record.machine)).toEqual(['node', 'platform', 'processor', 'processors', 'peak']);
    expect(record).toMatchObject({ machine: { node: process.version, peak: 12.5 }, peers: { tfjs: '1' } });
    expect(parseRecord(formatRecord(record))).toEqual(record);
  });
});

describe('a file that is something else is an error that says what is wrong:', () => {
  const { peak: _, ...machineWithoutPeak } = run.machine;
  test.each([
    ['', /^it is not JSON: /],
    ['{"format": "mini-bench", "ver', /^it is not JSON: /],
    ['null', 'it is not what `pnpm bench --json` writes'],
    ['[]', 'it is not what `pnpm bench --json` writes'],
    ['{"name": "mini"}', 'it is not what `pnpm bench --json` writes'],
    [damaged({ version: 2 }), 'its version is 2; this program reads version 1'],
    [damaged({ date: 'yesterday' }), 'date is not a date'],
    [damaged({ machine: null }), 'machine is missing'],
    [damaged({ machine: machineWithoutPeak }), 'machine lacks a figure'],
    [damaged({ peers: { tfjs: 4 } }), 'peers.tfjs is not a version'],
    [damaged({ workloads: {} }), 'workloads is not an array'],
    [damaged({ workloads: [{ contenders: [] }] }), 'workloads[0] has no name'],
    [damaged({ workloads: [...run.workloads, ...run.workloads] }), 'workloads has a name twice'],
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
