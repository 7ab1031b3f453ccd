/** A denoiser in training, one update at a time. */
import { random, type Tensor } from '@mini/autograd';
import { Curve } from '@mini/plot/browser';
import {
  addNoise,
  cleanCosine,
  type DenoiseSettings,
  type DenoiseState,
  net,
  trainDenoiser,
} from '../denoise.ts';
import type { Problem } from './page.ts';

export class CosineTraining {
  readonly costs: Curve = new Curve(1000);
  readonly #settings: DenoiseSettings;
  readonly #clean: Tensor;
  readonly #steps: Iterator<DenoiseState>;
  #last: DenoiseState | undefined;
  #problem: Problem | undefined;

  constructor(settings: Omit<DenoiseSettings, 'updates'>) {
    this.#settings = { ...settings, updates: Infinity };
    this.#clean = cleanCosine(settings.period);
    this.#steps = trainDenoiser(this.#settings);
  }

  /** The number of updates so far. */
  get updates(): number {
    return this.#last === undefined ? 0 : this.#last.update + 1;
  }

  /** The cost before the last update; undefined before the first. */
  get cost(): number | undefined {
    return this.#last?.cost;
  }

  /** Why training failed and cannot continue. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  /** Makes one update, unless training has failed. */
  step(): void {
    if (this.#problem !== undefined) return;
    try {
      this.#last = this.#steps.next().value as DenoiseState;
      this.costs.push(this.updates, this.#last.cost);
    } catch (error) {
      const text = `The training diverged at update ${this.updates + 1}. Try a smaller step size.`;
      this.#problem = { text, details: (error as Error).message };
    }
  }

  /**
   * A cosine shifted by a part of its period, the same with noise, and the network's output for
   * the latter.
   *
   * Training never sees this noise, which is new after each update.
   */
  signals(phase: number): Readonly<Record<'clean' | 'noisy' | 'output', Tensor>> {
    const clean = phase === 0 ? this.#clean : cleanCosine(this.#settings.period, phase);
    const key = random.foldIn(random.key(this.#settings.seed), 2 ** 31 + (this.updates % 2 ** 31));
    const noisy = addNoise(key, clean, this.#settings.noise);
    const output = this.#last === undefined ? clean.mul(0) : net(this.#last.params, noisy);
    return { clean, noisy, output };
  }

  /** The cosine that the network is trained on. */
  get trained(): Tensor {
    return this.#clean;
  }
}
