/** Tests the program as users run it, on its shortest workload. */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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

test('measures, writes its results and a page, and compares with an earlier file', () => {
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

test('runs long steps on several threads, too', () => {
  const { status, stdout, stderr } = bench(
    ...['--only', 'small,mnist', '--threads', '2', '--no-peers', '--rounds', '5', '--no-page'],
  );
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.not.stringContaining('warning'),
  });
  expect(stdout.match(/^ {2}@mini on 2 threads jit .*×/gm)).toHaveLength(1);
});

test('compares this checkout with another one', () => {
  const checkout = join(directory, 'checkout');
  for (const name of ['autograd', 'nn'])
    for (const part of ['package.json', 'src']) {
      const path = join('packages', name, part);
      cpSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), join(checkout, path), {
        recursive: true,
      });
    }
  const scope = join(checkout, 'packages/nn/node_modules/@mini');
  mkdirSync(scope, { recursive: true });
  symlinkSync('../../../autograd', join(scope, 'autograd'), 'junction');
  const { status, stdout, stderr } = bench(
    ...['--only', 'small,cosine', '--no-peers', '--rounds', '5', '--no-page'],
    ...['--against', 'checkout', '--json', 'results/against.json'],
  );
  expect({ status, stderr }).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/^against checkout at /),
  });
  expect(stdout).toMatch(/^ {2}@mini eager +takes +[\d.]+× +as long as other @mini eager: /m);
  expect(stdout).toMatch(/^ {2}@mini jit +takes +[\d.]+× +as long as other @mini jit: /m);
  const { workloads } = parseRecord(readFileSync(join(directory, 'results/against.json'), 'utf8'));
  expect(workloads[0].contenders.map(({ name }) => name)).toEqual([
    '@mini eager',
    '@mini jit',
    'other @mini eager',
    'other @mini jit',
  ]);
  // Both compute the same result.
  expect(stderr).not.toContain('warning');
});

test('rejects wrong options before it measures', () => {
  writeFileSync(join(directory, 'foreign.json'), '{"name": "other"}');
  expect(bench('--only', 'mnist,sort').stderr).toMatch(
    /Expected workloads among small, mnist, .*, cnn, compile, maps, reductions, moves, products, windows, samplers, got 'sort'\.\n/,
  );
  expect(bench('--json', '.').stderr).toBe('error: --json .: . is a directory\n');
  expect(bench('--against', 'none').stderr).toBe(
    'error: --against none: not a checkout of this repository: packages/autograd/src/index.ts is missing\n',
  );
  expect(bench('--against', fileURLToPath(new URL('../..', import.meta.url))).stderr).toMatch(
    /^error: --against .*: expected another checkout, got this one\n$/,
  );
  expect(bench('--compare', 'foreign.json')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'error: --compare foreign.json: not a file of `pnpm bench --json`\n',
  });
});

test('writes no files when interrupted', async () => {
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
  expect(stderr).toMatch(/interrupted after 0 of 1 workloads; no files were written\n$/);
  expect(existsSync(join(directory, 'never.json'))).toBe(false);
});
