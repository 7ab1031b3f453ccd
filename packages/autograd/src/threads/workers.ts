/** Starts and ends workers, in Node and in everything that has the Worker of browsers. */
import { type WorkerData, work } from './worker.ts';

/** A worker that was started. */
export interface RunningWorker {
  /** Calls `then` when the worker, which was told to end, uses no memory any more. */
  end(then: () => void): void;
  /** Stops the worker as soon as possible, whatever it does. */
  terminate(): void;
}

/** What this file needs of Node's modules. */
interface NodeModules {
  getBuiltinModule?(name: 'node:worker_threads'): { readonly Worker: NodeWorkerClass } | undefined;
  getBuiltinModule?(name: 'node:os'): { availableParallelism(): number } | undefined;
}
type NodeWorkerClass = new (
  source: string,
  options: Readonly<Record<string, unknown>>,
) => {
  unref(): void;
  on(event: 'error' | 'exit', listener: (error: Error) => void): void;
  terminate(): Promise<number>;
};

const node = (): NodeModules => (globalThis as { process?: NodeModules }).process ?? {};

/** Returns the number of threads that the machine can run at once. */
export const availableThreads = (): number =>
  node().getBuiltinModule?.('node:os')?.availableParallelism() ??
  (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency ??
  1;

/** Whether this thread may sleep: the main thread of a page may not. */
export const canSleep = (): boolean => (globalThis as { document?: unknown }).document === undefined;

/** Returns why workers cannot share memory here; undefined if they can. */
export const reasonAgainst = (): string | undefined => {
  if (typeof SharedArrayBuffer === 'undefined' || globalThis.crossOriginIsolated === false)
    return 'the page is not cross-origin isolated: its server has to send the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
  if (node().getBuiltinModule?.('node:worker_threads') === undefined && typeof Worker === 'undefined')
    return 'there are no workers here';
  return undefined;
};

/** Starts a worker. Calls `onError` if it fails, also later. Throws if it cannot be started. */
export const startWorker = (data: WorkerData, onError: (message: string) => void): RunningWorker => {
  const threads = node().getBuiltinModule?.('node:worker_threads');
  return threads === undefined ? startInBrowser(data, onError) : startInNode(threads.Worker, data, onError);
};

const startInNode = (
  NodeWorker: NodeWorkerClass,
  workerData: WorkerData,
  onError: (message: string) => void,
): RunningWorker => {
  const source = `(${work})(require('node:worker_threads').workerData);`;
  // The options of the process, such as a loader of TypeScript, are of no use here.
  const worker = new NodeWorker(source, { eval: true, workerData, execArgv: [], env: {} });
  worker.unref();
  worker.on('error', ({ message }) => onError(message));
  worker.on('exit', () => onError('a worker has ended'));
  return { end: (then) => worker.on('exit', then), terminate: () => void worker.terminate() };
};

const startInBrowser = (data: WorkerData, onError: (message: string) => void): RunningWorker => {
  const source = `onmessage = ({ data }) => { (${work})(data); close(); };`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  try {
    const worker = new Worker(url);
    worker.addEventListener('error', ({ message }) => onError(message || 'a worker cannot start'));
    worker.postMessage(data);
    return {
      // The worker ends by itself, without an event. It is terminated in case it hangs.
      end: (then) =>
        setTimeout(() => {
          worker.terminate();
          then();
        }, 1000),
      terminate: () => worker.terminate(),
    };
  } finally {
    URL.revokeObjectURL(url);
  }
};
