/** A picture of the program that the cosine view trains, and of its gradient. */
import { zeros } from '@mini/autograd';
import { type DenoiserParams, netCost, SAMPLES } from '../denoise.ts';

/** Shows the picture in a fold while that is open. */
export class CosineGraph {
  readonly #fold: HTMLDetailsElement;
  #hidden: number;
  #shown: number | undefined;

  /** The network has `hidden` neurons in its hidden layer. */
  constructor(fold: HTMLDetailsElement, hidden: number) {
    this.#fold = fold;
    this.#hidden = hidden;
    fold.addEventListener('toggle', () => void this.#draw());
  }

  /** Sets the number of hidden neurons. */
  set hidden(count: number) {
    this.#hidden = count;
    void this.#draw();
  }

  async #draw(): Promise<void> {
    const hidden = this.#hidden;
    if (!this.#fold.open || hidden === this.#shown) return;
    this.#shown = hidden;
    // Few visitors open the fold.
    const { drawGraph } = await import('@mini/plot/graph');
    const params = { W1: zeros([hidden, SAMPLES]), W2: zeros([SAMPLES, hidden]), b: zeros([hidden]) };
    const signals = { noisy: zeros([SAMPLES]), clean: zeros([SAMPLES]) };
    // The built page keeps the names of properties only.
    const svg = drawGraph(
      ({ W1, W2, b }: DenoiserParams, { noisy, clean }: typeof signals) =>
        netCost({ W1, W2, b }, noisy, clean),
      params,
      signals,
    );
    const picture = this.#fold.querySelector('.picture');
    if (picture !== null && hidden === this.#hidden) picture.innerHTML = svg;
  }
}
