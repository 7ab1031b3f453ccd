/** Runs the programs as users do, from bundles. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { bundleOf } from './bundle-programs.ts';

const commandOf = (program: string, args: readonly string[]): string[] => [bundleOf(program), ...args];

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in `directory` until it ends. */
export const runProgram = (directory: string, program: string, ...args: string[]): Outcome => {
  const { status, stdout, stderr } = spawnSync(process.execPath, commandOf(program, args), {
    encoding: 'utf8',
    cwd: directory,
  });
  return { status, stdout, stderr };
};

/** Runs a program that cannot write files of more than `blocks` blocks of 512 bytes. */
export const runLimited = (
  directory: string,
  blocks: number,
  program: string,
  ...args: string[]
): Outcome => {
  const script = `ulimit -f ${blocks}; trap '' XFSZ; exec "$@"`;
  const command = ['-c', script, 'sh', process.execPath, ...commandOf(program, args)];
  const { status, stdout, stderr } = spawnSync('sh', command, { encoding: 'utf8', cwd: directory });
  return { status, stdout, stderr };
};

/** Starts a program in `directory`; `ended` resolves when it ends. */
export const startProgram = (
  directory: string,
  program: string,
  ...args: string[]
): { readonly child: ChildProcess; readonly ended: Promise<Outcome> } => {
  const child = spawn(process.execPath, commandOf(program, args), { cwd: directory });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => (stdout += String(data)));
  child.stderr.on('data', (data) => (stderr += String(data)));
  const ended = new Promise<Outcome>((resolve) => {
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
  return { child, ended };
};
