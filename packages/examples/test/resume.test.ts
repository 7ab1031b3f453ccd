/** Training that is interrupted or killed, and resumed with the same bits. */
import type { ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { zeros } from '@mini/autograd';
import { saveCheckpoint } from '@mini/nn/checkpoints';
import { type Outcome, runProgram, startProgram } from './program.ts';

/** The number of kills in the test of killed processes. */
const KILLS = Number(process.env['MINI_KILLS'] ?? 3);

const SETTINGS = [
  '--no-plot',
  '--hidden',
  '48',
  '--epochs',
  '3',
  // 20 batches an epoch.
  '--images',
  '3000',
  '--batch-size',
  '100',
  '--optimizer',
  'adam',
];
const SAVED = ['--save', 'model.safetensors'];

describe('a training run', () => {
  let directory: string;
  let whole: Outcome;
  let model: Buffer;
  const run = (...args: string[]): Outcome => runProgram(directory, 'mnist', ...SETTINGS, ...args);
  const children: ChildProcess[] = [];
  const start = (...args: string[]): ReturnType<typeof startProgram> => {
    const started = startProgram(directory, 'mnist', ...SETTINGS, ...args);
    children.push(started.child);
    return started;
  };
  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
  const savedModel = (): Buffer => readFileSync(join(directory, 'model.safetensors'));
  const checkpoints = (): string[] => readdirSync(join(directory, 'run')).sort();
  /** The printed lines about epochs and accuracies, without those with times. */
  const results = ({ stdout }: Outcome): string[] =>
    stdout.split('\n').filter((line) => /^(epoch|best|test accuracy)/.test(line));

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'mini-resume-'));
    whole = run(...SAVED);
    model = savedModel();
  });
  beforeEach(() => {
    rmSync(join(directory, 'run'), { recursive: true, force: true });
    rmSync(join(directory, 'model.safetensors'), { force: true });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const expectWhole = (outcome: Outcome): void => {
    expect(outcome.stderr).toBe('');
    expect(outcome.status).toBe(0);
    expect(Buffer.compare(savedModel(), model)).toBe(0);
    // A resumed run prints the last of the whole run's lines.
    expect(results(whole).slice(-results(outcome).length)).toEqual(results(outcome));
  };

  test(
    'that is killed again and again, at any moment, ends with the same bits',
    async () => {
      const args = ['--checkpoint', 'run', '--every', '1', '--keep', '2', '--resume', ...SAVED];
      const expectEnd = (outcome: Outcome): void => {
        expectWhole(outcome);
        expect(outcome.stdout).not.toContain('not used');
        expect(checkpoints().filter((name) => name.endsWith('.safetensors'))).toHaveLength(2);
      };
      let resumed = 0;
      for (let kills = 0; kills < KILLS;) {
        const { child, ended } = start(...args);
        const isTraining = new Promise<void>((resolve) => {
          child.stdout?.on('data', (data) => {
            if (/resuming|starting at the beginning/.test(String(data))) resolve();
          });
        });
        await Promise.race([isTraining, ended]);
        // The first kill comes at once, the others ever later.
        const timer = setTimeout(() => child.kill('SIGKILL'), (kills * 97) % 400);
        const outcome = await ended;
        clearTimeout(timer);
        if (outcome.status === 0) {
          // The run ended before the kill: start again from the beginning.
          expectEnd(outcome);
          rmSync(join(directory, 'run'), { recursive: true });
          continue;
        }
        expect(outcome.stderr).toBe('');
        kills++;
        if (outcome.stdout.includes('resuming from')) resumed++;
      }
      expect(resumed).toBeGreaterThan(0);
      expectEnd(run(...args));
    },
    60_000 + 10_000 * KILLS,
  );

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'that gets %s finishes its step, saves, prints the path, and exits with %i',
    async (signal, code) => {
      const { child, ended } = start('--checkpoint', 'run', '--epochs', '1000');
      child.stdout?.on('data', (data) => {
        if (/epoch +2\//.test(String(data))) child.kill(signal);
      });
      const { status, stdout, stderr } = await ended;
      expect(stderr).toBe('');
      expect(status).toBe(code);
      const [, path] =
        /interrupted in epoch \d+ after batch \d+ of 20: saved (.*), add --resume to continue\n$/.exec(
          stdout,
        ) ?? [];
      expect(path).toBe(join('run', checkpoints().at(-1) ?? ''));
    },
  );
  test('that gets Ctrl-C continues with --resume to the same bits', async () => {
    const { child, ended } = start('--checkpoint', 'run', '--every', '10');
    child.stdout?.on('data', (data) => {
      if (!child.killed && String(data).includes('epoch 1/3')) child.kill('SIGINT');
    });
    expect((await ended).status).toBe(130);
    const resumed = run('--checkpoint', 'run', '--resume', ...SAVED);
    expect(resumed.stdout).toContain(`resuming from ${join('run', 'step-')}`);
    expectWhole(resumed);
    expect(run('--checkpoint', 'run', '--resume', '--epochs', '2').stderr).toContain(
      'error: --epochs 2: the run in run has already started epoch 3',
    );
    // Nothing is left to do.
    expect(run('--checkpoint', 'run', '--resume').stdout).toContain(': all 3 epochs are done\n');
    expectWhole(run('--checkpoint', 'run', '--resume', ...SAVED));
  });
  test('that gets Ctrl-C without checkpoints prints that nothing was saved', async () => {
    const { child, ended } = start('--epochs', '1000');
    child.stdout?.on('data', (data) => {
      // A second SIGINT would end it at once.
      if (!child.killed && /epoch +\d+\//.test(String(data))) child.kill('SIGINT');
    });
    const { status, stdout } = await ended;
    expect(status).toBe(130);
    expect(stdout).toContain('nothing was saved (see --save and --checkpoint)');
  });
  test('that gets Ctrl-C with --save saves the model and the plots of the last full epoch', async () => {
    const files = ['--save', 'stopped.safetensors', '--plot', 'stopped'];
    const { child, ended } = start('--epochs', '1000', ...files);
    child.stdout?.on('data', (data) => {
      if (!child.killed && /epoch +2\//.test(String(data))) child.kill('SIGINT');
    });
    const { status, stdout } = await ended;
    expect(status).toBe(130);
    expect(stdout).toMatch(
      /interrupted in epoch \d+ after batch \d+ of \d+, the files are those of the last full epoch/,
    );
    expect(stdout).toContain('model: stopped.safetensors');
    for (const file of ['stopped.html', 'stopped.png']) expect(existsSync(join(directory, file))).toBe(true);
    // The model is that of the last epoch that was printed.
    const epochs = [...stdout.matchAll(/^epoch +(\d+)\//gm)].map(([, epoch]) => epoch);
    const whole = run('--epochs', epochs.at(-1) as string, '--save', 'whole.safetensors', '--no-plot');
    expect(whole.status).toBe(0);
    const [stopped, expected] = ['stopped', 'whole'].map((name) =>
      readFileSync(join(directory, `${name}.safetensors`)),
    );
    expect(stopped.equals(expected)).toBe(true);
  });
  test('uses an older checkpoint when the last is damaged, and none of another run', () => {
    expect(run('--checkpoint', 'run').status).toBe(0);
    const [, older, last] = checkpoints();
    truncateSync(join(directory, 'run', last), 1000);
    const resumed = run('--checkpoint', 'run', '--resume', ...SAVED);
    expect(resumed.stdout).toContain(`not used: ${join('run', last)}: damaged`);
    expect(resumed.stdout).toContain(`resuming from ${join('run', older)}: epoch 3, batch 1`);
    expectWhole(resumed);

    const before = checkpoints();
    const refused = (args: string[], message: string): void => {
      const { status, stderr } = run('--checkpoint', 'run', ...args);
      expect(stderr).toContain(message);
      expect(status).toBe(1);
      expect(checkpoints()).toEqual(before);
    };
    refused([], 'run contains checkpoints of an earlier run: add --resume to continue from the last one');
    refused(
      ['--resume', '--hidden', '10', '--seed', '1'],
      'a checkpoint of another run:\n  seed: 42 there, 1 now\n  hidden: 48 there, 10 now',
    );
    for (const name of before) writeFileSync(join(directory, 'run', name), 'damaged');
    refused(['--resume'], 'every checkpoint is damaged');
  });
  test('refuses checkpoints of other programs', () => {
    saveCheckpoint(join(directory, 'run'), 5, { w: zeros([3]) });
    const { status, stderr } = run('--checkpoint', 'run', '--resume');
    expect(status).toBe(1);
    expect(stderr).toMatch(/step-000000005-[0-9a-f]{16}\.safetensors: not a checkpoint of this program/);
  });
  test('fails before it starts when checkpoints cannot be written', () => {
    writeFileSync(join(directory, 'file'), '');
    const { status, stdout, stderr } = run('--checkpoint', join('file', 'run'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: .*(ENOTDIR|EEXIST)/);
    expect(stdout).not.toContain('epoch 1/');
  });
  test('refuses checkpoint options without --checkpoint', () => {
    const { status, stderr } = run('--every=3');
    expect(status).toBe(1);
    expect(stderr).toContain('--every needs --checkpoint <directory>');
  });
});
