/** The two programs against JAX: the same keys, the same steps, the same numbers. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  arraySplit,
  jit,
  mul,
  random,
  relu,
  sub,
  take,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
  zeros,
} from '@mini/autograd';
import { Dense, initializers, Sequential, softmaxCrossEntropy } from '@mini/nn';
import { readMnist } from '../src/data/mnist-files.ts';
import { addNoise, cleanCosine, type DenoiserParams, netCost } from '../src/denoise.ts';
import { FULL_MNIST } from './announce.ts';
import reference from './jax/exercise.json' with { type: 'json' };

/** The largest difference, relative to the values of JAX. */
const distance = (found: readonly number[], expected: readonly number[]): number =>
  found.reduce((most, value, i) => Math.max(most, Math.abs(value / expected[i] - 1)), 0);

test('the costs of the cosine are those of JAX', () => {
  const [key1, key2, key3, noiseKey] = random.split(random.key(42), 4);
  const range = { minval: -0.1, maxval: 0.1 };
  let params: DenoiserParams = {
    W1: random.uniform(key1, [10, 200], range),
    W2: random.uniform(key2, [200, 10], range),
    b: random.uniform(key3, [10], range),
  };
  const clean = cleanCosine(2 * Math.PI);
  const update = jit((p: DenoiserParams, key: random.Key) => {
    const [cost, gradients] = valueAndGrad(netCost)(p, addNoise(key, clean, 1), clean);
    return { cost, params: tree.map((w, g) => sub(w, mul(g, 0.01)), p, gradients) };
  });
  const costs = reference.cosine.costs.map((_, i) => {
    const result = update(params, random.foldIn(noiseKey, i));
    params = result.params;
    return result.cost.item();
  });
  expect(distance(costs, reference.cosine.costs)).toBeLessThan(2e-5);
  expect(distance([...params.W1.data.subarray(0, 8)], reference.cosine.W1)).toBeLessThan(1e-4);
  expect(distance([...params.b.data], reference.cosine.b)).toBeLessThan(1e-4);
});

describe.skipIf(!existsSync(FULL_MNIST))('full MNIST (skipped without ../shared/mnist)', () => {
  test('the losses of 300 steps are those of JAX', () => {
    const COUNT = 6400;
    const { train } = readMnist(FULL_MNIST);
    const pixels = Float64Array.from(
      train.images.subarray(0, COUNT * 784),
      (v) => (v / 255 - 0.13066048) / 0.3081078,
    );
    const images = tensor(pixels, [COUNT, 784]);
    const labels = tensor(train.labels.subarray(0, COUNT));
    const [keyA, keyB, keyOrder] = random.split(random.key(7), 3);
    const dense = (key: random.Key, inputs: number, outputs: number): { kernel: Tensor; bias: Tensor } => ({
      kernel: initializers.lecunNormal()(key, [inputs, outputs]),
      bias: zeros([outputs]),
    });
    const net = Sequential({ a: Dense(128), relu, b: Dense(10) });
    let params = { a: dense(keyA, 784, 128), b: dense(keyB, 128, 10) };
    const loss = (p: typeof params, x: Tensor, y: Tensor): Tensor => softmaxCrossEntropy(net.apply(p, x), y);
    const step = jit((p: typeof params, x: Tensor, y: Tensor) => {
      const [value, gradients] = valueAndGrad(loss)(p, x, y);
      return { value, params: tree.map((w, g) => sub(w, mul(g, 0.05)), p, gradients) };
    });
    const losses: number[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      const order = random.permutation(random.foldIn(keyOrder, epoch), COUNT);
      for (const indices of arraySplit(order, 100)) {
        const result = step(params, take(images, indices), take(labels, indices));
        params = result.params;
        losses.push(result.value.item());
      }
    }
    expect(losses.length).toBe(reference.softmax.losses.length);
    expect(distance(losses, reference.softmax.losses)).toBeLessThan(2e-6);
    expect(distance([...params.a.kernel.data.subarray(40_000, 40_008)], reference.softmax.a)).toBeLessThan(
      1e-5,
    );
    expect(distance([...params.b.kernel.data.subarray(0, 8)], reference.softmax.b)).toBeLessThan(1e-5);
  });
});
