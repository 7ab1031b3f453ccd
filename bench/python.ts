/**
 * Runs the workloads on Python libraries, each in a process of its own.
 *
 * python/contender.py describes the protocol.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from './contender.ts';
import type { Peer } from './peers.ts';
import { LineProcess, readNumber, readText } from './process.ts';

const script = join(dirname(fileURLToPath(import.meta.url)), 'python', 'contender.py');

/** The name of each library, and the file that uses it. */
const LIBRARIES = [
  ['NumPy', 'with_numpy'],
  ['PyTorch', 'with_torch'],
] as const;

/** A peer in another process. The program does not end before it is closed. */
export interface RemotePeer extends Peer {
  close(): void;
}

/** Encodes a problem for JSON: arrays as base64, which keeps every bit. */
const encode = (problem: object): object =>
  Object.fromEntries(
    Object.entries(problem).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Float32Array
        ? { float32: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
        : Array.isArray(value) && value.every((item) => item instanceof Float32Array)
          ? Object.values(encode(value))
          : value,
    ]),
  );

/** The start of the error for an op that a library does not have. */
const NO_OP = 'KeyError';

/**
 * Starts a process that speaks the protocol of python/contender.py, and makes a peer of it.
 *
 * The peer works on one problem at a time: that of the newest contender.
 */
export const startPeer = async (command: string, args: readonly string[]): Promise<RemotePeer> => {
  const library = new LineProcess(command, args);
  const introduce = async (): Promise<[name: string, version: string]> => {
    const introduction = await library.answer();
    return [readText(introduction, 'name'), readText(introduction, 'version')];
  };
  const [name, version] = await introduce().catch((error: unknown) => {
    library.close();
    throw error;
  });
  const make = async (workload: string, problem: object): Promise<Contender> => {
    await library.request({ command: 'make', workload, problem: encode(problem) });
    return {
      name,
      time: async (runs) => readNumber(await library.request({ command: 'time', runs }), 'milliseconds'),
      result: async () => readNumber(await library.request({ command: 'result' }), 'result'),
    };
  };
  return {
    name,
    version,
    matmul: (problem) => make('matmul', problem),
    mnist: (problem) => make('mnist', problem),
    cosine: (problem) => make('cosine', problem),
    op: async (problem) => {
      try {
        return await make('op', problem);
      } catch (error) {
        if ((error as Error).message.includes(NO_OP)) return undefined;
        throw error;
      }
    },
    // Only PyTorch has convolutions.
    ...(name === 'PyTorch' ? { cnn: (problem) => make('cnn', problem) } : {}),
    close: () => library.close(),
  };
};

/**
 * Loads the libraries that this Python has, and reports the others with the reason.
 *
 * -B keeps Python from writing compiled files.
 */
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
      missing.push(`${name} (${(error as Error).message})`);
    }
  }
  if (missing.length > 0) report(`skipped ${missing.join(', ')}`);
  return peers;
};
