/** The charts of the two programs, for their reports and for the live page. */
import type { Chart } from '@mini/tools/plots/chart';

export interface Signals {
  readonly times: ArrayLike<number>;
  readonly noisy: ArrayLike<number>;
  readonly output: ArrayLike<number>;
  readonly clean: ArrayLike<number>;
}

/** Returns the chart of the noisy signal, the network's output and the clean cosine. */
export const signalsChart = ({ times, noisy, output, clean }: Signals): Chart => ({
  title: 'Signals',
  xLabel: 'time',
  yLabel: 'signal',
  x: Array.from(times),
  series: [
    { label: 'noisy signal', role: 'faint', values: Array.from(noisy) },
    { label: 'network output', role: 'second', values: Array.from(output) },
    { label: 'clean cosine', role: 'first', dashed: true, values: Array.from(clean) },
  ],
});

/** Returns the chart of the costs y of updates x, on a logarithmic axis. */
export const costChart = ({
  x,
  y,
}: {
  readonly x: readonly number[];
  readonly y: readonly number[];
}): Chart => ({
  title: 'Cost',
  xLabel: 'update',
  yLabel: 'cost',
  logarithmic: true,
  integerX: true,
  x,
  series: [{ label: 'cost', role: 'first', values: y }],
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

/** Returns the chart of the accuracies by epoch; the last has the test accuracy, unless null. */
export const accuracyChart = (epochs: readonly EpochResult[], testAccuracy: number | null): Chart => ({
  title: 'Accuracy',
  xLabel: 'epoch',
  yLabel: 'fraction recognised',
  integerX: true,
  x: epochNumbers(epochs),
  series: [
    { label: 'training', role: 'first', values: epochs.map(({ trainAccuracy }) => trainAccuracy) },
    {
      label: 'validation',
      role: 'second',
      values: epochs.map(({ validationAccuracy }) => validationAccuracy),
    },
    {
      label: 'test',
      role: 'reference',
      points: true,
      values: epochs.map((_, i) => (i === epochs.length - 1 ? testAccuracy : null)),
    },
  ],
});

/** Returns the chart of the mean loss by epoch. */
export const lossChart = (epochs: readonly EpochResult[]): Chart => ({
  title: 'Loss',
  xLabel: 'epoch',
  yLabel: 'mean cross-entropy',
  integerX: true,
  x: epochNumbers(epochs),
  series: [{ label: 'training loss', role: 'first', values: epochs.map(({ loss }) => loss) }],
});
