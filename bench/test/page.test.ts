import { expect, test } from 'vitest';
import { renderHtml, renderPng } from '@mini/plot';
import { compareRuns } from '../comparison.ts';
import { makeReport } from '../page.ts';
import { makeRows } from '../table.ts';
import { makeRun, measurement } from './runs.ts';

const contenders = [measurement('@mini jit', [1, 2, 3]), measurement('plain loops', [4, 5, 6])];
const run = makeRun(contenders);
const rows = [makeRows(contenders)];

test('a page has a chart of medians and quartiles for each workload', () => {
  const [figure] = makeReport(run, rows, undefined).figures;
  expect(figure).toMatchObject({
    title: 'work',
    bars: { '@mini jit': { '@mini': 2 }, 'plain loops': { others: 5 } },
    spreads: { '@mini jit': [1.5, 2.5], 'plain loops': [4.5, 5.5] },
  });
});

test('charts have the unit with the fewest zeros', () => {
  const unitOf = (milliseconds: number): string | undefined => {
    const tiny = [measurement('@mini jit', [milliseconds]), measurement('plain loops', [100])];
    return makeReport(makeRun(tiny), [makeRows(tiny)], undefined).figures[0].yLabel;
  };
  expect([2, 0.5, 0.0005].map(unitOf)).toEqual([
    'ms, less is better',
    'µs, less is better',
    'ns, less is better',
  ]);
});

test('a page has the comparison first, then the tables', () => {
  const titles = (...args: Parameters<typeof makeReport>): unknown =>
    makeReport(...args).tables?.map(({ title, rows }) => [title, rows.length]);
  expect(titles(run, rows, undefined)).toEqual([['work', 2]]);
  expect(titles(run, rows, compareRuns(run, run))).toEqual([
    ['Since 2030-01-02T03:04:05.000Z', 2],
    ['work', 2],
  ]);
});

test('a page contains no names of hosts or files', async () => {
  const page = await renderHtml(makeReport(run, rows, undefined));
  expect(page).toContain("Test 1, 2 processors, linux x64, Node v20.19.0, one core's SIMD peak 50.0 GFLOP/s");
  expect(page).not.toContain(process.cwd());
});

test('a picture has lines between the quartiles', async () => {
  const report = makeReport(run, rows, undefined);
  const withoutLines = report.figures.map(({ spreads: _spreads, ...figure }) => figure);
  const [png, bare] = [await renderPng(report), await renderPng({ ...report, figures: withoutLines })];
  expect(Buffer.compare(png, bare)).not.toBe(0);
});
