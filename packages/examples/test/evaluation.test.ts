import { describe, expect, test } from 'vitest';
import { random, tensor } from '@mini/autograd';
import { type Examples } from '../src/data/prepare.ts';
import { Net } from '../src/networks.ts';
import {
  classProbabilities,
  confusionMatrix,
  mistakesFigure,
  predict,
  worstMistakes,
} from '../src/evaluation.ts';

describe('evaluation', () => {
  const net = Net([4], 'softmax');
  const images = random.normal(random.key(0), [2500, 2, 2]);
  const examples: Examples = { images, labels: random.randint(random.key(1), [2500], 0, 10) };
  const params = net.init(random.key(2), [1, 2, 2]);
  const predictions = predict(net, 'softmax', params, examples);

  test('predicts the most probable class of every example', () => {
    const all = classProbabilities(net, 'softmax')(params, images).toArray() as number[][];
    expect(predictions.map(({ probability }) => probability)).toEqual(all.map((row) => Math.max(...row)));
    expect(predictions.map(({ predicted }) => predicted)).toEqual(
      all.map((row) => row.indexOf(Math.max(...row))),
    );
    expect(predictions.map(({ label }) => label)).toEqual([...examples.labels.data]);
  });
  test('returns the sigmoids of the binary loss unchanged', () => {
    const binary = Net([], 'binary');
    const out = classProbabilities(binary, 'binary')(
      binary.init(random.key(0), [1, 4]),
      tensor([[1, 2, 3, 4]]),
    );
    expect(out.data.every((p) => p > 0 && p < 1)).toBe(true);
  });
  test('counts every image once in the confusion matrix', () => {
    const counts = confusionMatrix(predictions);
    expect(counts.flat().reduce((a, b) => a + b)).toBe(2500);
    const right = predictions.filter(({ label, predicted }) => label === predicted).length;
    expect(counts.reduce((sum, row, i) => sum + row[i], 0)).toBe(right);
  });
  test('finds the most confident mistakes', () => {
    const data = {
      images: Uint8Array.from({ length: 12 }, (_, i) => i),
      labels: Uint8Array.of(0, 0, 0),
      count: 3,
      rows: 2,
      columns: 2,
    };
    const three = [
      { label: 0, predicted: 1, probability: 0.5 },
      { label: 0, predicted: 0, probability: 0.9 },
      { label: 0, predicted: 2, probability: 0.8 },
    ];
    expect(worstMistakes(three, 5)).toEqual([
      { label: 0, predicted: 2, probability: 0.8, index: 2 },
      { label: 0, predicted: 1, probability: 0.5, index: 0 },
    ]);
    expect(worstMistakes(three, 1)).toHaveLength(1);
    const { images, labels } = mistakesFigure(data, worstMistakes(three, 5));
    expect(images.toArray()).toEqual([
      [
        [8, 9],
        [10, 11],
      ],
      [
        [0, 1],
        [2, 3],
      ],
    ]);
    expect(labels).toEqual(['0 as 2 (80.0%)', '0 as 1 (50.0%)']);
  });
});
