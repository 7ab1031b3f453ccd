import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { full, type Tensor, zeros } from '@mini/autograd';
import { latestCheckpoint, saveCheckpoint } from '@mini/nn/checkpoints';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mini-checkpoints-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const state = (value: number): { w: Tensor } => ({ w: full([3], value) });
const names = (): string[] => readdirSync(directory).sort();

describe('checkpoints', () => {
  test('return the state of the highest step, and its metadata', () => {
    const inner = join(directory, 'made', 'when needed');
    saveCheckpoint(inner, 5, state(5));
    const path = saveCheckpoint(inner, 12, state(12), { metadata: { epoch: '2' } });
    saveCheckpoint(inner, 7, state(7));
    const { checkpoint, damaged } = latestCheckpoint(inner);
    expect(checkpoint).toMatchObject({ step: 12, path, metadata: { epoch: '2' } });
    expect(checkpoint?.restore(state(0))).toEqual(state(12));
    expect(damaged).toEqual([]);
  });
  test('do not exist in a directory that does not exist', () => {
    expect(latestCheckpoint(join(directory, 'none'))).toEqual({ checkpoint: undefined, damaged: [] });
  });
  test('of the last steps are kept, and other files do not change', () => {
    writeFileSync(join(directory, 'notes.txt'), '');
    for (let step = 0; step < 6; step++) saveCheckpoint(directory, step, state(step), { keep: 2 });
    expect(names().map((name) => name.slice(0, 14))).toEqual([
      'notes.txt',
      'step-000000004',
      'step-000000005',
    ]);
  });
  test('of the same step replace each other, and folders with such names are ignored', () => {
    mkdirSync(join(directory, 'step-000000009-0123456789abcdef.safetensors'));
    for (let i = 0; i < 6; i++) {
      saveCheckpoint(directory, 5, state(i), { keep: 1 });
      expect(latestCheckpoint(directory).checkpoint?.restore(state(0))).toEqual(state(i));
      expect(names()).toHaveLength(2);
    }
    saveCheckpoint(directory, Number.MAX_SAFE_INTEGER, state(9), { keep: 1 });
    expect(latestCheckpoint(directory).checkpoint?.step).toBe(Number.MAX_SAFE_INTEGER);
  });
  test('that are damaged are skipped and reported', () => {
    saveCheckpoint(directory, 1, state(1));
    const cut = saveCheckpoint(directory, 2, state(2));
    truncateSync(cut, 50);
    const changed = saveCheckpoint(directory, 3, state(3));
    const bytes = readFileSync(changed);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(changed, bytes);
    const { checkpoint, damaged } = latestCheckpoint(directory);
    expect(checkpoint?.step).toBe(1);
    expect(damaged.map(({ path }) => path)).toEqual([changed, cut]);
    for (const { reason } of damaged)
      expect(reason).toMatch(/^damaged: its content has the hash [0-9a-f]{16}, expected [0-9a-f]{16}$/);
  });
  test('that do not fit a template throw an error with all differences', () => {
    saveCheckpoint(directory, 1, state(1));
    const { checkpoint } = latestCheckpoint(directory);
    expect(() => checkpoint?.restore({ w: zeros([4]), b: zeros([]) })).toThrow(
      'b is missing\n  w has shape [3], expected [4]',
    );
  });
  test('that cannot be written throw an error with the reason, and no file changes', () => {
    const path = saveCheckpoint(directory, 1, state(1));
    const before = names();
    writeFileSync(join(directory, 'file'), '');
    expect(() => saveCheckpoint(join(directory, 'file'), 2, state(2))).toThrow(/^saveCheckpoint: .*file.*E/);
    expect(() => latestCheckpoint(join(directory, 'file'))).toThrow(/^latestCheckpoint: .*ENOTDIR/);
    rmSync(join(directory, 'file'));
    // /proc does not allow new directories.
    if (existsSync('/proc/self'))
      expect(() => saveCheckpoint('/proc/none/run', 2, state(2))).toThrow(/^saveCheckpoint: \/proc\/none.*E/);
    expect(names()).toEqual(before);
    expect(latestCheckpoint(directory).checkpoint?.path).toBe(path);
  });
  test.each([[-1], [1.5], [NaN]])('reject step %j', (step) => {
    expect(() => saveCheckpoint(directory, step, state(1))).toThrow(
      `saveCheckpoint: invalid step: expected an integer ≥ 0, got ${step}`,
    );
  });
  const nonsense: Readonly<Record<string, readonly [readonly unknown[], string]>> = {
    'a step that is not a number': [['run', '3', {}], 'invalid step: expected an integer, got "3"'],
    'a directory that is not a path': [[5, 3, {}], 'directory is not a path: expected a string, got 5'],
    'a directory without a name': [['', 3, {}], 'directory is not a path: expected a string, got ""'],
    'null as options': [
      ['run', 3, {}, null],
      'invalid options: expected an object, { metadata: … }, got null',
    ],
    'a misspelt option': [
      ['run', 3, {}, { keeps: 1 }],
      'unknown option: expected metadata, keep, got "keeps"',
    ],
    'keeping none': [['run', 3, {}, { keep: 0 }], 'invalid keep: expected an integer ≥ 1, got 0'],
  };
  test.each(Object.entries(nonsense))('reject %s', (_name, [args, message]) => {
    const save = saveCheckpoint as (...args: readonly unknown[]) => unknown;
    expect(() => save(...args)).toThrow(`saveCheckpoint: ${message}`);
    expect(names()).toEqual([]);
  });
  test('are searched only in a directory whose path is a string', () => {
    expect(() => latestCheckpoint(undefined as unknown as string)).toThrow(
      'latestCheckpoint: directory is not a path: expected a string, got undefined',
    );
  });
});

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const writer = fileURLToPath(new URL('checkpoint-writer.ts', import.meta.url));
const KILLS = Number(process.env['MINI_KILLS'] ?? 5);

describe('a process that is killed while it saves', () => {
  test(
    'leaves a complete checkpoint, and no file that the next save does not remove',
    async () => {
      let last = -1;
      for (let kill = 0; kill < KILLS; kill++) {
        const child = spawn(process.execPath, ['--import', tsx, writer, directory, String(last + 1)]);
        // Waits for the first save, then kills the process at a time unrelated to the saves.
        await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
        await new Promise((resolve) => setTimeout(resolve, (kill * 37) % 100));
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await ended;
        const { checkpoint, damaged } = latestCheckpoint(directory);
        expect(damaged).toEqual([]);
        if (checkpoint === undefined) throw new Error('no checkpoint');
        expect(checkpoint.step).toBeGreaterThan(last);
        last = checkpoint.step;
        const { w } = checkpoint.restore({ w: zeros([2 ** 18]) });
        expect(w.data.every((value) => value === last)).toBe(true);
        expect(checkpoint.metadata).toEqual({ step: String(last) });
      }
      saveCheckpoint(directory, last + 1, state(0), { keep: 1 });
      expect(names()).toHaveLength(1);
    },
    20_000 + 4000 * KILLS,
  );
  test.skipIf(process.platform === 'win32')(
    'on a full disk throws an error and keeps the older checkpoint',
    () => {
      saveCheckpoint(directory, 0, state(0));
      // A limit of 64 KB for the size of a file stands for a full disk: any user can set it.
      const command = `ulimit -f 64; trap '' XFSZ; exec "${process.execPath}" --import "${tsx}" "${writer}" "${directory}" 1`;
      const { status, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
      expect(stderr).toMatch(/saveCheckpoint: .*step-000000001-.*(EFBIG|ENOSPC)/);
      expect(status).toBe(1);
      expect(names()).toHaveLength(1);
      expect(latestCheckpoint(directory).checkpoint?.step).toBe(0);
    },
  );
});
