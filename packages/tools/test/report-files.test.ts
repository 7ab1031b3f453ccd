import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { prepareReport, writeReport } from '../src/report-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'mini-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['new/place/run.html', 'new/place/run'],
  ['run.PNG', 'run'],
  ['v1.2', 'v1.2'],
  ['folder/', 'folder/cosine'],
  ['existing', 'existing/cosine'],
])('--plot %s makes %s.html and %s.png', async (path, base) => {
  mkdirSync(join(folder, 'existing'), { recursive: true });
  const expected = { html: join(folder, `${base}.html`), png: join(folder, `${base}.png`) };
  expect(await prepareReport(join(folder, path), 'cosine')).toEqual(expected);
  // The folder is there, and the files are not.
  writeFileSync(expected.html, '');
  expect(existsSync(expected.png)).toBe(false);
});

test('a report is written as a page and as a picture', async () => {
  const paths = await prepareReport(join(folder, 'report'), 'cosine');
  await writeReport({ title: 'A report', figures: [{ series: { a: [1, 2] } }] }, paths);
  expect(existsSync(paths.html) && existsSync(paths.png)).toBe(true);
});
