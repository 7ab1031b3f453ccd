import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { prepareFiles, writeFileAtomically } from '../src/files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mini-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('files that are written later', () => {
  test('have their folders made, and nothing else', () => {
    const path = join(directory, 'made', 'when needed', 'file.html');
    prepareFiles('--plot', path);
    expect(readdirSync(dirname(path))).toEqual([]);
    writeFileAtomically(path, 'content');
    expect(readFileSync(path, 'utf8')).toBe('content');
  });
  test('are an error if they cannot be written', () => {
    writeFileSync(join(directory, 'file'), 'x');
    expect(() => prepareFiles('--plot', join(directory, 'file', 'within'))).toThrow(/^--plot: E/);
    expect(() => prepareFiles('--plot', directory)).toThrow('is a directory');
    expect(() => writeFileAtomically(join(directory, 'none', 'file'), '')).toThrow(
      /file: cannot be written: ENOENT/,
    );
  });
  test.skipIf(!existsSync('/proc/self'))('are an error where the system makes no directories', () => {
    expect(() => prepareFiles('--plot', '/proc/none/file')).toThrow(/^--plot: E/);
    expect(() => prepareFiles('--plot', '/proc/file')).toThrow(/^--plot: E/);
  });
});
