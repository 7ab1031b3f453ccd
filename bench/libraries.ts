/** The library as it is here, and as it is in another checkout. */
import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as autograd from '@mini/autograd';
import type * as nn from '@mini/nn';
import { type Contender, local } from './contender.ts';
import { figure, LineProcess } from './process.ts';
import type { Mode } from './ours.ts';
import type { GroupName, Workload } from './workloads.ts';

export interface Library {
  /** What the names of its contenders begin with. */
  readonly name: string;
  readonly autograd: typeof autograd;
  readonly nn: Pick<typeof nn, 'softmaxCrossEntropy'>;
}

/**
 * What the names of contenders begin with: of the present library, and of that of another checkout.
 */
export const PRESENT = '@mini';
export const OTHER = 'other @mini';

/** Whoever runs the workloads on this library, or on two: here, or in a process of its own. */
export interface Runner {
  contenders(workload: Workload): Promise<readonly Contender[]>;
  close(): void;
}

/** Runs a library in this process. */
export const runHere = (library: Library): Runner => ({
  contenders: (workload) => Promise.resolve(workload.ours(library).map(local)),
  close: () => {},
});

/** What a process that runs libraries is told when it is started. */
export interface WorkerSetup {
  /** Name and directory of each checkout. */
  readonly checkouts: readonly (readonly [string, string])[];
  readonly groups: readonly GroupName[];
  readonly modes: readonly Mode[];
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
      const { names } = await library.request({ command: 'make', workload: workload.name });
      return (names as readonly string[]).map((name, contender) => ({
        name,
        time: async (runs) =>
          figure(await library.request({ command: 'time', contender, runs }), 'milliseconds'),
        result: async () => figure(await library.request({ command: 'result', contender }), 'result'),
      }));
    },
    close: () => library.close(),
  };
};

const ENTRIES = { autograd: 'packages/autograd/src/index.ts', nn: 'packages/nn/src/index.ts' };

/** The library of any checkout of this repository, loaded into this process. */
export const loadLibrary = async (name: string, directory: string): Promise<Library> => {
  const load = (entry: string): Promise<unknown> => import(pathToFileURL(join(directory, entry)).href);
  return {
    name,
    autograd: (await load(ENTRIES.autograd)) as typeof autograd,
    nn: (await load(ENTRIES.nn)) as typeof nn,
  };
};

/** Installs what a checkout needs to be loaded, if that was not done. */
const install = (directory: string, report: (message: string) => void): void => {
  if (existsSync(join(directory, 'packages/nn/node_modules/@mini/autograd'))) return;
  report(`installing what ${directory} needs …`);
  execFileSync(
    process.platform === 'win32' ? 'npx.cmd' : 'npx',
    ['-y', 'pnpm@10.34.9', 'install', '--frozen-lockfile'],
    // Windows runs .cmd files in a shell only.
    { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
  );
};

const commitOf = (directory: string): string => {
  try {
    const args = ['-C', directory, 'log', '-1', '--format=%h, %s'];
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'an unknown commit';
  }
};

/**
 * The present library and that of another checkout, loaded in the same way into one process that
 * does nothing else. In this process the present one has been used before; and of two processes,
 * one may have the slower core. Throws an Error that begins with `option` if there is no such
 * checkout.
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
        throw new Error(`not a checkout of this repository: there is no ${entry}`);
    const [here, there] = [fileURLToPath(new URL('..', import.meta.url)), directory].map((path) =>
      realpathSync(path),
    );
    if (here === there) throw new Error('this is the present checkout; name another one');
    install(there, report);
    const checkouts = [
      [PRESENT, here],
      [OTHER, there],
    ] as const;
    const runner = await startWorker({ checkouts, groups, modes });
    report(`against ${directory} at ${commitOf(there)}`);
    return runner;
  } catch (error) {
    throw new Error(`${option}: ${(error as Error).message}`, { cause: error });
  }
};
