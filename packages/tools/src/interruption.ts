/** Ctrl-C that behaves: the program stops at the next good place, or at once when asked again. */

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export interface Interruption {
  /** Whether the program was asked to stop. */
  isRequested(): boolean;
  /** The exit code for what asked it: 128 and the signal's number, as shells have it. */
  readonly exitCode: number;
}

/** From now on, SIGINT (Ctrl-C) and SIGTERM are requests; the second one ends the program at once. */
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
