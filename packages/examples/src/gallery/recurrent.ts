/** A recurrent network that predicts a noisy wave, one step ahead. A scan runs its steps. */
import {
  arange,
  jit,
  mean,
  mul,
  random,
  scan,
  sin,
  slice,
  square,
  sub,
  tanh,
  type Tensor,
  valueAndGrad,
  zeros,
} from '@mini/autograd';
import { adam, clipByGlobalNorm, chain, optimizer } from '@mini/nn';
import type { Example } from './example.ts';

const LENGTH = 200;
const HIDDEN = 16;

/** Returns a prediction of the next element for each element of a sequence. */
const predict = (
  p: Readonly<Record<'input' | 'hidden' | 'bias' | 'output', Tensor>>,
  sequence: Tensor,
): Tensor => {
  const step = (h: Tensor, x: Tensor): [Tensor, Tensor] => {
    const next = tanh(mul(p.input, x).add(h.matmul(p.hidden)).add(p.bias));
    return [next, next.matmul(p.output)];
  };
  return scan(step, zeros([HIDDEN]), sequence)[1];
};

export const recurrent: Example = {
  description: 'Trains a recurrent network to predict a noisy wave, one step ahead.',
  steps: { description: 'updates', default: 300 },
  run: (seed, steps, onStep) => {
    const [noiseKey, inputKey, hiddenKey, outputKey] = random.split(random.key(seed), 4);
    const time = arange(LENGTH + 1);
    const wave = mul(sin(time.mul(0.25)), sin(time.mul(0.03).add(0.5)));
    const noisy = wave.add(random.normal(noiseKey, [LENGTH + 1]).mul(0.05));
    const [seen, next] = [slice(noisy, [0, -1]), slice(noisy, [1, null])];
    const weights = (key: random.Key, shape: number[]): Tensor =>
      random.normal(key, shape).mul(HIDDEN ** -0.5);
    let params = {
      input: weights(inputKey, [HIDDEN]),
      hidden: weights(hiddenKey, [HIDDEN, HIDDEN]),
      bias: zeros([HIDDEN]),
      output: weights(outputKey, [HIDDEN]),
    };
    const cost = (p: typeof params): Tensor => mean(square(sub(predict(p, seen), next)));
    const { init, update } = optimizer(chain(clipByGlobalNorm(1), adam({ learningRate: 0.01 })));
    let state = init(params);
    const train = jit((p: typeof params, s: typeof state) => {
      const [value, gradients] = valueAndGrad(cost)(p);
      return [value, ...update(p, gradients, s)] as const;
    });
    const costs: number[] = [];
    for (let i = 0; i < steps; i++) {
      const [value, nextParams, nextState] = train(params, state);
      costs.push(value.item());
      [params, state] = [nextParams, nextState];
      onStep?.();
    }
    const x = [...slice(time, [1, null]).data];
    const wavePart = [...slice(wave, [1, null]).data];
    return {
      title: 'A recurrent network predicts a wave',
      results: [
        ['first cost', costs[0].toFixed(4)],
        ['last cost', costs[steps - 1].toFixed(4)],
      ],
      figures: [
        {
          title: 'Prediction',
          xLabel: 'step',
          yLabel: 'signal',
          xTicks: 'integers',
          x,
          series: {
            'noisy wave': { values: next, color: 'grey' },
            predicted: { values: predict(params, seen), color: 'orange' },
            wave: { values: wavePart, color: 'blue', draw: 'dashes' },
          },
        },
      ],
    };
  },
};
