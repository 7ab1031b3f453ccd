/** The charts of the digits' training: accuracies and loss by epoch. */
import { Curve, type LineFigure, type MountedFigure, mountFigure } from '@mini/plot/browser';
import { byId } from './page.ts';

const CHART_HEIGHT = 240;

export class DigitsCharts {
  readonly #loss = new Curve(1000);
  readonly #train = new Curve();
  readonly #validation = new Curve();
  #test: number | undefined;
  #mounted: { readonly accuracy: MountedFigure; readonly loss: MountedFigure } | undefined;

  pushLoss(epoch: number, loss: number): void {
    this.#loss.push(epoch, loss);
  }

  pushAccuracies(epoch: number, train: number, validation: number): void {
    this.#train.push(epoch, train);
    this.#validation.push(epoch, validation);
  }

  /** Sets the accuracy on the test images, at the end of the training so far. */
  setTestAccuracy(accuracy: number): void {
    this.#test = accuracy;
  }

  clear(): void {
    this.#test = undefined;
    for (const curve of [this.#loss, this.#train, this.#validation]) curve.clear();
  }

  /** Whether there is nothing to draw. */
  get isEmpty(): boolean {
    return this.#loss.x.length === 0;
  }

  /** Draws the present curves. */
  show(): void {
    const [accuracy, loss] = [this.#accuracyChart(), this.#lossChart()];
    this.#mounted ??= {
      accuracy: mountFigure(byId('accuracy-chart'), accuracy, CHART_HEIGHT),
      loss: mountFigure(byId('loss-chart'), loss, CHART_HEIGHT),
    };
    this.#mounted.accuracy.update(accuracy);
    this.#mounted.loss.update(loss);
  }

  #accuracyChart(): LineFigure {
    const last = this.#train.x.length - 1;
    const test = Array.from({ length: last + 1 }, (_, i) => (i === last ? (this.#test ?? null) : null));
    return {
      title: 'Accuracy on 1,000 images each',
      xLabel: 'epoch',
      yLabel: 'fraction recognised',
      x: this.#train.x,
      series: {
        training: this.#train.y,
        validation: this.#validation.y,
        test: { draw: 'points', values: test },
      },
    };
  }

  #lossChart(): LineFigure {
    return {
      title: 'Loss of each batch',
      xLabel: 'epoch',
      yLabel: 'cross-entropy',
      log: true,
      x: this.#loss.x,
      series: { 'training loss': this.#loss.y },
    };
  }
}
