/** Figures for tests. */
import { tensor } from '@mini/autograd';
import type { Figure, LineFigure } from '../src/figure.ts';

/** Lines with marks, and a point beside their ends. */
export const accuracy: LineFigure = {
  title: 'Accuracy',
  xLabel: 'epoch',
  yLabel: 'fraction recognised',
  xTicks: 'integers',
  x: [1, 2, 3],
  series: {
    training: [0.5, 0.7, 0.9],
    validation: tensor([0.4, 0.6, 0.8]),
    test: { draw: 'points', values: [null, null, 0.85] },
  },
};

/** One figure of each kind. */
export const all: readonly Figure[] = [
  accuracy,
  { bars: { setosa: { train: 1, test: 0.9 }, virginica: { train: 0.95, test: 0.8 } }, title: 'Bars' },
  {
    images: tensor([
      [0, 1, 2],
      [3, 4, 5],
    ]),
    title: 'Picture',
  },
  {
    confusion: [
      [5, 1],
      [0, 6],
    ],
    labels: ['cat', 'dog'],
    title: 'Confusion',
  },
];
