/** Initializers: the distribution of first parameters. */
import { describe, expect, test } from 'vitest';
import { random, std, mean } from '@mini/autograd';
import { initializers } from '../src/index.ts';

const key = random.key(5);

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
