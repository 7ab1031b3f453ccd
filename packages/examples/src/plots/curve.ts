/** An endless curve in bounded memory: when it is full, it drops every second point. */
export class Curve {
  x: number[] = [];
  y: number[] = [];
  readonly #limit: number;
  #stride = 1;
  #count = 0;

  constructor(limit: number = 2000) {
    this.#limit = limit;
  }

  clear(): void {
    this.x = [];
    this.y = [];
    this.#stride = 1;
    this.#count = 0;
  }

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
