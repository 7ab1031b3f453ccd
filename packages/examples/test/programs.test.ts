/** Runs the programs as users do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { createCanvas, Path2D } from '@napi-rs/canvas';
import { loadModel } from '../src/model-file.ts';
import { type Outcome, runLimited, runProgram, startProgram } from './program.ts';

/** The working directory of the programs. */
const directory = mkdtempSync(join(tmpdir(), 'mini-programs-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const run = (program: string, ...args: string[]): Outcome => runProgram(directory, program, ...args);

describe('pnpm cosine', () => {
  test('that gets Ctrl-C ends with its plots and the exit code of a signal', async () => {
    const { child, ended } = startProgram(directory, 'cosine', '--updates', '10000000', '--plot', 'stopped');
    child.stdout?.on('data', (data) => {
      if (!child.killed && String(data).includes('update ')) child.kill('SIGINT');
    });
    const { status, stdout, stderr } = await ended;
    expect({ status, stderr }).toEqual({ status: 130, stderr: '' });
    expect(stdout).toMatch(/^interrupted after update \d+ of 10000000$/m);
    expect(stdout).toContain('output RMSE');
    expect(existsSync(join(directory, 'stopped.png'))).toBe(true);
  });
  test.skipIf(process.platform === 'win32')(
    'that gets Ctrl-C in a terminal, when it is run from its sources for the first time, ends as well',
    async () => {
      // The cache of compiled sources is there.
      const TMPDIR = mkdtempSync(join(directory, 'first-'));
      const source = fileURLToPath(new URL('../src/cosine.ts', import.meta.url));
      const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
      const args = ['--import', loader, source, '--updates', '10000000', '--plot', 'first'];
      const child = spawn(process.execPath, args, {
        cwd: directory,
        env: { ...process.env, TMPDIR },
        detached: true,
      });
      let isStopped = false;
      child.stdout.on('data', (data) => {
        if (isStopped || !String(data).includes('update ')) return;
        isStopped = true;
        // A terminal sends the signal to all processes of the program.
        process.kill(-(child.pid as number), 'SIGINT');
      });
      const errors: string[] = [];
      child.stderr.on('data', (data) => errors.push(String(data)));
      const [status] = (await once(child, 'close')) as [number];
      expect({ status, errors }).toEqual({ status: 130, errors: [] });
      expect(existsSync(join(directory, 'first.png'))).toBe(true);
    },
  );
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
    [
      ['--noise', 'loud'],
      "option '--noise <number>' argument 'loud' is invalid. Expected a number from 0 to 1000000.",
    ],
    [['--colour', 'red'], "unknown option '--colour'"],
    [['--learning-rate', '1e30'], 'error: the training diverged: try a smaller --learning-rate ('],
  ])('refuses %j', (args, message) => {
    const { status, stderr } = run('cosine', ...args);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe('plots', () => {
  const PNG = [0x89, 0x50, 0x4e, 0x47];
  const isPng = (path: string): boolean =>
    PNG.every((byte, i) => readFileSync(join(directory, path))[i] === byte);

  test('are saved in out/ by default, and their paths are printed', () => {
    rmSync(join(directory, 'out'), { recursive: true, force: true });
    const { stdout } = run('cosine');
    expect(stdout).toContain(`plot: ${join('out', 'cosine.html')}`);
    expect(stdout).toContain(`plot: ${join('out', 'cosine.png')}`);
    expect(readdirSync(join(directory, 'out')).sort()).toEqual(['cosine.html', 'cosine.png']);
    expect(isPng(join('out', 'cosine.png'))).toBe(true);
  });
  test('are not made with --no-plot', () => {
    rmSync(join(directory, 'out'), { recursive: true, force: true });
    const { status, stdout } = run('cosine', '--no-plot');
    expect(status).toBe(0);
    expect(stdout).not.toContain('plot');
    expect(existsSync(join(directory, 'out'))).toBe(false);
  });
  test('that cannot be saved are an error before the training', () => {
    writeFileSync(join(directory, 'file'), '');
    const { status, stdout, stderr } = run('cosine', '--plot', join('file', 'plot'));
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(`error: --plot ${join('file', 'plot')}: `);
  });
});

describe('the result', () => {
  test.skipIf(process.platform === 'win32')('is printed and saved even if the plot fails', () => {
    // The limit is 40 KB: enough for the model, but not for the plots.
    const args = ['--epochs', '1', '--hidden', '', '--save', 'kept/model.safetensors', '--plot', 'plot'];
    const { status, stdout, stderr } = runLimited(directory, 80, 'mnist', ...args);
    expect(stderr).toMatch(/^error: plot.html: cannot be written: EFBIG/);
    expect(status).toBe(1);
    expect(stdout).toMatch(/test accuracy 0\.\d{4}\n$/);
    expect(loadModel(readFileSync(join(directory, 'kept', 'model.safetensors'))).hidden).toEqual([]);
  });
  test('that cannot be saved is an error before the training', () => {
    mkdirSync(join(directory, 'folder.safetensors'), { recursive: true });
    for (const path of ['folder.safetensors', join('file2', 'x.safetensors')]) {
      writeFileSync(join(directory, 'file2'), '');
      const { status, stdout, stderr } = run('mnist', '--save', path);
      expect(status).toBe(1);
      expect(stderr).toContain(`error: --save ${path}: `);
      expect(stdout).toBe('');
    }
  });
});

describe('pnpm mnist', () => {
  test('saves the same model on any number of threads, also in two processes at once', async () => {
    const models = await Promise.all(
      ['1', '2', '3'].map(async (threads) => {
        const file = `threads-${threads}.safetensors`;
        const args = ['--threads', threads, '--epochs', '1', '--hidden', '256', '--no-plot', '--save', file];
        const { status, stderr } = await startProgram(directory, 'mnist', ...args).ended;
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        return readFileSync(join(directory, file));
      }),
    );
    for (const model of models) expect(model.equals(models[0])).toBe(true);
  });
  test('trains on the embedded digits, a line an epoch, and ends with the test accuracy', () => {
    const { status, stdout } = run(
      'mnist',
      '--epochs',
      '2',
      '--hidden',
      '24,16',
      '--no-plot',
      '--save',
      'model.safetensors',
    );
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('epoch '))).toHaveLength(2);
    expect(stdout).toContain('784-24-16-10');
    expect(loadModel(readFileSync(join(directory, 'model.safetensors'))).hidden).toEqual([24, 16]);
    expect(Number(/^test accuracy (\d\.\d{4})$/.exec(lines.at(-1) ?? '')?.[1])).toBeGreaterThan(0.85);
  });
  test('starts from a saved model, and exports it and a training step', () => {
    const trained = run(
      'mnist',
      '--epochs',
      '1',
      '--hidden',
      '12',
      '--no-plot',
      '--save',
      'start.safetensors',
    );
    const exports = ['step.onnx', 'step.stablehlo', 'exports/model.onnx', 'model.stablehlo'];
    const loaded = run(
      ...(['mnist', '--load', 'start.safetensors', '--epochs', '0', '--no-plot'] as const),
      ...exports.flatMap((file) => ['--export', file]),
    );
    expect(loaded.stderr).toBe('');
    const lastLine = (text: string): string | undefined => text.trimEnd().split('\n').at(-1);
    expect(lastLine(loaded.stdout)).toBe(lastLine(trained.stdout));
    expect(loaded.stdout).toContain('784-12-10');
    for (const file of exports) {
      expect(loaded.stdout).toContain(`exported: ${file}`);
      expect(readFileSync(join(directory, file)).length).toBeGreaterThan(500);
    }
    const step = readFileSync(join(directory, 'step.stablehlo'), 'utf8');
    expect(step).toContain('%arg1: tensor<784x12xf32> {jax.arg_info = "params.hidden1.kernel"}');
    expect(step).toContain('{jax.result_info = "result.loss"}');
  });
  test('classifies a picture, and shows what the network sees', () => {
    const save = ['--save', 'linear.safetensors'];
    const { stdout: trained } = run('mnist', '--hidden', 'none', '--epochs', '2', '--no-plot', ...save);
    expect(trained).toContain('network: 784-10,');
    const context = createCanvas(200, 120).getContext('2d');
    context.fillStyle = '#ddd';
    context.fillRect(0, 0, 200, 120);
    writeFileSync(join(directory, 'blank.png'), context.canvas.toBuffer('image/png'));
    // A seven in dark ink, left of the middle.
    context.strokeStyle = '#123';
    context.lineWidth = 9;
    context.beginPath();
    context.moveTo(40, 20);
    context.lineTo(90, 20);
    context.lineTo(55, 100);
    context.stroke();
    writeFileSync(join(directory, 'seven.png'), context.canvas.toBuffer('image/png'));
    // The same with a thin pen, on a large sheet.
    const large = createCanvas(1600, 960).getContext('2d');
    large.fillStyle = '#ddd';
    large.fillRect(0, 0, 1600, 960);
    large.scale(8, 8);
    large.lineWidth = 0.5;
    large.stroke(new Path2D('M40 20L90 20L55 100'));
    writeFileSync(join(directory, 'thin.png'), large.canvas.toBuffer('image/png'));
    const classify = (file: string): ReturnType<typeof run> =>
      run('mnist', '--load', 'linear.safetensors', '--classify', file);
    const lines = classify('seven.png').stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toBe('seven.png: 7');
    expect(classify('thin.png').stdout.trimEnd().split('\n').at(-1)).toBe('thin.png: 7');
    expect(lines.filter((line) => line.startsWith('│'))).toHaveLength(28);
    expect(lines.filter((line) => /^\d  [01]\.\d{4}/.test(line))).toHaveLength(10);
    expect(classify('blank.png').stderr).toBe(
      'error: --classify blank.png: no digit found: expected ink on paper of another colour\n',
    );
    const load = ['--load', 'linear.safetensors'];
    // A run that started from a model is resumed with the model's normalisation.
    const tuning = [...load, '--images', '300', '--no-plot', '--checkpoint', 'tuned'];
    expect(run('mnist', ...tuning, '--epochs', '1').status).toBe(0);
    const resumed = run('mnist', ...tuning, '--epochs', '2', '--resume');
    expect([resumed.stderr, resumed.status]).toEqual(['', 0]);
    expect(resumed.stdout).toContain('epoch 2, batch 1');
    expect(run('mnist', ...load, '--dropout', '0.5').stderr).toContain(
      'error: --dropout needs --model cnn\n',
    );
    expect(run('mnist', ...load, '--classify', 'seven.png', '--epochs', '5').stderr).toContain(
      'error: --epochs cannot be used with --classify, which does not train\n',
    );
    expect(classify('package.json').stderr).toContain('error: --classify package.json: ENOENT');
    writeFileSync(join(directory, 'text.png'), 'no picture');
    expect(classify('text.png').stderr).toContain('not a picture that can be read');
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
    [['--loss', 'hinge'], 'Allowed choices are binary, softmax'],
    [['--data', 'nowhere'], 'error: nowhere: no such directory'],
    [['--data', '.', '--download'], 'cannot be used with option'],
    [['--mirror', 'http://localhost'], 'error: --mirror needs --download'],
    [['--export-steps', '10'], 'error: --export-steps needs --export <file>'],
    [['--hidden', '0'], "or none for a linear classifier, got '0'"],
    [['--save', 'x.txt'], "Expected a name that ends with .safetensors, got 'x.txt'"],
    [['--classify', 'digit.png'], 'error: --classify needs --load <file>'],
    [
      ['--epochs', '0', '--schedule', 'cosine', '--export', 'step.onnx'],
      'error: --export step.onnx: the length of the cosine schedule is not known with --epochs 0',
    ],
    [['--load', 'nowhere.safetensors'], 'error: --load nowhere.safetensors: there is no such file'],
    [['--load', 'package.json', '--hidden', '3'], 'error: --hidden cannot be used with --load'],
    [
      ['--export', 'net.onnx'],
      "Expected a name such as step.onnx, step.stablehlo or model.onnx, got 'net.onnx'",
    ],
  ])('refuses %j', (args, message) => {
    const { status, stderr } = run('mnist', ...args);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});
