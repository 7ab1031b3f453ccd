/** The worker that trains; a new one replaces it when it is too busy to respond. */
import type { Command, Event, ThreadsCommand } from './messages.ts';

/** Milliseconds to wait for the response to a reset. */
const PATIENCE = 1000;

export interface WorkerEvents {
  /** Called when a worker starts: it has no data and no model. */
  readonly onStart: () => void;
  readonly onEvent: (event: Event) => void;
  /** Called when the worker fails; without a message if its script could not be loaded. */
  readonly onError: (message: string | undefined) => void;
}

/** The most threads that ?threads=N of the address can ask for. */
const MAX_THREADS = 256;

export class TrainingWorker {
  readonly #events: WorkerEvents;
  #worker: Worker | undefined;
  #timeout: ReturnType<typeof setTimeout> | undefined;

  constructor(events: WorkerEvents) {
    this.#events = events;
  }

  get isStarted(): boolean {
    return this.#worker !== undefined;
  }

  start(): void {
    this.#end();
    const { onStart, onEvent, onError } = this.#events;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Event>) => {
      if (data.kind === 'reset' && data.isResponse) clearTimeout(this.#timeout);
      onEvent(data);
    });
    this.#worker.addEventListener('error', ({ message }) => {
      // Without a message, the script of the worker did not arrive. The next `start` tries again.
      if (message === undefined || message === '') this.#end();
      onError(message);
    });
    // The worker does not know the address of the page.
    const count = Number(new URLSearchParams(location.search).get('threads'));
    const isCount = Number.isInteger(count) && count >= 1 && count <= MAX_THREADS;
    const command: ThreadsCommand = { kind: 'threads', count: isCount ? count : undefined };
    this.#worker.postMessage(command);
    onStart();
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  send(command: Command): void {
    this.#worker?.postMessage(command);
  }

  /** Discards the model, by starting a new worker if there is no response in time. */
  reset(): void {
    this.send({ kind: 'reset' });
    clearTimeout(this.#timeout);
    this.#timeout = setTimeout(() => this.start(), PATIENCE);
  }
}
