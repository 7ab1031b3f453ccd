/** Handles Ctrl-C: the first signal is a request to stop, and the second one ends the program. */

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export interface Interruption {
  /** Whether a signal has requested the program to stop. */
  isRequested(): boolean;
  /** The exit code for the signal: 128 plus its number, as in shells. */
  readonly exitCode: number;
}

/** Handles SIGINT (Ctrl-C) and SIGTERM from now on. */
export const listenForInterruption = (): Interruption => {
  let exitCode = 0;
  for (const [signal, code] of Object.entries(CODES)) {
    process.on(signal, () => {
      if (exitCode !== 0) process.exit(code);
      exitCode = code;
    });
  }
  return {
    isRequested: () => exitCode !== 0,
    get exitCode() {
      return exitCode;
    },
  };
};
