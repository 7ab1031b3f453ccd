/** A whole training run in one compiled call: each update is a step of a scan. */
import { arange, grad, jit, mul, random, scan, type Tensor, tree } from '@mini/autograd';
import { addNoise, cleanCosine, initDenoiser, netCost, SAMPLES } from '../denoise.ts';
import type { Example } from './example.ts';

export const oneCall: Example = {
  description: 'Trains a network in one compiled call. The network removes noise from a cosine.',
  steps: { description: 'updates', default: 1000 },
  run: (seed, steps) => {
    const key = random.key(seed);
    const clean = cleanCosine(2 * Math.PI);
    const start = initDenoiser(random.foldIn(key, 2 ** 20), SAMPLES, 10);
    type Params = typeof start;
    const update = (params: Params, i: Tensor): [Params, Tensor] => {
      const noisy = addNoise(random.foldIn(key, i), clean, 1);
      const gradients = grad(netCost)(params, noisy, clean);
      return [tree.map((w, g) => w.sub(mul(0.01, g)), params, gradients), netCost(params, noisy, clean)];
    };
    const train = jit((params: Params) => scan(update, params, arange(steps)));
    const started = performance.now();
    const costs = [...train(start)[1].data];
    const compiled = performance.now();
    void train(start)[1].data;
    const milliseconds = [compiled - started, performance.now() - compiled];
    return {
      title: 'A training run in one call',
      results: [
        ['first cost', costs[0].toFixed(4)],
        ['last cost', costs[steps - 1].toFixed(4)],
        ['first call, with compilation', `${milliseconds[0].toFixed(0)} ms`],
        ['second call', `${milliseconds[1].toFixed(1)} ms`],
      ],
      figures: [
        {
          title: 'Cost',
          xLabel: 'update',
          yLabel: 'cost',
          log: true,
          xTicks: 'integers',
          x: costs.map((_, i) => i + 1),
          series: { cost: costs },
        },
      ],
    };
  },
};
