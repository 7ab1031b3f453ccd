/** An endless curve in bounded memory. */
import { checkInteger } from '@mini/autograd/check';

/**
 * An endless curve in bounded memory: when it is full, it drops every second point, and from then
 * on takes only every second one.
 *
 * @example
 * const losses = new Curve();
 * for (let step = 1; step <= 100_000; step++) losses.push(step, 1 / step);
 * console.log(losses.x.length <= 2000); // → true
 * await plot({ x: losses.x, series: { loss: losses.y }, log: 'both' }, 'losses.png');
 */
export class Curve {
  /** The places of the points. */
  x: number[] = [];
  /** The values at these places. */
  y: number[] = [];
  readonly #limit: number;
  #stride = 1;
  #count = 0;

  /** `limit` is the largest number of points, at least 2. Throws for other numbers. */
  constructor(limit: number = 2000) {
    this.#limit = checkInteger('Curve', 'limit', limit, 2);
  }

  /** Removes all points. */
  clear(): void {
    this.x = [];
    this.y = [];
    this.#stride = 1;
    this.#count = 0;
  }

  /** Adds a point, unless it is one of those to leave out. */
  push(x: number, y: number): void {
    if (this.#count++ % this.#stride !== 0) return;
    if (this.x.length >= this.#limit) {
      const isEven = (_: number, i: number): boolean => i % 2 === 0;
      [this.x, this.y] = [this.x.filter(isEven), this.y.filter(isEven)];
      this.#stride *= 2;
      if ((this.#count - 1) % this.#stride !== 0) return;
    }
    this.x.push(x);
    this.y.push(y);
  }
}
