/** How a training is stopped: by Ctrl-C in Node, or by a signal. */

/** The exit code of a program that Ctrl-C ended, as in shells. */
const INTERRUPTED = 130;

/** The part of Node's `process` that this file uses. */
interface Process {
  on(event: 'SIGINT', listener: () => void): void;
  off(event: 'SIGINT', listener: () => void): void;
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
 * Listens for Ctrl-C and for `signal`.
 *
 * The first Ctrl-C asks for a stop, and sets the exit code of the program. A second one ends the
 * program.
 */
export const listenForStop = (signal: AbortSignal | undefined): Stop => {
  const process = findProcess();
  let isInterrupted = false;
  const listener = (): void => {
    if (isInterrupted) process?.exit(INTERRUPTED);
    isInterrupted = true;
    if (process !== undefined) process.exitCode = INTERRUPTED;
  };
  process?.on('SIGINT', listener);
  return {
    isRequested: () => isInterrupted || signal?.aborted === true,
    end: () => process?.off('SIGINT', listener),
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
