/** Python's libraries on the same workloads: each in a process of its own, which takes its time itself. python/contender.py says how it is spoken with. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from './contender.ts';
import type { Peer } from './peers.ts';
import { figure, LineProcess, text } from './process.ts';

const script = join(dirname(fileURLToPath(import.meta.url)), 'python', 'contender.py');

/** The libraries, and the files that use them. */
const LIBRARIES = [
  ['NumPy', 'with_numpy'],
  ['PyTorch', 'with_torch'],
] as const;

/** Peers in other processes must be closed, or the program does not end. */
export interface RemotePeer extends Peer {
  close(): void;
}

/** A problem as JSON: arrays as the text of their bytes, which keeps every bit. */
const encode = (problem: object): object =>
  Object.fromEntries(
    Object.entries(problem).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Float32Array
        ? { float32: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
        : value,
    ]),
  );

/** A process that speaks as python/contender.py does, as a peer. It works on one problem at a time: the contender that was made last. */
export const startPeer = async (command: string, args: readonly string[]): Promise<RemotePeer> => {
  const library = new LineProcess(command, args);
  const introduce = async (): Promise<[name: string, version: string]> => {
    const introduction = await library.answer();
    return [text(introduction, 'name'), text(introduction, 'version')];
  };
  const [name, version] = await introduce().catch((error: unknown) => {
    library.close();
    throw error;
  });
  const make = async (workload: string, problem: object): Promise<Contender> => {
    await library.request({ command: 'make', workload, problem: encode(problem) });
    return {
      name,
      time: async (runs) => figure(await library.request({ command: 'time', runs }), 'milliseconds'),
      result: async () => figure(await library.request({ command: 'result' }), 'result'),
    };
  };
  return {
    name,
    version,
    matmul: (problem) => make('matmul', problem),
    mnist: (problem) => make('mnist', problem),
    cosine: (problem) => make('cosine', problem),
    close: () => library.close(),
  };
};

/** The libraries that this Python has; the others are reported, with the reason. -B: it shall leave no compiled files behind. */
export const loadPythonPeers = async (
  command: string,
  report: (message: string) => void,
): Promise<RemotePeer[]> => {
  const peers: RemotePeer[] = [];
  const missing: string[] = [];
  for (const [name, file] of LIBRARIES) {
    try {
      peers.push(await startPeer(command, ['-B', script, file]));
    } catch (error) {
      missing.push(`without ${name} (${(error as Error).message})`);
    }
  }
  if (missing.length > 0) report(missing.join(', '));
  return peers;
};
