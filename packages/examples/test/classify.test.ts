import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { oneHot, random, tensor, tree } from '@mini/autograd';
import {
  crossEntropy,
  forwardStep,
  getAcc,
  sgdStep,
  trainClassifier,
  TRAINING_DEFAULTS,
} from '../src/classify.ts';
import { normalize, toExamples } from '../src/data/prepare.ts';
import { Net } from '../src/networks.ts';
import { subset } from '../src/data/dataset.ts';
import { readEmbeddedDigits } from '../src/data/embedded-digits.ts';
import { readMnist } from '../src/data/mnist-files.ts';
import { FULL_MNIST } from './announce.ts';

const digits = readEmbeddedDigits();

describe('the parts of the classifier', () => {
  test('normalize uses all elements and the population deviation, or the given values', () => {
    const { data, mean, std } = normalize(
      tensor([
        [1, 2],
        [3, 6],
      ]),
    );
    expect([mean, std]).toEqual([3, Math.fround(Math.sqrt(3.5))]);
    expect(data.toArray()).toEqual(
      normalize(
        tensor([
          [1, 2],
          [3, 6],
        ]),
        mean,
        std,
      ).data.toArray(),
    );
    expect(normalize(tensor([5, 7]), 3, 2).data.toArray()).toEqual([1, 2]);
  });
  test('crossEntropy of zeros is ln 2 for each class with even probabilities', () => {
    expect(
      crossEntropy(oneHot([1, 2], 10), tensor([Array(10).fill(0.5), Array(10).fill(0.5)])).item(),
    ).toBeCloseTo(10 * Math.LN2, 4);
  });
  test('sgdStep goes against the gradient', () => {
    expect(sgdStep({ w: tensor([1]) }, { w: tensor([2]) }, 0.5).w.toArray()).toEqual([0]);
  });
  test.each(['binary', 'softmax'] as const)('forwardStep returns a scalar (%s)', (loss) => {
    const net = Net([5], loss);
    const images = random.normal(random.key(0), [3, 28, 28]);
    expect(
      forwardStep(net, loss)(net.init(random.key(1), images.shape), images, tensor([1, 2, 3])).shape,
    ).toEqual([]);
  });
});

describe('the embedded digits', () => {
  test('are 10,000 different genuine images', () => {
    expect([digits.train.count, digits.test.count]).toEqual([8000, 2000]);
    const counts = new Array<number>(10).fill(0);
    for (const { labels } of [digits.train, digits.test]) labels.forEach((label) => counts[label]++);
    expect(counts).toEqual([1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
  });
  test('train a network to over 0.85 in two epochs, the same bits each time', () => {
    const train = toExamples(subset(digits.train, 0, 4000));
    const held = toExamples(subset(digits.test, 0, 1000), train);
    const settings = { ...TRAINING_DEFAULTS, hidden: [32], epochs: 2 };
    const net = Net(settings.hidden, settings.loss);
    const runs = [0, 1].map(() => [...trainClassifier(net, train, settings)].at(-1));
    const [first, second] = runs;
    if (first === undefined || second === undefined) throw new Error('no steps');
    expect(getAcc(net)(first.state.params, held)).toBeGreaterThan(0.85);
    expect(first.loss.item()).toBe(second.loss.item());
    expect(tree.map((x) => x.data, first.state.params)).toEqual(tree.map((x) => x.data, second.state.params));
  });
});

describe.skipIf(!existsSync(FULL_MNIST))('full MNIST (skipped without ../shared/mnist)', () => {
  test('matches its documentation', () => {
    const { train, test: held } = readMnist(FULL_MNIST);
    expect([train.count, held.count, train.rows, train.columns]).toEqual([60_000, 10_000, 28, 28]);
    expect([...train.labels.slice(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect([...held.labels.slice(-5)]).toEqual([2, 3, 4, 5, 6]);
    expect(train.images.reduce((a, b) => a + b, 0)).toBe(1567298545);
    const examples = toExamples(train);
    expect(examples.mean).toBeCloseTo(33.318421449829934, 4);
    expect(examples.std).toBeCloseTo(78.56748998339798, 4);
  });
  test('is learnt to over 0.89 in one epoch with batches of 200 and a learning rate of 0.1', () => {
    const { train, test: held } = readMnist(FULL_MNIST);
    const examples = toExamples(subset(train, 1000, 21_000));
    const settings = {
      ...TRAINING_DEFAULTS,
      hidden: [100],
      epochs: 1,
      batchSize: 200,
      learningRate: 0.1,
      loss: 'binary' as const,
    };
    const net = Net(settings.hidden, settings.loss);
    const last = [...trainClassifier(net, examples, settings)].at(-1);
    if (last === undefined) throw new Error('no steps');
    expect(getAcc(net)(last.state.params, toExamples(held, examples))).toBeGreaterThan(0.89);
  });
});
