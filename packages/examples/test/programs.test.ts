/** The programs as users run them. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';

const tsx = createRequire(import.meta.url).resolve('tsx');
const run = (
  program: string,
  ...args: string[]
): { status: number | null; stdout: string; stderr: string } => {
  const path = new URL(`../src/${program}.ts`, import.meta.url).pathname;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', tsx, path, ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

describe('pnpm cosine', () => {
  test('prints the falling cost and ends with the error of the output', () => {
    const { status, stdout } = run('cosine', '--seed', '3');
    expect(status).toBe(0);
    const error = /^output RMSE (\d\.\d{4})$/.exec(stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(Number(error?.[1])).toBeLessThan(0.05);
  });
  test('explains its options', () => {
    const { status, stdout } = run('cosine', '--help');
    expect(status).toBe(0);
    for (const option of ['seed', 'noise', 'period', 'hidden', 'learning-rate', 'updates'])
      expect(stdout).toContain(`--${option}`);
  });
  test.each([
    [['--noise', 'loud'], "option '--noise <number>' argument 'loud' is invalid. Not a number ≥ 0."],
    [['--updates', '1.5'], 'Not a whole number from 1'],
    [['--period', '0'], 'Not a number > 0.'],
    [['--colour', 'red'], "unknown option '--colour'"],
    [['extra'], 'too many arguments'],
    [['--learning-rate', '1e30'], 'try a smaller --learning-rate'],
  ])('refuses %j', (args, message) => {
    const { status, stderr } = run('cosine', ...args);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe('pnpm mnist', () => {
  test('trains on the embedded digits, a line an epoch, and ends with the test accuracy', () => {
    const { status, stdout } = run('mnist', '--epochs', '2', '--hidden', '24,16');
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('epoch '))).toHaveLength(2);
    expect(stdout).toContain('784-24-16-10');
    expect(Number(/^test accuracy (\d\.\d{4})$/.exec(lines.at(-1) ?? '')?.[1])).toBeGreaterThan(0.85);
  });
  test('explains its options', () => {
    const { stdout } = run('mnist', '--help');
    for (const option of [
      'seed',
      'hidden',
      'learning-rate',
      'batch-size',
      'epochs',
      'loss',
      'data',
      'download',
    ])
      expect(stdout).toContain(`--${option}`);
  });
  test.each([
    [['--hidden', '128,x'], 'Not a whole number from 1'],
    [['--loss', 'hinge'], 'Allowed choices are binary, softmax'],
    [['--data', 'nowhere'], 'error: nowhere: no such directory'],
    [['--data', '.', '--download'], 'cannot be used with option'],
    [['--batch-size', '0'], 'Not a whole number from 1'],
  ])('refuses %j', (args, message) => {
    const { status, stderr } = run('mnist', ...args);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});
