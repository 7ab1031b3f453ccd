/** Runs other programs, for the scripts of a release. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './packages.ts';

const execFileAsync = promisify(execFile);

/** Returns an error with all output of a program that failed. */
const failureOf = (command: string, args: readonly string[], error: unknown): Error => {
  const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
  const output = stdout + stderr === '' ? message : stdout + stderr;
  return new Error(`${command} ${args.join(' ')}\n${output}`, { cause: error });
};

/** Runs a program and returns what it printed. Throws an Error with all its output if it fails. */
export const run = (cwd: string, command: string, ...args: readonly string[]): string => {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw failureOf(command, args, error);
  }
};

/** Like `run`, but other work goes on meanwhile. */
export const runAsync = async (cwd: string, command: string, ...args: readonly string[]): Promise<string> => {
  try {
    const running = execFileAsync(command, args, { cwd, encoding: 'utf8' });
    running.child.stdin?.end();
    return (await running).stdout;
  } catch (error) {
    throw failureOf(command, args, error);
  }
};

/** Downloads one version of a package with npx and runs its program `tool`. */
export const runPackage = (cwd: string, spec: string, tool: string, ...args: readonly string[]): string =>
  run(cwd, 'npx', '-y', '-p', spec, tool, ...args);

/**
 * Runs the program `tool` of an installed package in the root of the repository, on this terminal.
 * Returns its exit code.
 */
export const runInstalled = (name: string, tool: string, ...args: readonly string[]): number => {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: Readonly<Record<string, string>> };
  const script = join(dirname(manifest), bin[tool]);
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  return status ?? 1;
};
