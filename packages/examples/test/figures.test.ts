import { describe, expect, test } from 'vitest';
import { accuracyFigure } from '../src/figures.ts';

describe('the accuracy figure', () => {
  const epochs = [0.5, 0.7, 0.9].map((accuracy) => ({
    loss: 1 - accuracy,
    trainAccuracy: accuracy,
    validationAccuracy: accuracy - 0.1,
  }));
  test('shows the test accuracy beside the last epoch only', () => {
    expect(accuracyFigure(epochs, 0.85).series['test']).toMatchObject({ values: [null, null, 0.85] });
    expect(accuracyFigure(epochs, null).series['test']).toMatchObject({ values: [null, null, null] });
  });
});
