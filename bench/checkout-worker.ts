/**
 * Runs the workloads on the libraries of several checkouts: `pnpm bench --against` starts it. It
 * answers each line that it is sent, a request in JSON, with a line of JSON.
 */
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { type Contender, local } from './contender.ts';
import { loadLibrary, type WorkerSetup } from './libraries.ts';
import { workloadsOf } from './workloads.ts';

interface Request {
  readonly command: 'make' | 'time' | 'result';
  readonly workload: string;
  readonly contender: number;
  readonly runs: number;
}

const send = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

// Ctrl-C reaches this process, too; the one that started it ends it.
process.on('SIGINT', () => {});
setFlagsFromString('--experimental-wasm-relaxed-simd');
const { checkouts, groups, modes } = JSON.parse(process.argv[2]) as WorkerSetup;
const libraries = await Promise.all(checkouts.map(([name, directory]) => loadLibrary(name, directory)));
const workloads = workloadsOf(groups, modes);
let contenders: readonly Contender[] = [];

const answer = async ({ command, workload, contender, runs }: Request): Promise<object> => {
  switch (command) {
    case 'make':
      contenders = workloads
        .filter(({ name }) => name === workload)
        .flatMap(({ ours }) => libraries.flatMap(ours).map(local));
      return { names: contenders.map((made) => made.name) };
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
