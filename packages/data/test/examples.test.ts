import { describe, expect, test } from 'vitest';
import { arange, concatenate, ones, random, reshape, sum, tensor, zeros } from '@mini/autograd';
import {
  batches,
  kFold,
  slidingWindows,
  standardize,
  tableFromRecords,
  trainTestSplit,
} from '../src/index.ts';

const key = random.key(3);
const sorted = (values: ArrayLike<number>): number[] => Array.from(values).sort((a, b) => a - b);

describe('kFold', () => {
  test('tests each example once, and trains on all others', () => {
    const data = { x: reshape(arange(22), [11, 2]), labels: arange(11) };
    const folds = kFold(key, data, { folds: 4 });
    const parts = [...folds];
    expect(parts.map((part) => part.test.x.shape[0])).toEqual([3, 3, 3, 2]);
    for (const { train, test: held } of parts) {
      expect(sorted([...train.labels.data, ...held.labels.data])).toEqual([...arange(11).data]);
      expect(train.x.data[0]).toBe(2 * train.labels.data[0]);
    }
    expect(sorted(parts.flatMap((part) => [...part.test.labels.data]))).toEqual([...arange(11).data]);
    expect([...folds]).toEqual(parts);
    expect([...kFold(random.key(4), data, { folds: 4 })]).not.toEqual(parts);
    expect([...kFold(key, data)].length).toBe(5);
  });
  test('gives each fold its share of each class, in random order', () => {
    const labels = Array.from({ length: 40 }, (_, i) => (i < 23 ? 'a' : i < 33 ? 'b' : 'c'));
    const table = tableFromRecords(labels.map((label, i) => ({ label, i })));
    for (const { train, test: held } of kFold(key, table, { folds: 3, stratify: labels })) {
      const count = (name: string): number => held.columns['label'].filter((cell) => cell === name).length;
      expect([Math.floor(count('a') / 7), Math.floor(count('b') / 3), Math.floor(count('c') / 2)]).toEqual([
        1, 1, 1,
      ]);
      expect([13, 14]).toContain(held.rows);
      expect(train.rows + held.rows).toBe(40);
      expect(train.columns['label']).not.toEqual(train.columns['label'].toSorted());
    }
  });
  test('names what does not fit', () => {
    expect(() => kFold(key, ones([3]))).toThrow(
      'kFold: too many folds: expected at most 3, one for each example, got 5',
    );
    expect(() => kFold(key, ones([3]), { folds: 1 })).toThrow('kFold: invalid folds');
    expect(() => kFold(key, ones([4]), { folds: 2, stratify: [0, 0, 0, 1] })).toThrow(
      'kFold: a class has fewer examples than there are folds: expected at least 2, got 1 of class 1',
    );
    expect(() => kFold(3 as never, ones([3]))).toThrow('kFold: invalid key');
  });
});

describe('trainTestSplit', () => {
  test('puts each example in one part, in all tensors of the tree alike', () => {
    const data = { x: reshape(arange(20), [10, 2]), rest: [arange(10), null] as const };
    const { train, test: held } = trainTestSplit(key, data, { testFraction: 0.3 });
    expect([train.x.shape, held.x.shape, held.rest[1]]).toEqual([[7, 2], [3, 2], null]);
    const order = concatenate([train.rest[0], held.rest[0]]);
    expect(sorted(order.data)).toEqual(sorted(arange(10).data));
    expect([...order.data]).not.toEqual([...arange(10).data]);
    expect(train.x.data[0]).toBe(2 * train.rest[0].data[0]);
  });
  test('gives both parts the classes in the same proportions', () => {
    const labels = tensor(Array.from({ length: 103 }, (_, i) => (i < 70 ? 0 : i < 100 ? 1 : 2)));
    const data = { labels, order: arange(103) };
    const { train, test: held } = trainTestSplit(key, data, { testFraction: 0.3, stratify: labels });
    const count = (list: ArrayLike<number>): number[] => {
      const counts = [0, 0, 0];
      for (const label of Array.from(list)) counts[label]++;
      return counts;
    };
    // 31 of 103: shares of 21.07, 9.03 and 0.90.
    expect([count(held.labels.data), count(train.labels.data)]).toEqual([
      [21, 9, 1],
      [49, 21, 2],
    ]);
    expect(sorted([...held.order.data, ...train.order.data])).toEqual(sorted(arange(103).data));
    expect(sorted(held.order.data)).not.toEqual([...held.order.data]);
  });
  const table = tableFromRecords(
    Array.from({ length: 8 }, (_, i) => ({ mass: i, sex: i % 4 === 0 ? 'm' : 'f' })),
  );
  test('splits tables', () => {
    const split = trainTestSplit(key, table, { testFraction: 0.5, stratify: table.columns['sex'] });
    expect(split.test.columns['sex'].toSorted()).toEqual(['f', 'f', 'f', 'm']);
    expect(split.train.rows).toBe(4);
    expect(trainTestSplit(key, table).test.rows).toBe(2);
  });
  test('names classes that cannot be in both parts', () => {
    for (const [wrong, message] of [
      [[0, 1, 1], 'invalid stratify: expected 8 classes, one for each example, got 3'],
      ['sex', 'invalid stratify: expected a list with a class for each example, got "sex"'],
      [[0, 0, 0, 1, 1, 1, 1, 7], 'a class has one example: expected at least 2 of each, got 1 of class 7'],
      [
        [0, 0, 1, 1, 2, 2, 3, 3],
        'a part has fewer examples than there are classes: expected at least 4, got 2',
      ],
    ] as const)
      expect(() => trainTestSplit(key, table, { stratify: wrong as never })).toThrow(
        `trainTestSplit: ${message}`,
      );
  });
  test('names empty parts and other numbers of examples', () => {
    expect(() => trainTestSplit(key, ones([3]), { testFraction: 0.1 })).toThrow('a part would be empty');
    expect(() => trainTestSplit({ x: ones([3]) } as unknown as typeof key, ones([3]))).toThrow(
      'trainTestSplit: invalid key',
    );
    expect(() => trainTestSplit(key, { x: ones([3]), y: ones([4]) })).toThrow(
      'trainTestSplit: numbers of examples differ: expected 3 as in x, got shape [4] at y',
    );
    expect(() => trainTestSplit(key, { x: tensor(1) })).toThrow('got shape [] at x');
    expect(() => trainTestSplit(key, {})).toThrow('data has no tensors');
  });
});

describe('batches', () => {
  test('contain each example once, in order or shuffled, and repeat', () => {
    const data = { labels: arange(7) };
    const plain = batches(data, 3);
    expect([...plain].map(({ labels }) => labels.toArray())).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    const shuffled = batches(data, 3, { key });
    const read = (): number[] => [...shuffled].flatMap(({ labels }) => [...labels.data]);
    expect(sorted(read())).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(read()).toEqual(read());
    expect(read()).not.toEqual(sorted(read()));
    expect([...batches(data, 3, { dropRemainder: true })].length).toBe(2);
    expect([...batches(zeros([0, 2]), 3)]).toEqual([]);
  });
});

describe('standardize', () => {
  const x = random
    .normal(key, [50, 3])
    .mul(tensor([1, 10, 100]))
    .add(5);
  test('gives columns mean 0 and variance 1', () => {
    const { x: scaled, mean, std } = standardize(x);
    for (const value of sum(scaled, { axis: 0 }).data) expect(value).toBeCloseTo(0, 3);
    for (const value of sum(scaled.mul(scaled), { axis: 0 }).data) expect(value).toBeCloseTo(50, 2);
    expect(standardize(x, { mean, std }).x.toArray()).toEqual(scaled.toArray());
    expect([mean.shape, standardize(x, { axis: null }).mean.shape]).toEqual([
      [1, 3],
      [1, 1],
    ]);
  });
  test('makes 0 of constant columns, also of numbers whose mean is rounded', () => {
    for (const value of [0.1, 1e-20, 16_777_215, -3e30]) {
      const { x: scaled, std } = standardize(ones([1001, 1]).mul(value));
      expect([Math.max(...scaled.data), Math.min(...scaled.data), std.item()]).toEqual([0, 0, 1]);
    }
    const steps = [-1, 0, 1].map((n) => n * Math.sqrt(1.5));
    for (const unit of [1e-23, 1e-11, 1, 1e15, 1e20, 1e38]) {
      const { x: own, std: spread } = standardize(tensor([1, 2, 3]).mul(unit));
      own.data.forEach((value, i) => expect(Math.abs(value - steps[i])).toBeLessThan(1e-6));
      expect(spread.item() / unit).toBeCloseTo(Math.sqrt(2 / 3), 6);
    }
    expect(standardize(tensor([[2], [4]]), { mean: 1, std: 0 }).x.toArray()).toEqual([[1], [3]]);
    expect(() => standardize(tensor([1]), { mean: 0, std: -1 })).toThrow(
      'standardize: invalid std: expected finite numbers ≥ 0, got -1',
    );
    expect(() => standardize(tensor([1]), { std: NaN })).toThrow(
      'standardize: invalid std: expected finite numbers ≥ 0, got NaN',
    );
  });
  test('names statistics that do not fit, and missing elements', () => {
    expect(() => standardize(x, { mean: ones([2, 50, 3]) })).toThrow(
      'standardize: mean and std do not fit x',
    );
    expect(() => standardize(zeros([0, 3]))).toThrow('standardize: no elements');
  });
});

describe('slidingWindows', () => {
  test('are followed by the steps to predict', () => {
    const { x, y } = slidingWindows(arange(7), { length: 3, horizon: 2, step: 2 });
    expect([x.toArray(), y.toArray()]).toEqual([
      [
        [0, 1, 2],
        [2, 3, 4],
      ],
      [
        [3, 4],
        [5, 6],
      ],
    ]);
    const several = slidingWindows(reshape(arange(12), [6, 2]), { length: 4 });
    expect([several.x.shape, several.y.toArray()]).toEqual([
      [2, 4, 2],
      [[[8, 9]], [[10, 11]]],
    ]);
  });
  test('of rows without elements take no time', () => {
    const { x, y } = slidingWindows(zeros([2 ** 27, 0]), { length: 30, horizon: 2 });
    expect([x.shape, y.shape]).toEqual([
      [2 ** 27 - 31, 30, 0],
      [2 ** 27 - 31, 2, 0],
    ]);
  });
  test('need a series that is long enough', () => {
    expect(() => slidingWindows(arange(3), { length: 3 })).toThrow(
      'expected at least length + horizon = 4 steps',
    );
    expect(() => slidingWindows(tensor(3), { length: 3 })).toThrow('series has no axis of time');
  });
});
