/** The figures of the two programs, for their reports and for the live page. */
import type { LineFigure, Values } from '@mini/plot';

/** What the network gets, what it makes of it, and what it should make of it. */
export interface Signals {
  readonly times: Values;
  readonly noisy: Values;
  readonly output: Values;
  readonly clean: Values;
}

/** Returns the figure of the noisy signal, the network's output and the clean cosine. */
export const signalsFigure = ({ times, noisy, output, clean }: Signals): LineFigure => ({
  title: 'Signals',
  xLabel: 'time',
  yLabel: 'signal',
  xTicks: 'pi',
  x: times,
  series: {
    'noisy signal': { values: noisy, color: 'grey' },
    'network output': { values: output, color: 'orange' },
    'clean cosine': { values: clean, color: 'blue', draw: 'dashes' },
  },
});

/** Returns the figure of the costs y of updates x, on a logarithmic axis. */
export const costFigure = ({ x, y }: { readonly x: Values; readonly y: Values }): LineFigure => ({
  title: 'Cost',
  xLabel: 'update',
  yLabel: 'cost',
  log: true,
  xTicks: 'integers',
  x,
  series: { cost: y },
});

/** The results of an epoch. */
export interface EpochResult {
  /** The mean loss of the epoch's batches. */
  readonly loss: number;
  /** Fractions from 0 to 1. */
  readonly trainAccuracy: number;
  readonly validationAccuracy: number;
}

const epochNumbers = (epochs: readonly EpochResult[]): number[] => epochs.map((_, i) => i + 1);

/** Returns the figure of the accuracies by epoch; the last has the test accuracy, unless null. */
export const accuracyFigure = (epochs: readonly EpochResult[], testAccuracy: number | null): LineFigure => ({
  title: 'Accuracy',
  xLabel: 'epoch',
  yLabel: 'fraction recognised',
  xTicks: 'integers',
  x: epochNumbers(epochs),
  series: {
    training: epochs.map(({ trainAccuracy }) => trainAccuracy),
    validation: epochs.map(({ validationAccuracy }) => validationAccuracy),
    test: {
      draw: 'points',
      values: epochs.map((_, i) => (i === epochs.length - 1 ? testAccuracy : null)),
    },
  },
});

/** Returns the figure of the mean loss by epoch. */
export const lossFigure = (epochs: readonly EpochResult[]): LineFigure => ({
  title: 'Loss',
  xLabel: 'epoch',
  yLabel: 'mean cross-entropy',
  xTicks: 'integers',
  x: epochNumbers(epochs),
  series: { 'training loss': epochs.map(({ loss }) => loss) },
});
