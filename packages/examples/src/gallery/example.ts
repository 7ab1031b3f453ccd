/** What a program of the gallery is. */
import type { Report } from '@mini/plot';

export interface Example {
  /** One sentence for --help. */
  readonly description: string;
  /** The name of the option for the number of steps, what it counts, and its default. */
  readonly steps: { readonly description: string; readonly default: number };
  /** Runs the program, and calls `onStep` after each step; the same seed gives the same report. */
  run(
    seed: number,
    steps: number,
    onStep?: () => void,
  ): Required<Pick<Report, 'title' | 'results' | 'figures'>>;
}
