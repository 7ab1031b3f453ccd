/** The program as users run it, on its shortest workload. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { parseRecord } from '../record.ts';

const directory = mkdtempSync(join(tmpdir(), 'mini-bench-'));
afterAll(() => rmSync(directory, { recursive: true }));

const command = [
  '--import',
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
  fileURLToPath(new URL('../main.ts', import.meta.url)),
];
const bench = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [...command, ...args], { cwd: directory, encoding: 'utf8' });

test('measures, writes its results and a page, and compares with what it wrote', () => {
  const brief = ['--only', 'small', '--no-peers', '--rounds', '5'];
  const first = bench(...brief, '--json', 'results/first.json', '--page', 'pages/first.html');
  expect(first).toMatchObject({ status: 0, stderr: 'measuring 1 of 1: (a + b) * c on 8 elements\n' });
  expect(first.stdout).toMatch(/@mini jit .* 1\.00× {2}ours/);
  const { peers, workloads } = parseRecord(readFileSync(join(directory, 'results/first.json'), 'utf8'));
  expect(peers).toEqual({});
  expect(workloads[0].contenders.map(({ name, samples }) => [name, samples.length])).toEqual([
    ['@mini eager', 5],
    ['@mini jit', 5],
  ]);
  expect(readFileSync(join(directory, 'pages/first.html'), 'utf8')).toContain('Benchmark of @mini');
  const second = bench(...brief, '--no-page', '--compare', 'results/first.json');
  expect(second.status).toBe(0);
  expect(second.stdout).toMatch(/since \d{4}-.*\n(.*\n)?\(a \+ b\) \* c on 8 elements\n {2}@mini eager .*→/);
  expect(existsSync(join(directory, 'out'))).toBe(false);
});

test('refuses what it cannot use before it measures', () => {
  writeFileSync(join(directory, 'foreign.json'), '{"name": "other"}');
  expect(bench('--only', 'mnist,sort').stderr).toMatch(
    /There is no workload 'sort': choose from small, mnist, cosine, matmul\.\n/,
  );
  expect(bench('--json', '.').stderr).toBe('error: --json .: . is a directory\n');
  expect(bench('--compare', 'foreign.json')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'error: --compare foreign.json: it is not what `pnpm bench --json` writes\n',
  });
});

test('ends cleanly when it is interrupted, without files', async () => {
  const args = ['--only', 'mnist', '--no-peers', '--rounds', '10000', '--json', 'never.json'];
  const child = spawn(process.execPath, [...command, ...args], { cwd: directory });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += String(data);
    if (String(data).includes('measuring')) child.kill('SIGINT');
  });
  const status = await new Promise((resolve) => {
    child.once('close', resolve);
  });
  expect(status).toBe(130);
  expect(stderr).toMatch(/interrupted after 0 of 1 workloads; no file is written\n$/);
  expect(existsSync(join(directory, 'never.json'))).toBe(false);
});
