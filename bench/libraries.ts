/** Loads the library of this checkout or of another one. */
import type { GroupName, Library, Mode, Runner } from './types.ts';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type * as autograd from '@mini/autograd';
import type * as threading from '@mini/autograd/threads';
import type * as nn from '@mini/nn';
import type * as poolModule from '../packages/autograd/src/threads/pool.ts';
import { type Contender, makeContender } from './contender.ts';
import { LineProcess, readNumber } from './process.ts';

/** The prefixes of contenders' names: for this checkout, and for the other one. */
export const CURRENT = '@mini';
export const OTHER = 'other @mini';

/** Runs a library in this process. */
export const runHere = (library: Library): Runner => ({
  contenders: (workload) => Promise.resolve(workload.ours(library).map(makeContender)),
  close: () => {},
});

/** The arguments of a worker process. */
export interface WorkerSetup {
  /** Name and directory of each checkout. */
  readonly checkouts: readonly (readonly [string, string])[];
  readonly groups: readonly GroupName[];
  readonly modes: readonly Mode[];
  /** On how many threads the library of this checkout runs; 1 by default. */
  readonly threads?: number;
}

const worker = new URL('checkout-worker.ts', import.meta.url);

const startWorker = async (setup: WorkerSetup): Promise<Runner> => {
  const library = new LineProcess(process.execPath, [
    ...process.execArgv,
    fileURLToPath(worker),
    JSON.stringify(setup),
  ]);
  try {
    await library.answer();
  } catch (error) {
    library.close();
    throw error;
  }
  return {
    contenders: async (workload) => {
      const { made } = await library.request({ command: 'make', workload: workload.name });
      return (made as readonly Pick<Contender, 'name' | 'isPart'>[]).map((one, contender) => ({
        ...one,
        time: async (runs) =>
          readNumber(await library.request({ command: 'time', contender, runs }), 'milliseconds'),
        result: async () => readNumber(await library.request({ command: 'result', contender }), 'result'),
      }));
    },
    close: () => library.close(),
  };
};

const ENTRIES = { autograd: 'packages/autograd/src/index.ts', nn: 'packages/nn/src/index.ts' };

/** The workloads that are also run on several threads: those whose steps are long enough. */
const THREADED: readonly GroupName[] = ['mnist', 'cosine', 'matmul', 'cnn'];

/** Adds the library of this checkout on several threads to a runner, in a process of its own. */
export const withThreads = async (
  runner: Runner,
  threads: number,
  only: readonly GroupName[],
): Promise<Runner> => {
  const groups = only.filter((name) => THREADED.includes(name));
  if (threads === 1 || groups.length === 0) return runner;
  const here = realpathSync(fileURLToPath(new URL('..', import.meta.url)));
  const checkouts = [[`${CURRENT} on ${threads} threads`, here]] as const;
  const threaded = await startWorker({ checkouts, groups, modes: ['jit'], threads });
  return {
    contenders: async (workload) => [
      ...(await runner.contenders(workload)),
      ...(await threaded.contenders(workload)),
    ],
    close: () => {
      runner.close();
      threaded.close();
    },
  };
};

/** Starts threads in the library of a checkout. */
export const startThreads = async (directory: string, count: number): Promise<void> => {
  const folder = join(directory, 'packages/autograd/src/threads');
  const { pool } = (await load(join(folder, 'pool.ts'))) as typeof poolModule;
  // Without the choice of the faster way, which would hide the slower one.
  pool.settings = { ...pool.settings, isAdaptive: false };
  const { useThreads } = (await load(join(folder, 'index.ts'))) as typeof threading;
  useThreads(count);
};

const load = (file: string): Promise<unknown> => import(pathToFileURL(file).href);

/**
 * Loads the library of any checkout of this repository into this process, as TypeScript.
 *
 * Threads need this: their file is found only next to the sources.
 */
export const loadSources = async (name: string, directory: string): Promise<Library> => ({
  name,
  autograd: (await load(join(directory, ENTRIES.autograd))) as typeof autograd,
  nn: (await load(join(directory, ENTRIES.nn))) as typeof nn,
});

/**
 * Loads the library of any checkout of this repository into this process, compiled to JavaScript.
 *
 * That is what users run. tsx gives each function its name when it is made, which takes as long as
 * a small op.
 */
export const loadLibrary = async (name: string, directory: string): Promise<Library> => {
  const outdir = mkdtempSync(join(tmpdir(), 'mini-bench-'));
  try {
    const entryPoints = Object.entries(ENTRIES).map(([out, entry]) => ({ out, in: join(directory, entry) }));
    const outExtension = { '.js': '.mjs' };
    await build({ entryPoints, outdir, outExtension, bundle: true, splitting: true, format: 'esm' });
    return {
      name,
      autograd: (await load(join(outdir, 'autograd.mjs'))) as typeof autograd,
      nn: (await load(join(outdir, 'nn.mjs'))) as typeof nn,
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
};

/** Installs the dependencies of a checkout if they are missing. */
const install = (directory: string, report: (message: string) => void): void => {
  if (existsSync(join(directory, 'packages/nn/node_modules/@mini/autograd'))) return;
  report(`installing the dependencies of ${directory} …`);
  execFileSync(
    process.platform === 'win32' ? 'npx.cmd' : 'npx',
    ['-y', 'pnpm@10.34.9', 'install', '--frozen-lockfile'],
    // Windows runs .cmd files only in a shell.
    { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
  );
};

const describeCommit = (directory: string): string => {
  try {
    const args = ['-C', directory, 'log', '-1', '--format=%h, %s'];
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'an unknown commit';
  }
};

/**
 * Starts one worker process with the library of this checkout and that of another one.
 *
 * Both libraries load in the same way. This process has run its own library already, and two
 * processes could run on cores of different speed.
 *
 * Throws an Error that begins with `option` if there is no such checkout.
 */
export const runAgainst = async (
  option: string,
  directory: string,
  groups: readonly GroupName[],
  modes: readonly Mode[],
  report: (message: string) => void,
): Promise<Runner> => {
  try {
    for (const entry of Object.values(ENTRIES))
      if (!existsSync(join(directory, entry)))
        throw new Error(`not a checkout of this repository: ${entry} is missing`);
    const [here, there] = [fileURLToPath(new URL('..', import.meta.url)), directory].map((path) =>
      realpathSync(path),
    );
    if (here === there) throw new Error('expected another checkout, got this one');
    install(there, report);
    const checkouts = [
      [CURRENT, here],
      [OTHER, there],
    ] as const;
    const runner = await startWorker({ checkouts, groups, modes });
    report(`against ${directory} at ${describeCommit(there)}`);
    return runner;
  } catch (error) {
    throw new Error(`${option}: ${(error as Error).message}`, { cause: error });
  }
};
