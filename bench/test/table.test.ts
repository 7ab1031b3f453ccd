import { describe, expect, test } from 'vitest';
import { compareRuns, describeDoubts, formatComparison } from '../comparison.ts';
import { formatRows, formatTime, makeRows } from '../table.ts';
import { makeRun, measurement } from './runs.ts';

test('times have the unit with the fewest zeros', () => {
  expect([1234, 12.345, 0.5, 0.00025].map(formatTime)).toEqual(['1.23 s', '12.3 ms', '500 µs', '250 ns']);
});

test('a table has the median, the spread, the ratio and the verdict of each contender', () => {
  const rows = makeRows(
    [
      measurement('@mini eager', [4, 4, 4.2]),
      measurement('@mini jit', [2, 2, 2.1]),
      measurement('@mini products', [1, 1, 1], true),
      measurement('other', [1.9, 2, 2.2]),
    ],
    (milliseconds) => `${milliseconds / 2} s for all`,
  );
  expect(formatRows(rows).join('\n')).toMatchInlineSnapshot(`
    "                   median               spread  ratio
      @mini eager     4.00 ms  2 s for all      2%  2.00×  2.0× slower
      @mini jit       2.00 ms  1 s for all      2%  1.00×  ours
      @mini products  1.00 ms                   0%  0.50×  a part of the work
      other           2.00 ms  1 s for all      8%  1.00×  no difference (within the spread)"
  `);
});

test('without ours, the others are compared with the first contender', () => {
  expect(makeRows([measurement('a', [1]), measurement('b', [3])]).map(({ verdict }) => verdict)).toEqual([
    'ours',
    '3.0× slower',
  ]);
});

describe('a comparison with an earlier run', () => {
  const before = makeRun([
    measurement('@mini jit', [2, 2, 2]),
    measurement('noisy', [1, 2, 3]),
    measurement('gone', [1]),
  ]);
  const contenders = [
    measurement('@mini jit', [0.5, 0.5, 0.5]),
    measurement('noisy', [2, 3, 4]),
    measurement('added', [1]),
  ];
  test('reports changes that exceed the spread', () => {
    expect(formatComparison(compareRuns(before, makeRun(contenders))).join('\n')).toMatchInlineSnapshot(`
      "since 2030-01-02T03:04:05.000Z
      work
        @mini jit   2.00 ms (spread 0%)  →    500 µs (spread 0%)  4.0× faster
        noisy      2.00 ms (spread 50%)  →  3.00 ms (spread 33%)  no difference (within the spread)
        added                         –  →   1.00 ms (spread 0%)  new
      The code of the other contenders did not change. If their times moved, the machine caused it; changes of @mini by no more than that are not reported."
    `);
  });
  test('reports no change of ours that is at most as large as the changes of others', () => {
    const [ours, loops] = [measurement('@mini jit', [3, 3, 3]), measurement('plain loops', [1, 1, 1])];
    const earlier = makeRun([
      measurement('@mini jit', [2, 2, 2]),
      measurement('plain loops', [0.5, 0.5, 0.5]),
    ]);
    expect(compareRuns(earlier, makeRun([ours, loops])).changes.map(({ verdict }) => verdict)).toEqual([
      'no difference (others moved 2.0×)',
      '2.0× slower',
    ]);
  });
  test('warns if the runs differ in other ways', () => {
    const machine = { ...before.machine, node: 'v22.1.0', processors: 8, peak: 100 };
    const now = makeRun(contenders, { machine, peers: { tfjs: '5.0.0', NumPy: '2.0.0' } });
    expect(describeDoubts(compareRuns(before, now))).toMatchInlineSnapshot(
      `"The two runs differ in other ways, so this comparison is unreliable. number of processors: 2 then, 8 now; Node: v20.19.0 then, v22.1.0 now; one core's SIMD peak: 50.0 GFLOP/s then, 100.0 GFLOP/s now; tfjs: 4.22.0 then, 5.0.0 now."`,
    );
  });
  test('does not warn if the peak differs a little', () => {
    const now = makeRun(contenders, { machine: { ...before.machine, peak: 45 } });
    expect(describeDoubts(compareRuns(before, now))).toBeUndefined();
  });
  test('has only new contenders for a new workload', () => {
    const now = makeRun([], { workloads: [{ name: 'other work', contenders }] });
    expect(compareRuns(before, now).changes.map(({ verdict }) => verdict)).toEqual(['new', 'new', 'new']);
  });
});
