import { describe, expect, test } from 'vitest';
import {
  checkGrads,
  debugKeys,
  div,
  grad,
  jit,
  log,
  matmul,
  mul,
  oneHot,
  random,
  relu,
  reshape,
  sigmoid,
  softmax,
  std,
  sub,
  sum,
  type Tensor,
  tensor,
  tree,
  zerosLike,
  valueAndGrad,
  zeros,
  mean,
} from '@mini/autograd';
import {
  accuracy,
  adam,
  type AdamMemory,
  adamw,
  BatchNorm,
  binaryCrossEntropy,
  binaryCrossEntropyFromLogits,
  clipByGlobalNorm,
  constantSchedule,
  Dropout,
  cosineDecay,
  Dense,
  exponentialDecay,
  Flatten,
  globalNorm,
  initializers,
  meanSquaredError,
  type Optimizer,
  Relu,
  Sequential,
  sgd,
  lars,
  Sigmoid,
  softmaxCrossEntropy,
  squaredError,
  type State,
  Tanh,
  warmup,
} from '../src/index.ts';
import * as nn from '../src/index.ts';

const key = random.key(5);

describe('Dense', () => {
  test('computes x·kernel + bias, with a lecun-normal kernel [in, out] and zero bias', () => {
    const layer = Dense(3);
    const params = layer.init(key, [400]);
    expect([params.kernel.shape, params.bias.toArray()]).toEqual([
      [400, 3],
      [0, 0, 0],
    ]);
    expect(std(params.kernel).item()).toBeCloseTo(1 / 20, 2);
    const x = random.normal(key, [2, 400]);
    expect(layer.apply(params, x).toArray()).toEqual(matmul(x, params.kernel).add(params.bias).toArray());
    expect(layer.outputShape([7, 400])).toEqual([7, 3]);
  });
  test('has no bias if useBias is false', () => {
    expect(Object.keys(Dense(3, { useBias: false }).init(key, [4]))).toEqual(['kernel']);
  });
  test('rejects invalid features and shapes', () => {
    expect(() => Dense(2 ** 40)).toThrow('Dense: invalid features: ');
    expect(() => Dense(0)).toThrow('Dense: invalid features: expected an integer ≥ 1, got 0');
    expect(() => Dense(2).init(key, [])).toThrow(
      'Dense: input shape is not valid: expected a last axis of size ≥ 1, got []',
    );
    expect(() => Dense(2).apply(Dense(2).init(key, [3]), zeros([5, 4]))).toThrow(
      'Dense: input and kernel do not fit: expected shapes [..., in] and [in, out], got [5, 4] and [3, 2]',
    );
    expect(() => Dense(2).apply({ kernel: zeros([3, 2]), bias: zeros([3]) }, zeros([5, 3]))).toThrow(
      'Dense: bias does not fit: expected shape [2], got [3]',
    );
  });
});

describe('Sequential', () => {
  test('tells functions that make layers from activations', () => {
    const names = Object.entries(nn).flatMap(([name, value]) =>
      typeof value === 'function' && /^[A-Z]/.test(name) ? [name] : [],
    );
    expect(names).toContain('RMSNorm');
    for (const name of names)
      expect(() => nn.Sequential({ own: nn[name as 'Dense'] as never }), name).toThrow(
        `Sequential: layer own is not a layer: expected what ${name}(…) returns, got the function ${name}`,
      );
  });
  const net = Sequential({
    flatten: Flatten,
    hidden: Dense(8),
    activation: relu,
    out: Dense(3),
    last: Sigmoid,
  });
  const params = net.init(key, [1, 2, 3]);
  test('names parameters by layer, and skips layers without parameters', () => {
    expect(tree.map((x) => x.shape.join(), params)).toEqual({
      hidden: { kernel: '6,8', bias: '8' },
      out: { kernel: '8,3', bias: '3' },
    });
    const typed: Tensor = params.hidden.kernel;
    expect(typed.shape).toEqual([6, 8]);
    // @ts-expect-error -- an activation has no parameters
    expect(params.activation).toBeUndefined();
  });
  test('applies its layers in order', () => {
    const x = random.normal(key, [4, 2, 3]);
    const { hidden, out } = params;
    const flat = tensor(x.data, [4, 6]);
    const expected = sigmoid(
      matmul(relu(matmul(flat, hidden.kernel).add(hidden.bias)), out.kernel).add(out.bias),
    );
    expect(net.apply(params, x).toArray()).toEqual(expected.toArray());
    expect(net.outputShape([4, 2, 3])).toEqual([4, 3]);
  });
  test('nests, and returns the same parameters for the same key', () => {
    const nested = Sequential({ body: Sequential({ a: Dense(2), act: Tanh }), head: Dense(1) });
    const first = nested.init(key, [3]);
    expect(tree.structure(first).paths).toEqual(['body.a.bias', 'body.a.kernel', 'head.bias', 'head.kernel']);
    expect(nested.init(key, [3])).toEqual(first);
  });
  test('names the functions that a network of its own lacks', () => {
    const { init, outputShape, initState, train } = BatchNorm();
    expect(() => Sequential({ a: { init, outputShape, initState, train } as never })).toThrow(
      'Sequential: layer a is not a layer: expected a function, or an object with the functions init, outputShape, initState, train and evaluate, got an object (Object)',
    );
  });
  test('rejects what is not a layer, and names that JavaScript would reorder', () => {
    expect(() => Sequential({ a: 3 as never })).toThrow(
      'Sequential: layer a is not a layer: expected a function, or an object with the functions init, outputShape and apply, got 3',
    );
    expect(() => Sequential({ 0: Relu })).toThrow(
      'Sequential: name of a layer is a number: expected another name, got 0',
    );
  });
});

describe('initializers', () => {
  test.each([
    ['lecunNormal', 1 / 200],
    ['lecunUniform', 1 / 200],
    ['heNormal', 2 / 200],
    ['heUniform', 2 / 200],
    ['glorotNormal', 2 / 500],
    ['glorotUniform', 2 / 500],
  ] as const)('%s has its variance', (name, variance) => {
    const x = initializers[name]()(key, [200, 300]);
    expect(std(x).item() / Math.sqrt(variance)).toBeCloseTo(1, 1);
    expect(Math.abs(mean(x).item())).toBeLessThan(0.01);
  });
  test('that do not depend on the fan have their range', () => {
    expect(std(initializers.normal(2)(key, [10_000])).item()).toBeCloseTo(2, 1);
    expect(
      initializers
        .uniform(0.5)(key, [1000])
        .data.every((v) => Math.abs(v) <= 0.5),
    ).toBe(true);
    expect(
      [initializers.zeros(key, [2]), initializers.ones(key, [2]), initializers.constant(3)(key, [2])].map(
        (x) => x.toArray(),
      ),
    ).toEqual([
      [0, 0],
      [1, 1],
      [3, 3],
    ]);
    expect(() => initializers.heNormal()(key, [3])).toThrow(
      'initializers.heNormal: shape has too few axes: expected at least 2, got [3]',
    );
  });
});

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

/** Applies Adam to a parameter that starts at 0, in double precision. */
const exactAdam = (gradients: readonly number[], rate: number): number => {
  let [w, mean, square] = [0, 0, 0];
  gradients.forEach((g, i) => {
    mean = 0.9 * mean + 0.1 * g;
    square = 0.999 * square + 0.001 * g * g;
    const [correction1, correction2] = [1 - 0.9 ** (i + 1), 1 - 0.999 ** (i + 1)];
    w -= (rate * mean) / correction1 / (Math.sqrt(square / correction2) + 1e-8);
  });
  return w;
};

describe('optimizers', () => {
  const params = { w: tensor([1, -2]), b: tensor(0.5) };
  const gradients = { w: tensor([0.1, 0.2]), b: tensor(-1) };
  const run = <S>(optimizer: Optimizer<S>, steps: number): number[] => {
    let [current, state] = [params, optimizer.init(params)];
    for (let i = 0; i < steps; i++) [current, state] = optimizer.update(current, gradients, state);
    return [...current.w.data, current.b.item()];
  };
  const close = (found: number[], expected: number[]): void =>
    found.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));

  test('sgd', () => close(run(sgd({ learningRate: 0.1 }), 2), [0.98, -2.04, 0.7]));
  test('sgd with momentum', () =>
    close(run(sgd({ learningRate: 0.1, momentum: 0.9 }), 2), [0.971, -2.058, 0.79]));
  test('sgd with Nesterov momentum', () =>
    close(run(sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }), 1), [0.981, -2.038, 0.69]));
  test('sgd with weight decay', () =>
    close(run(sgd({ learningRate: 0.1, weightDecay: 0.5 }), 1), [0.94, -1.92, 0.575]));
  test('sgd with weight decay where a mask is true', () => {
    const weights = { kernel: tensor(2), bias: tensor(2) };
    const mask = { kernel: true, bias: false };
    const { init, update } = sgd({ learningRate: 0.1, weightDecay: 0.5, mask });
    const [next] = update(weights, tree.map(zerosLike, weights), init(weights));
    expect([next.kernel.item(), next.bias.item()]).toEqual([Math.fround(1.9), 2]);
    expect(() => sgd({ learningRate: 1, mask: 5 as never })).toThrow(/^sgd: invalid mask: /);
    expect(() => lars({ learningRate: 1, weightDecayMask: 5 as never })).toThrow(
      /^lars: invalid weightDecayMask: /,
    );
  });
  test('adam moves by the learning rate at first', () =>
    close(run(adam({ learningRate: 0.1 }), 3), [0.7, -2.3, 0.8]));
  test('adam corrects its means without losing digits', () => {
    for (const [beta1, beta2] of [
      [0.9, 0.999],
      [0, 0.999],
      [0.99, 0.9999999],
    ])
      for (const optimizer of [
        adam({ learningRate: 1, beta1, beta2 }),
        adamw({ learningRate: 1, beta1, beta2, weightDecay: 0 }),
      ]) {
        // A constant gradient moves the parameter by 1 / (1 + epsilon) in each step.
        let [w, state] = [tensor(0), optimizer.init(tensor(0))];
        for (let i = 1; i <= 3; i++) {
          [w, state] = optimizer.update(w, tensor(1), state);
          expect(Math.abs(w.item() + i / (1 + 1e-8))).toBeLessThan(4e-7);
        }
      }
    let [w, state] = [tensor(0), adam().init(tensor(0))];
    const optimizer = adam({ learningRate: 0.1 });
    for (let i = 1; i <= 4; i++) [w, state] = optimizer.update(w, tensor(i), state);
    expect(w.item()).toBeCloseTo(exactAdam([1, 2, 3, 4], 0.1), 6);
  });
  test('adam keeps its steps over many updates with the same gradient', () => {
    const optimizer = adam({ learningRate: 1, epsilon: 0 });
    const step = jit((w: Tensor, s: State<AdamMemory, Tensor>) => optimizer.update(w, tensor(1), s));
    let [w, state] = [tensor(0), optimizer.init(tensor(0))];
    for (let i = 1; i <= 5000; i++) [w, state] = step(tensor(0), state);
    expect(Math.abs(w.item() + 1)).toBeLessThan(1e-6);
  });
  test('adamw also decays weights', () =>
    close(run(adamw({ learningRate: 0.1, weightDecay: 0.5 }), 1), [0.85, -2.0, 0.575]));
  test('call a schedule with the step', () => {
    const rates: number[] = [];
    const optimizer = sgd({ learningRate: (step) => (rates.push(step.item()), mul(step, 0.1)) });
    close(run(optimizer, 3), [0.97, -2.06, 0.8]);
    expect(rates).toEqual([0, 1, 2]);
  });
  test('keep their state a tree of tensors', () => {
    expect(tree.structure(adam().init(params)).paths).toEqual([
      'mean.b',
      'mean.w',
      'square.b',
      'square.w',
      'step',
    ]);
    expect(tree.structure(sgd({ learningRate: 1 }).init(params)).paths).toEqual(['step']);
  });
  test('reject step counts that float32 cannot represent, eager and compiled', () => {
    for (const optimizer of [
      sgd({ learningRate: 0.1 }),
      sgd({ learningRate: 0.1, momentum: 0.9 }),
      adam(),
      adamw(),
    ] as Optimizer<object>[]) {
      const compiled = jit(
        (p: typeof params, state: State<object, typeof params>) => optimizer.update(p, gradients, state),
        { donate: [0, 1] },
      );
      const last = { ...optimizer.init(params), step: tensor(2 ** 24 - 1) };
      expect(optimizer.update(params, gradients, last)[1].step.item()).toBe(2 ** 24);
      const [p, state] = compiled(
        tree.map((x) => mul(x, 1), params),
        last,
      );
      expect(state.step.item()).toBe(2 ** 24);
      const before = tree.leaves([p, state]).map((x) => x.toArray());
      for (const update of [compiled, (): unknown => optimizer.update(p, gradients, state)])
        expect(() => update(p, state)).toThrow(
          /^(sgd|adamw?)\.update: invalid step: expected an integer from 0 to 16777215, .*, got 16777216$/,
        );
      // The error does not change donated arguments.
      expect(tree.leaves([p, state]).map((x) => x.toArray())).toEqual(before);
    }
  });
  test('reject invalid rates, and gradients of another structure or shape', () => {
    expect(() => sgd({ learningRate: -1 })).toThrow(
      'sgd: invalid learningRate: expected a finite number ≥ 0, got -1',
    );
    expect(() => sgd({ learningRate: 1, momentum: 1 })).toThrow(
      'sgd: invalid momentum: expected a number in [0, 1), got 1',
    );
    expect(() => adam({ learningRate: NaN })).toThrow(
      'adam: invalid learningRate: expected a finite number ≥ 0, got NaN',
    );
    expect(() =>
      sgd({ learningRate: 1 }).update(params, { w: tensor(1) } as never, { step: tensor(0) }),
    ).toThrow('sgd.update: gradients: trees differ: expected b in all trees, got one without it');
    expect(() => adam().update(tensor([1, 2]), tensor(1), adam().init(tensor([1, 2])))).toThrow(
      'adam.update: gradients and params have different shapes: expected [2], got []',
    );
    expect(() =>
      adam().update({ a: tensor([1]) }, { a: tensor(1) }, adam().init({ a: tensor([1]) })),
    ).toThrow('adam.update: gradients and params have different shapes at a: expected [1], got []');
    expect(() => sgd({ learningRate: '1' as never })).toThrow(
      'sgd: learningRate is not a rate: expected a number or a schedule, got "1"',
    );
    const vector = sgd({ learningRate: () => tensor([1]) });
    expect(() => vector.update(params, gradients, vector.init(params))).toThrow(
      'sgd.update: result of the schedule is not a scalar: expected shape [], got [1]',
    );
  });
  test('name the order of the arguments, which is not that of optax', () => {
    const update = adam().update as (...args: readonly unknown[]) => unknown;
    expect(() => update(gradients, adam().init(params), params)).toThrow(
      /^adam\.update: expected \(params, gradients, state\), got \(gradients, state, params\)/,
    );
  });
  test('find the minimum of a narrow valley', () => {
    const loss = (p: { x: Tensor; y: Tensor }): Tensor =>
      p.x.mul(p.x).add(sub(p.y, 3).mul(sub(p.y, 3)).mul(10));
    for (const optimizer of [
      sgd({ learningRate: 0.02, momentum: 0.8 }),
      adam({ learningRate: 0.1 }),
    ] as Optimizer<object>[]) {
      let current = { x: tensor(4), y: tensor(-1) };
      let state = optimizer.init(current);
      for (let i = 0; i < 300; i++) [current, state] = optimizer.update(current, grad(loss)(current), state);
      expect(current.x.item()).toBeCloseTo(0, 2);
      expect(current.y.item()).toBeCloseTo(3, 2);
    }
  });
});

describe('clipByGlobalNorm', () => {
  const gradients = { a: tensor([3]), b: tensor([4]) };
  test('scales gradients down to the norm, never up', () => {
    expect(globalNorm(gradients).item()).toBe(5);
    expect(globalNorm(clipByGlobalNorm(gradients, 1)).item()).toBeCloseTo(1, 6);
    expect(clipByGlobalNorm(gradients, 10)).toEqual(gradients);
    expect(clipByGlobalNorm({ a: tensor([0]) }, 1).a.toArray()).toEqual([0]);
    expect(() => clipByGlobalNorm(gradients, 0)).toThrow(
      'clipByGlobalNorm: invalid maxNorm: expected a number > 0, got 0',
    );
  });
});

describe('schedules', () => {
  const at = (schedule: (step: Tensor) => Tensor, step: number): number => schedule(tensor(step)).item();
  test('return the rate at each step', () => {
    expect(at(constantSchedule(0.5), 9)).toBe(0.5);
    expect(at(exponentialDecay(1, 0.5, 10), 20)).toBeCloseTo(0.25, 6);
    expect([0, 5, 10, 20].map((s) => Number(at(cosineDecay(1, 10), s).toFixed(4)))).toEqual([1, 0.5, 0, 0]);
    expect([0, 1, 2, 3].map((s) => at(warmup(constantSchedule(1), 2), s))).toEqual([0, 0.5, 1, 1]);
  });
});

test('debugging modes name the line of the user, not one of a layer', () => {
  debugKeys(true);
  try {
    const key = random.key(1);
    const train = () => Dropout(0.5).train({}, tensor([1, 2]), { key });
    train();
    expect(train).toThrow(/used by Dropout, at train \(.*nn\.test\.ts.*split it, at train \(.*nn\.test\.ts/);
  } finally {
    debugKeys(false);
  }
});
