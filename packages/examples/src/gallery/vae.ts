/** A variational autoencoder of digits: it learns to draw new ones. */
import {
  add,
  concatenate,
  exp,
  jit,
  mean,
  mul,
  random,
  reshape,
  sigmoid,
  slice,
  square,
  sub,
  sum,
  take,
  type Tensor,
  tensor,
  valueAndGrad,
  relu,
} from '@mini/autograd';
import {
  adam,
  binaryCrossEntropyFromLogits,
  Conv,
  ConvTranspose,
  Dense,
  Flatten,
  Sequential,
} from '@mini/nn';
import { readEmbeddedDigits } from '../data/embedded-digits.ts';
import type { Example } from './example.ts';

/** Numbers that describe a digit. */
const LATENT = 16;
const BATCH = 64;
const SIDE = 28;

const encoder = Sequential({
  conv1: Conv(16, 3, { strides: 2 }),
  relu1: relu,
  conv2: Conv(32, 3, { strides: 2 }),
  relu2: relu,
  flatten: Flatten,
  // A mean and the logarithm of a variance for each number.
  out: Dense(2 * LATENT),
});
const decoder = Sequential({
  hidden: Dense(7 * 7 * 32),
  relu1: relu,
  images: {
    init: () => ({}),
    apply: (_params: object, x: Tensor) => reshape(x, [-1, 7, 7, 32]),
    outputShape: () => [1, 7, 7, 32],
  },
  conv1: ConvTranspose(16, 3, { strides: 2 }),
  relu2: relu,
  conv2: ConvTranspose(1, 3, { strides: 2 }),
});

export const vae: Example = {
  description: 'Trains a variational autoencoder on digits, and draws new digits.',
  steps: { description: 'updates', default: 1500 },
  run: (seed, steps, onStep) => {
    const [encoderKey, decoderKey, trainKey, sampleKey] = random.split(random.key(seed), 4);
    const { images, count } = readEmbeddedDigits().train;
    const digits = tensor(images, [count, SIDE, SIDE, 1]).div(255);
    let params = {
      encoder: encoder.init(encoderKey, [1, SIDE, SIDE, 1]),
      decoder: decoder.init(decoderKey, [1, LATENT]),
    };
    type Params = typeof params;
    /**
     * Minus the evidence lower bound (Kingma and Welling 2013, https://arxiv.org/abs/1312.6114).
     */
    const cost = (p: Params, batch: Tensor, key: random.Key): Tensor => {
      const encoded = encoder.apply(p.encoder, batch);
      const [mu, logVariance] = [slice(encoded, null, [0, LATENT]), slice(encoded, null, [LATENT, null])];
      const drawn = add(mu, mul(exp(mul(0.5, logVariance)), random.normal(key, mu.shape)));
      const logits = decoder.apply(p.decoder, drawn);
      const surprise = sum(binaryCrossEntropyFromLogits(logits, batch, { reduction: 'none' }));
      const divergence = mul(0.5, sum(sub(add(exp(logVariance), square(mu)), add(logVariance, 1))));
      return add(surprise, divergence).div(BATCH);
    };
    const optimizer = adam({ learningRate: 0.002 });
    let memory = optimizer.init(params);
    const update = jit(
      (p: Params, m: typeof memory, batch: Tensor, key: random.Key) => {
        const [value, gradients] = valueAndGrad(cost)(p, batch, key);
        return [value, ...optimizer.update(p, gradients, m)] as const;
      },
      { donate: [0, 1] },
    );
    const costs: number[] = [];
    for (let i = 0; i < steps; i++) {
      const [batchKey, noiseKey] = random.split(random.foldIn(trainKey, i));
      const batch = take(digits, random.randint(batchKey, [BATCH], 0, count));
      const [value, nextParams, nextMemory] = update(params, memory, batch, noiseKey);
      costs.push(value.item());
      [params, memory] = [nextParams, nextMemory];
      onStep?.();
    }
    const draw = (numbers: Tensor): Tensor => sigmoid(decoder.apply(params.decoder, numbers));
    const some = take(
      digits,
      [...Array(16).keys()].map((i) => Math.floor((i * count) / 16)),
    );
    const copies = draw(slice(encoder.apply(params.encoder, some), null, [0, LATENT]));
    const samples = draw(random.normal(sampleKey, [64, LATENT]));
    const last = costs.slice(-100);
    return {
      title: 'A variational autoencoder of digits',
      results: [
        ['first cost', costs[0].toFixed(1)],
        ['mean of the last costs', (last.reduce((a, b) => a + b, 0) / last.length).toFixed(1)],
        [
          'mean squared error of the copies',
          mean(square(sub(copies, some)))
            .item()
            .toFixed(4),
        ],
      ],
      figures: [
        {
          title: 'Cost, in nats per digit',
          xLabel: 'update',
          yLabel: 'cost',
          xTicks: 'integers',
          x: costs.map((_, i) => i + 1),
          series: { cost: costs },
        },
        {
          title: 'Digits, and below them what the network makes of each',
          images: concatenate([some, copies]),
          perRow: 16,
          range: [1, 0],
        },
        { title: 'New digits, from random numbers', images: samples, perRow: 16, range: [1, 0] },
      ],
    };
  },
};
