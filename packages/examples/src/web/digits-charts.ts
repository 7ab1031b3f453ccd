/** The charts of the digits' training: accuracies and loss by epoch. */
import type { Chart } from '@mini/tools/plots/chart';
import { type MountedChart, mountChart } from '@mini/tools/plots/mount';
import { Curve } from '../plots/curve.ts';
import { byId } from './page.ts';

const CHART_HEIGHT = 240;

export class DigitsCharts {
  readonly #loss = new Curve(1000);
  readonly #train = new Curve();
  readonly #validation = new Curve();
  #mounted: { readonly accuracy: MountedChart; readonly loss: MountedChart } | undefined;

  pushLoss(epoch: number, loss: number): void {
    this.#loss.push(epoch, loss);
  }

  pushAccuracies(epoch: number, train: number, validation: number): void {
    this.#train.push(epoch, train);
    this.#validation.push(epoch, validation);
  }

  clear(): void {
    for (const curve of [this.#loss, this.#train, this.#validation]) curve.clear();
  }

  /** Draws the present curves. */
  show(): void {
    const [accuracy, loss] = [this.#accuracyChart(), this.#lossChart()];
    this.#mounted ??= {
      accuracy: mountChart(byId('accuracy-chart'), accuracy, CHART_HEIGHT),
      loss: mountChart(byId('loss-chart'), loss, CHART_HEIGHT),
    };
    this.#mounted.accuracy.update(accuracy);
    this.#mounted.loss.update(loss);
  }

  #accuracyChart(): Chart {
    return {
      title: 'Accuracy on 1,000 images each',
      xLabel: 'epoch',
      yLabel: 'fraction recognised',
      x: this.#train.x,
      series: [
        { label: 'training', role: 'first', values: this.#train.y },
        { label: 'validation', role: 'second', values: this.#validation.y },
      ],
    };
  }

  #lossChart(): Chart {
    return {
      title: 'Loss of each batch',
      xLabel: 'epoch',
      yLabel: 'cross-entropy',
      logarithmic: true,
      x: this.#loss.x,
      series: [{ label: 'training loss', role: 'first', values: this.#loss.y }],
    };
  }
}
