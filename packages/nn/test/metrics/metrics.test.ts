import { describe, expect, test } from 'vitest';
import { jit, random, type Tensor, tensor, tree } from '@mini/autograd';
import { accuracy, metrics, rocAuc } from '../../src/index.ts';

const key = random.key(3);
/** Three batches of different sizes, with one class that never occurs. */
const batches = [5, 8, 2].map((size, i) => ({
  logits: tensor(
    Array.from(random.normal(random.foldIn(key, i), [size, 4]).data, (x, at) => (at % 4 === 3 ? -9 : x)),
    [size, 4],
  ),
  labels: [...random.randint(random.foldIn(key, 10 + i), [size], 0, 3).data],
}));

/** The predictions and labels of all batches. */
const pairs = batches.flatMap(({ logits, labels }) =>
  (logits.toArray() as number[][]).map((row, i) => [row.indexOf(Math.max(...row)), labels[i]] as const),
);
const count = (holds: (predicted: number, label: number) => boolean): number =>
  pairs.filter(([predicted, label]) => holds(predicted, label)).length;

const run = <S>(metric: metrics.Metric<S, [Tensor, number[]]>, compile = false): Tensor => {
  const step = (state: S, logits: Tensor, labels: Tensor): S =>
    metric.update(state, logits, labels as unknown as number[]);
  const update = compile ? jit(step) : step;
  let state = metric.init();
  for (const { logits, labels } of batches) state = update(state, logits, tensor(labels));
  return metric.compute(state);
};

const classes = [0, 1, 2, 3];
const precisions = classes.map(
  (c) =>
    count((p, y) => p === c && y === c) /
    Math.max(
      1,
      count((p) => p === c),
    ),
);
const recalls = classes.map(
  (c) =>
    count((p, y) => p === c && y === c) /
    Math.max(
      1,
      count((_, y) => y === c),
    ),
);
const f1s = classes.map((_, c) =>
  precisions[c] + recalls[c] === 0 ? 0 : (2 * precisions[c] * recalls[c]) / (precisions[c] + recalls[c]),
);
const macro = (scores: readonly number[]): number => (scores[0] + scores[1] + scores[2]) / 3;
const weighted = (scores: readonly number[]): number =>
  scores.reduce((total, score, c) => total + score * count((_, y) => y === c), 0) / pairs.length;

describe('metrics of classes', () => {
  test('accuracy of two classes compares with a threshold', () => {
    const [probabilities, truth] = [tensor([0.1, 0.6, 0.9, 0.5]), [0, 1, 0, 0]];
    expect(accuracy(probabilities, truth, { threshold: 0.5 }).item()).toBe(0.75);
    expect(accuracy(tensor([[-2], [3]]), [[0], [1]] as never, { threshold: 0 }).item()).toBe(1);
    const metric = metrics.accuracy({ threshold: 0.5 });
    const state = metric.update(metric.update(metric.init(), probabilities, truth), tensor([0.9]), [1]);
    expect(metric.compute(state).item()).toBeCloseTo(0.8, 6);
    expect(() => accuracy(tensor([-2, 3]), [0, 1], { threshold: 0.5 })).toThrow(
      'accuracy: invalid predictions: expected numbers from 0 to 1, got -2',
    );
    expect(() => accuracy(tensor([0.2]), [2], { threshold: 0.5 })).toThrow('got 2');
    expect(() => accuracy(probabilities, truth)).toThrow('for one probability, pass { threshold: 0.5 }');
  });
  test('rocAuc counts pairs of examples, and half of those with equal scores', () => {
    for (const [count, levels] of [
      [2, 2],
      [50, 7],
      [300, 1000],
      [300, 1],
    ] as const) {
      const scores = random.randint(random.key(count + levels), [count], 0, levels);
      const labels = Array.from({ length: count }, (_, i) => Number(i % 3 === 0));
      let [pairs, won] = [0, 0];
      for (let i = 0; i < count; i++)
        for (let j = 0; j < count; j++)
          if (labels[i] === 1 && labels[j] === 0) {
            pairs++;
            won += (Math.sign(scores.data[i] - scores.data[j]) + 1) / 2;
          }
      expect(rocAuc(scores, labels).item()).toBeCloseTo(won / pairs, 6);
      expect(jit((s: Tensor) => rocAuc(s, labels))(scores).item()).toBeCloseTo(won / pairs, 6);
    }
    expect(rocAuc(tensor([1, 2]), [1, 1]).item()).toBeNaN();
    for (const labels of [
      [0, 1],
      [1, 0],
    ])
      expect(rocAuc(tensor([NaN, NaN]), labels).item()).toBe(0.5);
    expect(rocAuc(tensor([NaN, 0.5, NaN, 0.2]), [1, 0, 0, 0]).item()).toBeCloseTo(2.5 / 3, 6);
    expect(() => rocAuc(tensor([1, 2]), [1, 2])).toThrow('rocAuc: index out of range');
    expect(() => rocAuc(tensor([[1, 2]]), [[1, 0]] as never)).toThrow('rocAuc: invalid scores');
  });
  test('a prediction with NaN is wrong, and predicts no class', () => {
    const logits = tensor([
      [NaN, 1],
      [1, NaN],
      [2, 1],
      [1, 2],
    ]);
    expect(accuracy(logits, [0, 0, 0, 0]).item()).toBe(0.25);
    expect(accuracy(tensor([NaN, 0.2]), [0, 0], { threshold: 0.5 }).item()).toBe(0.5);
    const matrix = metrics.confusionMatrix(2);
    expect(matrix.compute(matrix.update(matrix.init(), logits, [0, 1, 0, 0])).toArray()).toEqual([
      [1, 1],
      [0, 0],
    ]);
    const recall = metrics.recall({ classes: 2, average: 'none' });
    expect(recall.compute(recall.update(recall.init(), logits, [0, 1, 0, 1])).toArray()).toEqual([0.5, 0.5]);
  });
  test('accuracy is that of all batches together', () => {
    const expected = count((p, y) => p === y) / pairs.length;
    expect(run(metrics.accuracy()).item()).toBeCloseTo(expected, 6);
    const [{ logits, labels }] = batches;
    const one = metrics.accuracy().update(metrics.accuracy().init(), logits, labels);
    expect(metrics.accuracy().compute(one).item()).toBe(accuracy(logits, labels).item());
  });
  test.each([
    ['precision', metrics.precision, precisions],
    ['recall', metrics.recall, recalls],
    ['f1', metrics.f1, f1s],
  ] as const)('%s has the averages of scikit-learn', (_name, make, scores) => {
    const all = run(make({ classes: 4, average: 'none' })).toArray() as number[];
    all.forEach((score, c) => expect(score).toBeCloseTo(scores[c], 6));
    // Class 3 occurs in neither labels nor predictions.
    expect(run(make({ classes: 4 })).item()).toBeCloseTo(macro(scores), 6);
    expect(run(make({ classes: 4, average: 'macro' })).item()).toBeCloseTo(macro(scores), 6);
    expect(run(make({ classes: 4, average: 'weighted' })).item()).toBeCloseTo(weighted(scores), 6);
    expect(run(make({ classes: 4, average: 'micro' })).item()).toBeCloseTo(
      count((p, y) => p === y) / pairs.length,
      6,
    );
  });
  test('confusionMatrix has a row for each label', () => {
    expect(run(metrics.confusionMatrix(4)).toArray()).toEqual(
      classes.map((y) => classes.map((p) => count((predicted, label) => predicted === p && label === y))),
    );
  });
  test('compiled updates have the same bits', () => {
    for (const metric of [metrics.precision({ classes: 4 }), metrics.f1({ classes: 4, average: 'none' })])
      expect(run(metric, true)).toEqual(run(metric));
    expect(run(metrics.accuracy(), true)).toEqual(run(metrics.accuracy()));
    expect(run(metrics.confusionMatrix(4), true)).toEqual(run(metrics.confusionMatrix(4)));
  });
  test('two classes need only the probability of class 1', () => {
    const [probabilities, labels] = [tensor([0.9, 0.8, 0.3, 0.5, 0.6]), [1, 0, 1, 1, 1]];
    const of = (metric: metrics.ScoreMetric): number =>
      metric.compute(metric.update(metric.init(), probabilities, labels)).item();
    expect(of(metrics.precision())).toBeCloseTo(2 / 3, 6);
    expect(of(metrics.recall())).toBe(0.5);
    expect(of(metrics.f1())).toBeCloseTo(4 / 7, 6);
    expect(of(metrics.recall({ threshold: 0.2 }))).toBe(1);
    expect(of(metrics.precision({ threshold: 1 }))).toBe(0);
  });
  test('name what is wrong', () => {
    const metric = metrics.precision();
    expect(() => metric.update(metric.init(), tensor([0.5]), [2])).toThrow(
      /^metrics\.precision\.update: index out of range: expected an integer from 0 to 1/,
    );
    expect(() => metrics.recall({ average: 'macro' })).toThrow(
      'metrics.recall: average needs classes: expected the number of classes, got undefined',
    );
    expect(() => metrics.f1({ classes: 3, average: 'mean' as never })).toThrow(
      `metrics.f1: invalid average: expected 'macro', 'micro', 'weighted' or 'none', got "mean"`,
    );
    const matrix = metrics.confusionMatrix(3);
    expect(() => matrix.update(matrix.init(), tensor([[1, 2]]), [0])).toThrow(
      'metrics.confusionMatrix.update: labels and logits do not fit: expected shapes [...] and [..., 3], got [1] and [1, 2]',
    );
    expect(() => metrics.accuracy().compute({} as never)).toThrow(
      'metrics.accuracy.compute: invalid correct in the state: expected an object, got undefined',
    );
  });
});

describe('mean', () => {
  test('weighs values', () => {
    const metric = metrics.mean();
    let state = metric.update(metric.init(), [1, 2, 3]);
    state = metric.update(state, tensor(10), tensor(5));
    state = metric.update(state, tensor([[1, 2]]), tensor([[0, 2]]));
    expect(metric.compute(state).item()).toBe((6 + 50 + 4) / 10);
    expect(metric.compute(metric.init()).item()).toBeNaN();
    expect(metric.compute(metric.update(metric.init(), [1, Infinity])).item()).toBe(Infinity);
  });
  test('counts beyond 2^24, eager and compiled', () => {
    const metric = metrics.accuracy();
    const [logits, labels] = [tensor([[0, 1]]), tensor([1])];
    const update = jit(metric.update);
    for (const high of [2 ** 24, 2 ** 30, 2 ** 40]) {
      const start = { high: tensor(high), low: tensor(0) };
      let eager = { correct: start, count: start };
      let compiled = eager;
      for (let i = 0; i < 5; i++) {
        eager = metric.update(eager, logits, labels);
        compiled = update(compiled, logits, labels);
      }
      expect(eager.count.high.item() + eager.count.low.item()).toBe(high + 5);
      expect(tree.leaves(compiled)).toEqual(tree.leaves(eager));
    }
  });
  test('keeps the digits of long sums', () => {
    const metric = metrics.mean();
    const update = jit((state: ReturnType<typeof metric.init>) => metric.update(state, tensor(0.1)));
    let state = { ...metric.init(), total: { high: tensor(1e6), low: tensor(0) } };
    for (let i = 0; i < 1000; i++) state = update(state);
    const { high, low } = state.total;
    expect(high.item() + low.item()).toBeCloseTo(1e6 + 1000 * Math.fround(0.1), 6);
  });
});

describe('r2', () => {
  const exact = (o: readonly number[], y: readonly number[]): number => {
    const center = y.reduce((a, b) => a + b, 0) / y.length;
    const sumOf = (f: (i: number) => number): number => y.reduce((total, _, i) => total + f(i) ** 2, 0);
    return 1 - sumOf((i) => y[i] - o[i]) / sumOf((i) => y[i] - center);
  };
  const y = [1000.5, 1001, 1003.25, 999, 1002];
  const o = [1000, 1001.5, 1003, 999.5, 1001];
  test('is that of all batches together, far from 0', () => {
    const metric = metrics.r2();
    let state = metric.update(metric.init(), tensor(o.slice(0, 2)), y.slice(0, 2));
    state = metric.update(state, tensor([]), []);
    state = jit(metric.update)(state, tensor(o.slice(2)), tensor(y.slice(2)));
    expect(metric.compute(state).item()).toBeCloseTo(exact(o, y), 5);
  });
  test('averages over outputs', () => {
    const metric = metrics.r2({ outputs: 2 });
    const rows = (x: readonly number[]): number[][] => x.map((value, i) => [value, i * i]);
    const state = metric.update(metric.init(), tensor(rows(o)), rows(y));
    expect(metric.compute(state).item()).toBeCloseTo((exact(o, y) + 1) / 2, 5);
    expect(() => metric.update(metric.init(), tensor([1]), [1])).toThrow(
      'metrics.r2.update: invalid shape of targets: expected [batch, 2], got [1]',
    );
  });
  test('of equal targets is 1 or 0', () => {
    const of = (a: number[], b: number[]): number => {
      const metric = metrics.r2();
      return metric.compute(metric.update(metric.init(), tensor(a), b)).item();
    };
    expect(of([2, 2], [2, 2])).toBe(1);
    expect(of([2, 3], [2, 2])).toBe(0);
  });
});
