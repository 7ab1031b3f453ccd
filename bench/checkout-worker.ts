/**
 * Runs the workloads on the libraries of several checkouts, for `pnpm bench --against`,
 * or the library of this checkout on several threads.
 *
 * Reads requests from standard input and writes answers to standard output, one JSON value a line.
 */
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { type Contender, makeContender } from './contender.ts';
import { loadLibrary, loadSources, startThreads, type WorkerSetup } from './libraries.ts';
import { makeWorkloads } from './workloads.ts';

interface Request {
  readonly command: 'make' | 'time' | 'result';
  readonly workload: string;
  readonly contender: number;
  readonly runs: number;
}

const send = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

// Ctrl-C reaches this process too. Ignore it: the parent process ends this one.
process.on('SIGINT', () => {});
setFlagsFromString('--experimental-wasm-relaxed-simd');
const { checkouts, groups, modes, threads } = JSON.parse(process.argv[2]) as WorkerSetup;
const load = threads === undefined ? loadLibrary : loadSources;
const libraries = await Promise.all(checkouts.map(([name, directory]) => load(name, directory)));
if (threads !== undefined) await startThreads(checkouts[0][1], threads);
const workloads = makeWorkloads(groups, modes);
let contenders: readonly Contender[] = [];

const answer = async ({ command, workload, contender, runs }: Request): Promise<object> => {
  switch (command) {
    case 'make':
      contenders = workloads
        .filter(({ name }) => name === workload)
        .flatMap(({ ours }) => libraries.flatMap(ours).map(makeContender));
      return { made: contenders.map(({ name, isPart = false }) => ({ name, isPart })) };
    case 'time':
      return { milliseconds: await contenders[contender].time(runs) };
    case 'result':
      return { result: await contenders[contender].result() };
  }
};

send({});
for await (const line of createInterface({ input: process.stdin })) {
  send(
    await answer(JSON.parse(line) as Request).catch((error: unknown) => ({
      error: error instanceof Error ? error.message : String(error),
    })),
  );
}
