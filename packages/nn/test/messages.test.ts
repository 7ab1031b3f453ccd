/** What newcomers write first, and the messages that say what to write instead. */
import { expect, test } from 'vitest';
import { type Tensor, clip, jit, ones, random, relu, reshape, tensor, zeros } from '@mini/autograd';
import {
  accuracy,
  adam,
  binaryCrossEntropy,
  binaryCrossEntropyFromLogits,
  exponentialDecay,
  hingeLoss,
  Conv,
  Dense,
  klDivergence,
  loadSafetensors,
  metrics,
  meanSquaredError,
  piecewiseConstantSchedule,
  saveSafetensors,
  Sequential,
  smoothLabels,
  softmaxCrossEntropy,
} from '../src/index.ts';

const key = random.key(0);
const x = ones([2, 5]);
const net = Sequential({ body: Sequential({ first: Dense(3), relu }), out: Dense(2) });
const params = net.init(key, x.shape);
const bytes = (...start: readonly number[]): Uint8Array => Uint8Array.from([...start, ...new Uint8Array(20)]);

/** Calls a function with arguments of any types. */
const call = (f: unknown, ...args: readonly unknown[]): unknown =>
  (f as (...given: readonly unknown[]) => unknown)(...args);

test.each<[string, () => unknown, string]>([
  [
    'a file as an ArrayBuffer',
    () => call(loadSafetensors, new ArrayBuffer(8)),
    'got an object (ArrayBuffer); write new Uint8Array(buffer)',
  ],
  [
    'a file with a state, read into parameters',
    () => loadSafetensors(saveSafetensors({ params, state: { norm: { mean: zeros([3]) } } }), params),
    'state.norm.mean is not expected\n  the state of a network is read by a template { params, state }',
  ],
  [
    'soft labels that are no probabilities',
    () => softmaxCrossEntropy(zeros([1, 2]), tensor([[1, 4]])),
    'softmaxCrossEntropy: invalid labels: expected numbers from 0 to 1, got 4',
  ],
  [
    'class numbers to smooth',
    () => smoothLabels([3, 1], 0.1),
    'smoothLabels: invalid labels: expected numbers from 0 to 1, such as those of oneHot(labels, classes), got 3',
  ],
  [
    'targets 0 and 1 of the hinge loss',
    () => jit((z: Tensor) => hingeLoss(z, [0, 1]))(zeros([2])),
    'hingeLoss: invalid targets: expected -1 or 1, got 0',
  ],
  ['parameters that are undefined', () => call(adam().init, undefined), 'adam.init: no params'],
  ['a file of undefined', () => call(saveSafetensors, undefined), 'saveSafetensors: no params'],
  [
    'a threshold that is NaN',
    () => accuracy(zeros([2]), [0, 1], { threshold: NaN }),
    'accuracy: invalid threshold',
  ],
  [
    'a Map of boundaries',
    () => call(piecewiseConstantSchedule, 1, new Map([[5, 0.1]])),
    'got an object (Map)',
  ],
  [
    'targets that are no probabilities',
    () => klDivergence(tensor([[-1, -1]]), [[-1, 5]]),
    'klDivergence: invalid targets: expected numbers from 0 to 1, got -1',
  ],
  ...['', '1e1', '01', '-1', '1.5'].map(
    (step) =>
      [
        `a boundary ${step}`,
        () => piecewiseConstantSchedule(1, { [step]: 0.5 }),
        `piecewiseConstantSchedule: invalid boundary: expected a step from 0 to 2^24, got "${step}"`,
      ] as [string, () => unknown, string],
  ),
  [
    'boundaries as a list',
    () => call(piecewiseConstantSchedule, 1, [0.5]),
    'piecewiseConstantSchedule: invalid boundariesAndScales: expected an object such as { 100: 0.1 }, got [0.5]',
  ],
  [
    'layers in an array',
    () => call(Sequential, [Dense(3), relu]),
    'Sequential: layers have no names: expected { name: layer, … }, got […, …]; write Sequential({ hidden: Dense(128), relu, out: Dense(10) })',
  ],
  [
    'layers as arguments',
    () => call(Sequential, Dense(3), relu),
    'Sequential: layers have no names: expected { name: layer, … }, got one layer; write Sequential(',
  ],
  [
    'init with an input',
    () => call(net.init, key, x),
    'Sequential: invalid shape: expected an array of sizes, got a Tensor of shape [2, 5]; write x.shape',
  ],
  [
    'init with a seed',
    () => call(net.init, 42, x.shape),
    'Sequential: invalid key: expected a random key, got 42; make one with random.key(seed)',
  ],
  [
    'apply with the input first',
    () => call(net.apply, x, params),
    'Sequential: params are a Tensor: expected (params, x), got another order of arguments',
  ],
  [
    'the same, of a layer',
    () => call(Dense(3).apply, x, {}),
    'Dense: params are a Tensor: expected (params, x)',
  ],
  [
    'variables of flax',
    () => call(net.apply, { params }, x),
    'Sequential: params are in an object, as those of flax: expected the result of init, got { params: … }',
  ],
  [
    'a wrong width',
    () => net.apply(params, ones([2, 4])),
    'Sequential: layer body.first (Dense): input and kernel do not fit: expected shapes [..., in] and [in, out], got [2, 4] and [5, 3]',
  ],
  [
    'a shape that does not fit',
    () => Sequential({ conv: Conv(3, 3) }).init(key, [5]),
    'Sequential: layer conv (Conv): input does not fit: expected shape [batch, ...sizes, channels], got [5]',
  ],
  [
    'the order of optax',
    () => {
      const { init, update } = adam();
      return call(update, params, init(params), params);
    },
    'adam.update: expected (params, gradients, state), got (gradients, state, params), the order of optax',
  ],
  [
    'weight decay of adam',
    () => call(adam, { weightDecay: 0.1 }),
    'adam: no weight decay: expected learningRate, beta1, beta2, epsilon, epsilonRoot, nesterov, got weightDecay; write adamw(…)',
  ],
  [
    'a size as a shape',
    () => call(zeros, 3),
    'zeros: invalid shape: expected an array of sizes, got 3; write [3], or [3, …]',
  ],
  [
    'sizes as arguments',
    () => call(reshape, x, 5, 2),
    'reshape: invalid shape: expected an array of sizes, got 5; write [5], or [5, …]',
  ],
  [
    'a tensor in a text',
    () => `loss ${call((a: string, b: string) => a + b, '', tensor(3))}`,
    'a Tensor of shape [] was used as a number: write a.add(b) for a + b, less(a, b) for a < b, a.item() for its value, `${a}` for its text',
  ],
  [
    'labels in a column',
    () => softmaxCrossEntropy(x, zeros([2, 1])),
    'softmaxCrossEntropy: labels have one axis too many: expected [2], or probabilities [2, 5], got [2, 1]; write squeeze(labels, { axis: -1 })',
  ],
  [
    'the same, of a metric',
    () => accuracy(x, zeros([2, 1])),
    'got [2, 1] and [2, 5]; write squeeze(labels, { axis: -1 })',
  ],
  [
    'labels of a metric that no class has',
    () => accuracy(ones([4, 3]), [2, 0, 7, 1]),
    'accuracy: index out of range: expected an integer from 0 to 2 for an axis of size 3, got 7 at position 2',
  ],
  [
    'targets of R² with outputs',
    () => metrics.r2().update(metrics.r2().init(), ones([4, 1]), ones([4, 1])),
    'expected [batch], got [4, 1]; write metrics.r2({ outputs: 1 })',
  ],
  [
    'one-hot labels of a metric',
    () => accuracy(x, x),
    'got [2, 5] and [2, 5]; write argmax(labels, { axis: -1 })',
  ],
  [
    'labels of one logit for each example',
    () => accuracy(ones([3, 1]), ones([3, 1])),
    'got [3, 1] and [3, 1]; for one logit for each example, write concatenate([zerosLike(logits), logits], { axis: -1 }) and squeeze(labels, { axis: -1 })',
  ],
  [
    'one logit for each example, in a matrix of errors',
    () => metrics.confusionMatrix(2).update(metrics.confusionMatrix(2).init(), ones([3]), ones([3])),
    'got [3] and [3]; for one logit for each example, write stack([zerosLike(logits), logits], { axis: -1 })',
  ],
  [
    'accuracy of one column of logits',
    () => accuracy(ones([3, 1]), ones([3])),
    'got [3] and [3, 1]; for one logit for each example, write concatenate(',
  ],
  [
    'labels -1 and 1 of a binary loss',
    () => binaryCrossEntropyFromLogits(ones([2]), [1, -1]),
    'binaryCrossEntropyFromLogits: invalid targets: expected numbers from 0 to 1, got -1',
  ],
  [
    'labels of three classes of a compiled binary loss',
    () => jit((z: Tensor, y: Tensor) => binaryCrossEntropy(z, y))(ones([2]), tensor([1, 2])),
    'binaryCrossEntropy: invalid targets: expected numbers from 0 to 1, got 2',
  ],
  [
    'probabilities instead of their logarithms',
    () => klDivergence(tensor([0.5, 0.5]), [0.5, 0.5]),
    'klDivergence: invalid predictions: expected logarithms of probabilities, which are ≤ 0, such as log(p) or logSoftmax(logits), got 0.5',
  ],
  [
    'logits of a metric of probabilities',
    () => metrics.recall().update(metrics.recall().init(), tensor([0.3, -2, 2]), [1, 0, 1]),
    'metrics.recall.update: invalid probabilities: expected numbers from 0 to 1, such as sigmoid(logits), got -2',
  ],
  [
    'a layer that was not made',
    () => call(Sequential, { hidden: Dense, relu }),
    'Sequential: layer hidden is not a layer: expected what Dense(…) returns, got the function Dense',
  ],
  [
    'parameters of another network',
    () => call(net.apply, { first: {}, out: params.out }, x),
    'Sequential: params are not of this network: expected those of body, out, got { first, out }',
  ],
  [
    'all that loadSafetensors returns',
    () => call(net.apply, { params, metadata: {} }, x),
    'got { params, metadata }; write result.params',
  ],
  ['init without a key', () => call(net.init, [2, 5]), 'Sequential: invalid key: expected a random key'],
  [
    'an image without a batch axis',
    () => Conv(4, 3).apply(Conv(4, 3).init(key, [1, 8, 8, 1]), ones([8, 8, 1])),
    'Conv: input does not fit: expected shape [batch, size, size, channels], got [8, 8, 1]; for one example, write expandDims(x, 0)',
  ],
  [
    'an image with channels first',
    () => Conv(4, 3).apply(Conv(4, 3).init(key, [1, 8, 8, 3]), ones([2, 3, 8, 8])),
    'got [3, 3, 3, 4]; channels are the last axis',
  ],
  [
    'a decay in the order of optax',
    () => exponentialDecay(1e-3, 1000, 0.9),
    'exponentialDecay: decay and steps are swapped: expected exponentialDecay(rate, decay, steps), got a decay of 1000 in 0.9 steps',
  ],
  [
    'a step that is a number',
    () => call(exponentialDecay(1e-3, 0.9, 10), 100),
    'exponentialDecay: invalid step: expected a Tensor, got 100; wrap it with tensor()',
  ],
  [
    'targets in a column',
    () => meanSquaredError(ones([4]), ones([4, 1])),
    'meanSquaredError: shapes differ: expected two equal shapes, got [4] and [4, 1]; write squeeze(targets, { axis: -1 })',
  ],
  [
    'clip without a lower limit',
    () => call(clip, x, undefined, 1),
    'clip: no lower limit: expected a Tensor or a number, got none; write minimum(x, high)',
  ],
  [
    'clip without an upper limit',
    () => call(clip, x, 0, null),
    'clip: no upper limit: expected a Tensor or a number, got none; write maximum(x, low)',
  ],
  ['a picture as a model', () => loadSafetensors(bytes(0x89, 0x50, 0x4e, 0x47)), 'bytes of a PNG image'],
  ['an archive as a model', () => loadSafetensors(bytes(0x50, 0x4b, 3, 4)), 'bytes of a zip archive'],
  [
    'a page as a model',
    () => loadSafetensors(new TextEncoder().encode('<!doctype html>')),
    'got 15 bytes of an HTML page',
  ],
])('%s', (_name, f, message) => {
  expect(f).toThrow(message);
});

test('scores of a metric can have any size if the threshold has', () => {
  const metric = metrics.precision({ threshold: 0 });
  const state = metric.update(metric.init(), tensor([3, -2, 1]), [1, 0, 0]);
  expect(metric.compute(state).item()).toBe(0.5);
});

test('errors of a function in a network stay', () => {
  const failing = Sequential({
    first: Dense(3),
    mine: () => {
      throw new TypeError('mine');
    },
  });
  const own = failing.init(key, x.shape);
  expect(() => failing.apply(own, x)).toThrow(/^mine$/);
  expect(() => call(failing.apply, { ...own, unused: {} }, x)).toThrow(/^mine$/);
});
