/** How a training is stopped: by Ctrl-C or another signal of the system, or by an AbortSignal. */

/** The exit codes of programs that these signals ended, as in shells. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

type Signal = keyof typeof EXIT_CODES;

/** The part of Node's `process` that this file uses. */
interface Process {
  on(event: Signal, listener: (signal: Signal) => void): void;
  off(event: Signal, listener: (signal: Signal) => void): void;
  exit(code: number): void;
  exitCode?: number | string | null | undefined;
}

const findProcess = (): Process | undefined => {
  const { process } = globalThis as { process?: Process };
  return typeof process?.on === 'function' ? process : undefined;
};

/** Whether a training has been asked to stop. */
export interface Stop {
  isRequested(): boolean;
  /** Stops listening. */
  end(): void;
}

/**
 * Listens for Ctrl-C, for SIGTERM, which schedulers send, and for `signal`.
 *
 * The first signal of the system requests a stop, and sets the exit code of the program. A second
 * one ends the program.
 */
export const listenForStop = (signal: AbortSignal | undefined): Stop => {
  const process = findProcess();
  const signals = Object.keys(EXIT_CODES) as Signal[];
  let isInterrupted = false;
  const listener = (received: Signal): void => {
    const code = EXIT_CODES[received];
    if (isInterrupted) process?.exit(code);
    isInterrupted = true;
    if (process !== undefined) process.exitCode = code;
  };
  for (const name of signals) process?.on(name, listener);
  return {
    isRequested: () => isInterrupted || signal?.aborted === true,
    end: () => {
      for (const name of signals) process?.off(name, listener);
    },
  };
};

/** The longest time without a look at signals and timers, in milliseconds. */
const MAX_BUSY = 20;

/** Returns a function that lets the event loop run, if that was long ago. */
export const makePause = (): (() => Promise<void>) => {
  const { setImmediate } = globalThis as { setImmediate?: (f: () => void) => void };
  const later = setImmediate ?? setTimeout;
  let last = performance.now();
  return async () => {
    if (performance.now() - last < MAX_BUSY) return;
    await new Promise<void>((resolve) => {
      later(resolve);
    });
    last = performance.now();
  };
};
