import { describe, expect, test } from 'vitest';
import { random, tensor, zeros } from '@mini/autograd';
import {
  addNoise,
  cleanCosine,
  cost,
  DENOISE_DEFAULTS,
  type DenoiseState,
  initDenoiser,
  net,
  netCost,
  rootMeanSquareError,
  SAMPLES,
  trainDenoiser,
} from '../src/denoise.ts';

const train = (seed: number): DenoiseState[] => [...trainDenoiser({ ...DENOISE_DEFAULTS, seed })];

describe('the cosine denoiser', () => {
  test('has a cost of half the sum of squares', () => {
    expect(cost(tensor([1, 2]), tensor([3, 5])).item()).toBe(6.5);
    const params = initDenoiser(random.key(0), 2, 3);
    const [x, y] = [tensor([1, -1]), tensor([0, 2])];
    expect(netCost(params, x, y).item()).toBe(cost(y, net(params, x)).item());
  });
  test.each([0, 1, 2, 3, 4])(
    'lowers the cost from about 50 to under 0.2 and the error under 0.05 (seed %i)',
    (seed) => {
      const states = train(seed);
      expect(states.length).toBe(100);
      expect(states[0].cost).toBeGreaterThan(30);
      expect(states[99].cost).toBeLessThan(0.2);
      const clean = cleanCosine(DENOISE_DEFAULTS.period);
      const noisy = addNoise(random.key(1000 + seed), clean, 1);
      expect(rootMeanSquareError(clean, noisy)).toBeGreaterThan(0.8);
      expect(rootMeanSquareError(clean, net(states[99].params, noisy))).toBeLessThan(0.05);
    },
  );
  test('returns the same bits for the same seed', () => {
    expect(train(7).map(({ cost }) => cost)).toEqual(train(7).map(({ cost }) => cost));
  });
  test('accepts batches of signals, integers and a bias of one element', () => {
    const params = initDenoiser(random.key(0), SAMPLES, 10);
    expect([params.W1.shape, params.W2.shape, params.b.shape]).toEqual([[10, SAMPLES], [SAMPLES, 10], [10]]);
    expect(net(params, zeros([4, SAMPLES])).shape).toEqual([4, SAMPLES]);
    const integers = tensor(Int32Array.from({ length: SAMPLES }, (_, i) => i));
    expect(net({ ...params, b: tensor([1]) }, integers).shape).toEqual([SAMPLES]);
  });
});
