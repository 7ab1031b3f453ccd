/** Compares losses with those of optax, with values computed by hand, and with differences. */
import { describe, expect, test } from 'vitest';
import {
  checkGrads,
  grad,
  jit,
  logSoftmax,
  mul,
  oneHot,
  reshape,
  sub,
  type Tensor,
  tensor,
  zeros,
} from '@mini/autograd';
import * as nn from '../../src/index.ts';
import { distance, hasReference, readRows } from '../reference.ts';

interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Row {
  readonly id: string;
  readonly logits: Values;
  readonly labels: Values;
  readonly pred: Values;
  readonly target: Values;
  readonly binary: Values;
  readonly value: Values;
}
/** The tensors of a row. */
type Tensors = Readonly<Record<'logits' | 'labels' | 'pred' | 'target' | 'binary', Tensor>>;

const none = { reduction: 'none' } as const;
const flat = (x: Tensor): Tensor => reshape(x, [x.size]);
const losses: Readonly<Record<string, (row: Tensors) => Tensor>> = {
  sigmoid_binary_cross_entropy: ({ logits, binary }) =>
    nn.binaryCrossEntropyFromLogits(flat(logits), flat(binary), none),
  softmax_cross_entropy: ({ logits, labels }) => nn.softmaxCrossEntropy(logits, oneHot(labels, 4), none),
  softmax_cross_entropy_with_integer_labels: ({ logits, labels }) =>
    nn.softmaxCrossEntropy(logits, labels, none),
  smooth_labels: ({ labels }) => nn.smoothLabels(oneHot(labels, 4), 0.1),
  huber_loss: ({ pred, target }) => nn.huberLoss(pred, target, none),
  l2_loss: ({ pred, target }) => nn.squaredError(pred, target, none),
  squared_error: ({ pred, target }) => mul(2, nn.squaredError(pred, target, none)),
  hinge_loss: ({ pred, binary }) => nn.hingeLoss(pred, sub(mul(2, binary), 1), none),
  cosine_similarity: ({ pred, target }) => nn.cosineSimilarity(pred, target),
  cosine_distance: ({ pred, target }) => nn.cosineDistance(pred, target, none),
  l1: ({ pred, target }) => nn.absoluteError(pred, target, none),
};

const rows = readRows<Row>('optax').filter(({ id }) => id.startsWith('loss.'));

describe.skipIf(!hasReference)('losses (skipped without ../shared/jax)', () => {
  test('cover all rows of optax', () => {
    const ids = rows.map(({ id }) => id.replace(/^\w+\./, ''));
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.filter((id) => !Object.hasOwn(losses, id))).toEqual([]);
  });
  test.each(rows.map((row) => [row.id.slice('loss.'.length), row] as const))(
    '%s has the values of optax, eager and compiled',
    (id, row) => {
      const read = ({ shape, data }: Values): Tensor => tensor(data, [...shape]);
      const { logits, labels, pred, target, binary, value } = row;
      const tensors: Tensors = {
        logits: read(logits),
        labels: read(labels),
        pred: read(pred),
        target: read(target),
        binary: read(binary),
      };
      const found = losses[id](tensors);
      const far = distance([...found.data], value.data);
      expect(far).toBeLessThan(3e-7);
      expect(jit(losses[id])(tensors)).toEqual(found);
    },
  );
});

const predictions = tensor([
  [0.5, -1.5, 3],
  [-0.25, 2, 0.75],
]);
const numbers = [
  [1, 2, -1],
  [0.5, 1.25, 0.1],
];
const probabilities = [
  [0.2, 0.5, 0.3],
  [0, 0.4, 0.6],
];
const signs = [
  [1, -1, 1],
  [-1, 1, -1],
];
const chances = tensor([
  [0.2, 0.7, 0.4],
  [0.9, 0.1, 0.5],
]);

type Loss = (o: Tensor, y: never, options?: nn.LossOptions) => Tensor;
/** A loss, predictions, targets, and the number of examples. */
const cases: readonly (readonly [
  name: string,
  loss: Loss,
  o: Tensor,
  y: unknown,
  shape: readonly number[],
])[] = [
  ['squaredError', nn.squaredError, predictions, numbers, [2, 3]],
  ['absoluteError', nn.absoluteError, predictions, numbers, [2, 3]],
  ['huberLoss', nn.huberLoss, predictions, numbers, [2, 3]],
  ['hingeLoss', nn.hingeLoss, predictions, signs, [2, 3]],
  ['klDivergence', nn.klDivergence, logSoftmax(predictions), probabilities, [2]],
  ['cosineSimilarity', nn.cosineSimilarity, predictions, numbers, [2]],
  ['cosineDistance', nn.cosineDistance, predictions, numbers, [2]],
  ['softmaxCrossEntropy', nn.softmaxCrossEntropy, predictions, probabilities, [2]],
  ['softmaxCrossEntropy of labels', nn.softmaxCrossEntropy, predictions, [2, 0], [2]],
  ['binaryCrossEntropy', nn.binaryCrossEntropy, chances, probabilities, [2]],
  ['binaryCrossEntropyFromLogits', nn.binaryCrossEntropyFromLogits, predictions, probabilities, [2]],
];

describe.each(cases)('%s', (_name, loss, o, y, shape) => {
  const of = (options?: nn.LossOptions) => (x: Tensor) => loss(x, y as never, options);
  test('has the mean and the sum of its losses', () => {
    const all = of({ reduction: 'none' })(o);
    expect(all.shape).toEqual(shape);
    const total = all.data.reduce((a, b) => a + b, 0);
    expect(of({ reduction: 'sum' })(o).item()).toBeCloseTo(total, 5);
    expect(of({ reduction: 'mean' })(o).item()).toBeCloseTo(total / all.size, 5);
  });
  test('has its gradient', () => {
    checkGrads(of({ reduction: 'mean' }), [o]);
    checkGrads(of({ reduction: 'sum' }), [o]);
  });
  test('takes plain arrays and typed arrays as targets', () => {
    expect(loss(o, tensor(y as number[]) as never)).toEqual(loss(o, y as never));
    const typed = Float32Array.from((y as number[]).flat());
    expect(loss(o, tensor(typed, tensor(y as number[]).shape) as never)).toEqual(loss(o, y as never));
  });
  test('rejects other reductions, options and shapes', () => {
    expect(() => of({ reduction: 'average' as never })(o)).toThrow(
      /^\w+: invalid reduction: expected 'mean', 'sum' or 'none', got "average"$/,
    );
    expect(() => of({ reduce: 'sum' } as never)(o)).toThrow(/^\w+: unknown option: expected .*reduction/);
    expect(() => loss(o, [[1, 2]] as never)).toThrow(/^\w+: shapes differ/);
    expect(() => loss(o, 'text' as never)).toThrow(/^\w+: (targets|labels): invalid data/);
  });
});

describe('losses', () => {
  test('klDivergence has no term for probabilities of 0', () => {
    const logs = tensor([-Infinity, 0]);
    expect(nn.klDivergence(logs, [0, 1]).item()).toBe(0);
    expect(grad((x: Tensor) => nn.klDivergence(x, [0, 1]))(logs).toArray()).toEqual([0, -1]);
    expect(nn.klDivergence(tensor([Math.log(0.25), Math.log(0.75)]), [0.5, 0.5]).item()).toBeCloseTo(
      0.5 * Math.log(2) + 0.5 * Math.log(2 / 3),
      6,
    );
  });
  test('cosineSimilarity of zeros is 0, with finite slopes', () => {
    const similarity = (x: Tensor): Tensor => nn.cosineSimilarity(x, [1, 2]);
    expect(similarity(tensor([0, 0])).item()).toBe(0);
    expect(grad(similarity)(tensor([0, 0])).data.every(Number.isFinite)).toBe(true);
  });
  test('cosineSimilarity of zeros is 0 for any epsilon', () => {
    for (const epsilon of [0, 1e-30, 1e-23])
      expect(nn.cosineSimilarity(tensor([0, 0]), [1, 0], { epsilon }).item()).toBe(0);
    expect(nn.cosineSimilarity(tensor([1e-20, 0]), [1, 0], { epsilon: 0 }).item()).toBeCloseTo(1, 5);
  });
  test('binaryCrossEntropyFromLogits takes infinite logits that are right', () => {
    const loss = (z: Tensor): Tensor => nn.binaryCrossEntropyFromLogits(z, [1, 0]);
    const logits = tensor([Infinity, -Infinity]);
    expect(loss(logits).item()).toBe(0);
    expect(grad(loss)(logits).toArray()).toEqual([0, 0]);
    expect(nn.binaryCrossEntropyFromLogits(tensor([NaN]), [1]).item()).toBeNaN();
    const byTarget = grad((y: Tensor) => nn.binaryCrossEntropyFromLogits(tensor([2]), y));
    for (const y of [0, 0.5, 1]) expect(byTarget(tensor([y])).item()).toBeCloseTo(-2, 6);
  });
  test('the slope of huberLoss has all digits of small errors', () => {
    const slope = grad((e: Tensor) => nn.huberLoss(e, zeros([4]), { delta: 1000, reduction: 'sum' }));
    const errors = tensor([1e-5, -3e-8, 1000, 2000]);
    expect([...slope(errors).data]).toEqual([...tensor([1e-5, -3e-8, 1000, 1000]).data]);
  });
  test('huberLoss is linear for errors larger than delta', () => {
    const options = { delta: 2, reduction: 'none' } as const;
    expect(nn.huberLoss(tensor([1, -5]), [0, 0], options).toArray()).toEqual([0.5, 8]);
  });
});
