/**
 * Decides again and again whether a program runs faster on several threads.
 *
 * Workers can be slower than estimated, above all when other processes need the processor.
 */

/** How often both ways are timed in a trial. */
const TRIAL_RUNS = 5;
/** How many runs follow a trial: few at first, while engines still optimize the kernels. */
const FIRST_RUNS = 10;
const MAX_RUNS = 320;
/**
 * What several threads have to save. Two processes would otherwise take turns at a small gain that
 * each has at the cost of the other.
 */
const LEAST_GAIN = 0.85;

const medianOf = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1];

export class Choice {
  #together: number[] = [];
  #alone: number[] = [];
  #isTogether = true;
  /** How many runs are left until the next trial. */
  #left = 0;
  #runs = FIRST_RUNS;

  /** Whether the next run is on several threads. */
  next(): boolean {
    if (this.#left > 0) return this.#isTogether;
    return this.#together.length < TRIAL_RUNS;
  }

  /** Notes how long a run took that followed `next`. */
  note(isTogether: boolean, milliseconds: number): void {
    if (this.#left > 0) {
      this.#left--;
      return;
    }
    (isTogether ? this.#together : this.#alone).push(milliseconds);
    if (this.#alone.length < TRIAL_RUNS || this.#together.length < TRIAL_RUNS) return;
    this.#isTogether = medianOf(this.#together) < LEAST_GAIN * medianOf(this.#alone);
    [this.#together, this.#alone] = [[], []];
    this.#left = this.#runs;
    this.#runs = Math.min(MAX_RUNS, 2 * this.#runs);
  }
}
