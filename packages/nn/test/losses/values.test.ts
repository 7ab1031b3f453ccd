/** Losses: values, gradients and errors. */
import { describe, expect, test } from 'vitest';
import {
  checkGrads,
  div,
  grad,
  jit,
  log,
  mul,
  oneHot,
  reshape,
  sigmoid,
  softmax,
  sub,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
} from '@mini/autograd';
import {
  accuracy,
  binaryCrossEntropy,
  binaryCrossEntropyFromLogits,
  meanSquaredError,
  softmaxCrossEntropy,
  squaredError,
} from '../../src/index.ts';

describe('losses', () => {
  const logits = tensor([
    [1, -2, 0.5],
    [0, 3, -1],
  ]);
  const labels = [2, 1];
  test('squaredError is half the sum, meanSquaredError the mean', () => {
    expect(squaredError(tensor([1, 2]), tensor([3, 5])).item()).toBe(6.5);
    expect(meanSquaredError(tensor([1, 2]), tensor([3, 5])).item()).toBe(6.5);
  });
  test('binary cross-entropy sums over classes and averages over the batch', () => {
    const y = [
      [0, 1],
      [1, 0],
      [0, 0],
    ];
    const o = [
      [0.2, 0.7],
      [0.9, 0.4],
      [0.5, 0.1],
    ];
    let expected = 0;
    y.forEach((row, i) =>
      row.forEach((t, k) => (expected -= (t * Math.log(o[i][k]) + (1 - t) * Math.log(1 - o[i][k])) / 3)),
    );
    expect(binaryCrossEntropy(tensor(o), tensor(y)).item()).toBeCloseTo(expected, 5);
  });
  test('binary cross-entropy is finite for certain probabilities, and so is its gradient', () => {
    const o = tensor([[0, 1, 0, 1]]);
    const y = tensor([[0, 0, 1, 1]]);
    const [value, gradient] = valueAndGrad(binaryCrossEntropy)(o, y);
    expect(Number.isFinite(value.item())).toBe(true);
    expect(gradient.data.every(Number.isFinite)).toBe(true);
  });
  test('the form from logits agrees with the one from probabilities, also for large logits', () => {
    const y = oneHot(labels, 3);
    expect(binaryCrossEntropyFromLogits(logits, y).item()).toBeCloseTo(
      binaryCrossEntropy(sigmoid(logits), y).item(),
      4,
    );
    expect(binaryCrossEntropyFromLogits(tensor([[1e4]]), tensor([[0]])).item()).toBe(1e4);
    checkGrads((z: Tensor) => binaryCrossEntropyFromLogits(z, y), [logits]);
  });
  test('binary cross-entropies of perfect predictions are 0, and keep their digits near 0', () => {
    const y = tensor([1, 0, 1]);
    expect(binaryCrossEntropy(y, y).item()).toBe(0);
    expect(binaryCrossEntropy(tensor([1 - 2 ** -24, 2 ** -30, 1]), y).item()).toBeGreaterThanOrEqual(0);
    expect(binaryCrossEntropyFromLogits(tensor([200, -200, 200]), y).item()).toBe(0);
    // The loss is log(1 + e⁻²⁰), and its slope is -σ(-20).
    const loss = (z: Tensor): Tensor => binaryCrossEntropyFromLogits(z, tensor([1]));
    expect(loss(tensor([20])).item()).toBeCloseTo(2.0611536e-9, 15);
    expect(grad(loss)(tensor([20])).item()).toBeCloseTo(-2.0611536e-9, 15);
    // A probability of 0 for a target of 1 has a large but finite loss, and a slope.
    const slope = grad((p: Tensor) => binaryCrossEntropy(p, tensor([1])))(tensor([0])).item();
    expect(slope / -1e7).toBeCloseTo(1, 5);
  });
  test('binary cross-entropies average over a batch of single outputs', () => {
    const [p, y] = [tensor([0.25, 0.5, 0.125, 0.5]), tensor([1, 0, 1, 1])];
    const column = (x: Tensor): Tensor => reshape(x, [4, 1]);
    const expected = (Math.log(4) + Math.log(2) + Math.log(8) + Math.log(2)) / 4;
    expect(binaryCrossEntropy(p, y).item()).toBeCloseTo(expected, 5);
    expect(binaryCrossEntropy(column(p), column(y))).toEqual(binaryCrossEntropy(p, y));
    const z = log(div(p, sub(1, p)));
    expect(binaryCrossEntropyFromLogits(z, y).item()).toBeCloseTo(expected, 5);
    expect(binaryCrossEntropyFromLogits(column(z), column(y))).toEqual(binaryCrossEntropyFromLogits(z, y));
    // softmaxCrossEntropy still sums over the row of a single example.
    expect(softmaxCrossEntropy(tensor([0, 0]), tensor([0.5, 0.5])).item()).toBeCloseTo(Math.LN2, 6);
  });
  test('binary cross-entropy of logits throws', () => {
    const message =
      'binaryCrossEntropy: invalid probabilities: expected numbers from 0 to 1, such as sigmoid(logits), got 3';
    expect(() => binaryCrossEntropy(tensor([0.5, 3]), [1, 0])).toThrow(message);
    expect(() => jit((p: Tensor) => binaryCrossEntropy(p, [1, 0]))(tensor([0.5, 3]))).toThrow(message);
  });
  test('softmax cross-entropy takes labels or probabilities', () => {
    const y = oneHot(labels, 3);
    const expected = -sum(mul(y, log(softmax(logits)))).item() / 2;
    expect(softmaxCrossEntropy(logits, labels).item()).toBeCloseTo(expected, 5);
    expect(softmaxCrossEntropy(logits, y).item()).toBe(
      softmaxCrossEntropy(logits, Uint8Array.from(labels)).item(),
    );
    checkGrads((z: Tensor) => softmaxCrossEntropy(z, labels), [logits]);
  });
  test('softmax cross-entropy is finite where classes are masked', () => {
    const masked = tensor([
      [1, 2, -Infinity],
      [-Infinity, 0, 1],
    ]);
    const loss = (z: Tensor): Tensor => softmaxCrossEntropy(z, [1, 2]);
    expect(loss(masked).item()).toBeCloseTo(Math.log(1 + Math.exp(-1)), 6);
    expect(softmaxCrossEntropy(masked, oneHot([1, 2], 3)).item()).toBe(loss(masked).item());
    expect(softmaxCrossEntropy(masked, oneHot([2, 2], 3)).item()).toBe(Infinity);
    const gradient = grad(loss)(masked).toArray() as number[][];
    expect([gradient[0][2], gradient[1][0]]).toEqual([0, 0]);
    expect(gradient[0][1]).toBeCloseTo(-0.5 / (1 + Math.E), 6);
  });
  test('reject different shapes, and labels out of range', () => {
    expect(() => squaredError(tensor([1, 2]), tensor([1]))).toThrow(
      'squaredError: shapes differ: expected two equal shapes, got [2] and [1]',
    );
    expect(() => softmaxCrossEntropy(logits, [0, 3])).toThrow(
      'softmaxCrossEntropy: index out of range: expected an integer from 0 to 2 for an axis of size 3, got 3 at position 1',
    );
    expect(() => softmaxCrossEntropy(logits, [0])).toThrow(
      'softmaxCrossEntropy: labels and logits do not fit: expected shapes [...] and [..., classes], got [1] and [2, 3]',
    );
    expect(() => softmaxCrossEntropy(tensor([0, 1]), logits as never)).toThrow(
      'got [2, 3] and [2]; the logits come first',
    );
    expect(() => accuracy(logits, [0])).toThrow(
      'accuracy: labels and logits do not fit: expected shapes [...] and [..., classes], got [1] and [2, 3]',
    );
  });
  test('accuracy is the fraction of correct rows', () => {
    expect(accuracy(logits, [0, 0]).item()).toBe(0.5);
  });
});
