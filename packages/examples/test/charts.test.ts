import { chartData } from '@mini/tools/plots/chart';
import { describe, expect, test } from 'vitest';
import { accuracyChart, costChart } from '../src/plots/charts.ts';
import { Curve } from '../src/plots/curve.ts';

test('the cost chart is logarithmic and skips costs that such an axis cannot show', () => {
  const costs = [10, 0, Infinity, NaN, 1];
  expect(chartData(costChart({ x: [1, 2, 3, 4, 5], y: costs }))).toEqual([
    [1, 2, 3, 4, 5],
    [10, null, null, null, 1],
  ]);
});

describe('the accuracy chart', () => {
  const epochs = [0.5, 0.7, 0.9].map((accuracy) => ({
    loss: 1 - accuracy,
    trainAccuracy: accuracy,
    validationAccuracy: accuracy - 0.1,
  }));
  test('shows the test accuracy beside the last epoch only', () => {
    expect(accuracyChart(epochs, 0.85).series[2].values).toEqual([null, null, 0.85]);
    expect(accuracyChart(epochs, null).series[2].values).toEqual([null, null, null]);
  });
});

describe('a curve', () => {
  test('keeps evenly spaced points of any number', () => {
    const curve = new Curve(8);
    for (let i = 0; i < 100; i++) curve.push(i, i * i);
    expect(curve.x).toEqual([0, 16, 32, 48, 64, 80, 96]);
    expect(curve.y).toEqual(curve.x.map((x) => x * x));
  });
});
