/** Running other programs, for the checks of a release. */
import { execFileSync } from 'node:child_process';

/** Runs a program and gives what it printed. Throws an Error with all its output if it fails. */
export const run = (cwd: string, command: string, ...args: readonly string[]): string => {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(
      `${command} ${args.join(' ')}\n${stdout}${stderr}${stdout + stderr === '' ? message : ''}`,
      {
        cause: error,
      },
    );
  }
};

/** A tool of a package at some version, fetched for this. */
export const runPackage = (cwd: string, spec: string, tool: string, ...args: readonly string[]): string =>
  run(cwd, 'npx', '-y', '-p', spec, tool, ...args);
