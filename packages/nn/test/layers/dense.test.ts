/** `Dense`: first parameters, outputs and errors. */
import { describe, expect, test } from 'vitest';
import { matmul, random, std, zeros } from '@mini/autograd';
import { Dense } from '../../src/index.ts';

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
