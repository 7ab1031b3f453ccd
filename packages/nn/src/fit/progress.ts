/** What `fit` prints. */
import type { FitEpoch, FitMetrics } from './types.ts';

const format = (value: number): string => {
  const magnitude = Math.abs(value);
  return value === 0 || (magnitude >= 1e-3 && magnitude < 1e5) ? value.toFixed(4) : value.toExponential(3);
};

const list = (prefix: string, scores: Readonly<Record<string, number>>): string[] =>
  Object.entries(scores).map(([name, value]) => `${prefix}${name} ${format(value)}`);

/** Returns the line of an epoch: "epoch  3/10  loss 0.1234  validation loss 0.2345". */
export const describeEpoch = <M extends FitMetrics>(
  { epoch, train, validation }: FitEpoch<M>,
  epochs: number,
): string =>
  [
    `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`,
    ...list('', train),
    ...(validation === undefined ? [] : list('validation ', validation)),
  ].join('  ');

/** The part of a terminal that this file uses. */
interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): void;
}

const INTERVAL = 100;

/** A line that shows where an epoch is, on a terminal; nothing elsewhere. */
export class StatusLine {
  readonly #terminal: Terminal | undefined;
  #last = 0;
  #isShown = false;

  constructor(isWanted: boolean) {
    const { stderr } = (globalThis as { process?: { stderr?: Terminal } }).process ?? {};
    this.#terminal = isWanted && stderr?.isTTY === true ? stderr : undefined;
  }

  /** Shows a text, unless another was shown a moment ago. */
  show(text: () => string): void {
    if (this.#terminal === undefined || performance.now() - this.#last < INTERVAL) return;
    this.#last = performance.now();
    this.#isShown = true;
    this.#terminal.write(`\r\u001B[K${text()}`);
  }

  clear(): void {
    if (this.#isShown) this.#terminal?.write('\r\u001B[K');
    this.#isShown = false;
  }
}
