import { describe, expect, test } from 'vitest';
import { type Tensor, arange, jit, mean, random, reshape, scan, std, tensor, vmap } from '../../src/index.ts';

describe('samplers give the numbers that JAX prints', () => {
  test('uniform', () => {
    expect([...random.uniform(random.key(0), [3]).data]).toEqual(
      [0.947667, 0.9785799, 0.33229148].map(Math.fround),
    );
  });
  test('normal', () => {
    expect(random.normal(random.key(42)).item()).toBe(Math.fround(-0.028304616));
    expect([...random.normal(random.key(0), [3]).data]).toEqual(
      [1.6226422, 2.0252647, -0.43359444].map(Math.fround),
    );
  });
  test('randint', () => {
    expect(random.randint(random.key(1), [5], 0, 10).toArray()).toEqual([6, 7, 0, 3, 8]);
  });
  test('permutation', () => {
    expect(random.permutation(random.key(3), 5).toArray()).toEqual([0, 4, 2, 1, 3]);
  });
});

/** An integer in [0, span) from two random words, as in JAX: with a product that wraps. */
const offsetOf = (high: number, low: number, span: number): number => {
  const power = 65536n % BigInt(span);
  const multiplier = BigInt.asUintN(32, power * power) % BigInt(span);
  const product = BigInt.asUintN(32, (BigInt(high) % BigInt(span)) * multiplier);
  return Number(BigInt.asUintN(32, product + (BigInt(low) % BigInt(span))) % BigInt(span));
};

test.each([1, 2, 3, 7, 65536, 65537, 9_999_991, 2 ** 24 - 1, 2 ** 24, 2 ** 25])(
  'randint is exact for a span of %i',
  (span) => {
    const minimum = span > 2 ** 24 ? -(2 ** 24) : -3;
    const upper = Math.min(minimum + span, 2 ** 24);
    const width = upper - minimum;
    const key = random.key(span);
    const [high, low] = random.split(key).map((own) => random.bits(own, [1003]));
    const expected = [...high].map((word, i) => minimum + offsetOf(word, low[i], width));
    expect([...random.randint(key, [1003], minimum, upper).data]).toEqual(expected);
  },
);

test('a shorter sample begins like a longer one, and split like a longer split', () => {
  const long = random.bits(random.key(3), [11]);
  const keys = random.split(random.key(3), 11).map((key) => [...key.data]);
  for (let count = 0; count < 11; count++) {
    expect([...random.bits(random.key(3), [count])]).toEqual([...long.subarray(0, count)]);
    expect(random.split(random.key(3), count).map((key) => [...key.data])).toEqual(keys.slice(0, count));
  }
});

describe('requests that cannot be met are errors', () => {
  const key = random.key(5);
  const never = tensor([0, 0.5, 0, 0.5, 0]);
  const impossible: Readonly<Record<string, readonly [() => unknown, string]>> = {
    'choice from too few that are possible': [
      () => random.choice(key, 5, { shape: [3], p: never, replace: false }),
      'random.choice: too many choices without replacement: expected at most 2, which have a probability above 0, got 3',
    ],
    'choice from too few slices that are possible': [
      () => random.choice(key, tensor([10, 20, 30]), { shape: [3, 1], p: tensor([1, 0, 0]), replace: false }),
      'random.choice: too many choices without replacement: expected at most 1, which have a probability above 0, got 3',
    ],
    'choice with probabilities whose sum overflows': [
      () => random.choice(key, 2, { p: tensor([3e38, 3e38]) }),
      'random.choice: invalid p: expected a finite sum, got Infinity',
    ],
    'categorical without a possible category': [
      () =>
        random.categorical(
          key,
          tensor([
            [0, 1],
            [-Infinity, -Infinity],
          ]),
        ),
      'random.categorical: no possible category: expected a logit above -Infinity, got only -Infinity along axis 1 of shape [2, 2]',
    ],
    'categorical with NaN': [
      () => random.categorical(key, tensor([0, NaN])),
      'random.categorical: invalid logits: expected numbers below Infinity, got NaN',
    ],
    'bernoulli with a probability above 1': [
      () => random.bernoulli(key, tensor([0.5, 1.5])),
      'random.bernoulli: invalid p: expected numbers in [0, 1], got 1.5',
    ],
    'bernoulli with NaN': [
      () => random.bernoulli(key, NaN, [2]),
      'random.bernoulli: invalid p: expected numbers in [0, 1], got NaN',
    ],
    'randint from an empty range': [
      () => random.randint(key, [2], 5, 5),
      'random.randint: invalid range: expected minval < maxval, got 5 and 5',
    ],
    'truncatedNormal between neighbours': [
      () => random.truncatedNormal(key, 1, 1 + 1e-9),
      'random.truncatedNormal: range too small: expected a float32 number between lower and upper, got 1 and 1.000000001',
    ],
  };
  test.each(Object.entries(impossible))('%s', (_name, [request, message]) => {
    expect(request).toThrow(RangeError);
    expect(request).toThrow(message);
  });
  test('in compiled functions, too', () => {
    const bernoulli = jit((p: Tensor) => random.bernoulli(key, p));
    const categorical = jit((logits: Tensor) => random.categorical(key, logits, { axis: 0 }));
    expect(bernoulli(tensor([0, 1])).toArray()).toEqual([0, 1]);
    expect(() => bernoulli(tensor([0, -1]))).toThrow(
      'random.bernoulli: invalid p: expected numbers in [0, 1], got -1',
    );
    expect(
      categorical(
        tensor([
          [-Infinity, 1],
          [0, -Infinity],
        ]),
      ).toArray(),
    ).toEqual([1, 0]);
    expect(() =>
      categorical(
        tensor([
          [-Infinity, 1],
          [-Infinity, 0],
        ]),
      ),
    ).toThrow(
      'random.categorical: no possible category: expected a logit above -Infinity, got only -Infinity along axis 0 of shape [2, 2]',
    );
  });
  test('and those that just can be met are', () => {
    const two = random.choice(key, 5, { shape: [2], p: never, replace: false }).data;
    expect([...two].sort()).toEqual([1, 3]);
    const tiny = random.choice(key, 3, { shape: [50], p: tensor([0, 0, 2 ** -149]) });
    expect(tiny.data.every((place) => place === 2)).toBe(true);
  });
});

describe('samplers', () => {
  const key = random.key(12);
  test('draw the same for a prefix and for another shape of the same size', () => {
    const six = [...random.normal(key, [6]).data];
    expect([...random.normal(key, [2, 3]).data]).toEqual(six);
    expect([...random.normal(key, [4]).data]).toEqual(six.slice(0, 4));
  });
  test('normal is what its definition gives, for 100,000 numbers', () => {
    const u = random.uniform(key, [100_000]).data;
    const central = [
      2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503,
      -0.00417768164, 0.246640727, 1.50140941,
    ];
    const tail = [
      -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
      0.00943887047, 1.00167406, 2.83297682,
    ];
    const low = -(1 - 2 ** -24);
    const expected = u.map((f) => {
      const x = Math.max(low, Math.fround(2 * f + low));
      const w = Math.fround(-Math.log1p(-Math.fround(x * x)));
      const t = w < 5 ? Math.fround(w - 2.5) : Math.fround(Math.fround(Math.sqrt(w)) - 3);
      const [first, ...rest] = (w < 5 ? central : tail).map(Math.fround);
      const p = rest.reduce((sum, c) => Math.fround(c + sum * t), first);
      return Math.fround(Math.fround(Math.SQRT2) * Math.fround(p * x));
    });
    expect(random.normal(key, [100_000]).data).toEqual(expected);
  });
  test('have the moments of their distributions', () => {
    const n = [100_000];
    expect(mean(random.normal(key, n)).item()).toBeCloseTo(0, 1);
    expect(std(random.normal(key, n)).item()).toBeCloseTo(1, 1);
    expect(mean(random.uniform(key, n, { minval: 2, maxval: 4 })).item()).toBeCloseTo(3, 1);
    expect(mean(random.bernoulli(key, 0.3, n)).item()).toBeCloseTo(0.3, 1);
    expect(mean(random.gumbel(key, n)).item()).toBeCloseTo(0.5772, 1);
    expect(std(random.truncatedNormal(key, -2, 2, n)).item()).toBeCloseTo(0.8796, 1);
  });
  test('stay within their bounds', () => {
    const within = (values: Float32Array, low: number, high: number): boolean =>
      values.every((value) => value >= low && value < high);
    expect(within(random.uniform(key, [10_000], { minval: -3, maxval: 5 }).data, -3, 5)).toBe(true);
    expect(within(random.randint(key, [10_000], -3, 5).data, -3, 5)).toBe(true);
    expect(within(random.truncatedNormal(key, -1, 2, [10_000]).data, -1, 2)).toBe(true);
    expect(within(random.truncatedNormal(key, 3, 6, [10_000]).data, 3, 6)).toBe(true);
    expect(random.normal(key, [10_000]).data.every(Number.isFinite)).toBe(true);
  });
  test('bernoulli is never true for p = 0 and always for p = 1', () => {
    expect(random.bernoulli(key, tensor([0, 1, 0, 1])).toArray()).toEqual([0, 1, 0, 1]);
  });
  test('permutation holds every element once, also of a tensor', () => {
    const order = random.permutation(key, 3000).data;
    expect([...order].sort((a, b) => a - b)).toEqual([...order.keys()]);
    expect(
      random
        .permutation(
          key,
          tensor([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
        )
        .data.reduce((a, b) => a + b),
    ).toBe(21);
    expect(random.permutation(key, 0).shape).toEqual([0]);
  });
  test('permutation and choice give the same compiled, in batches and in loops', () => {
    const weights = tensor([0.1, 0, 0.5, 0.4]);
    const rows = reshape(arange(12), [4, 3]);
    const samplers: ((k: random.Key, p: Tensor) => Tensor)[] = [
      (k) => random.permutation(k, 300),
      (k) => random.permutation(k, 1),
      (k) => random.permutation(k, rows, { axis: 1 }),
      (k, p) => random.choice(k, 4, { shape: [2, 5], p }),
      (k, p) => random.choice(k, 4, { shape: [3], p, replace: false }),
      (k) => random.choice(k, rows, { shape: [2], replace: false }),
      (k, p) => random.choice(k, rows, { p }),
    ];
    const keys = random.keys(key, 3);
    for (const sample of samplers) {
      const expected = random.split(key, 3).map((k) => sample(k, weights).toArray());
      const compiled = jit(sample);
      expect(random.split(key, 3).map((k) => compiled(k, weights).toArray())).toEqual(expected);
      expect(vmap((k: random.Key) => sample(k, weights))(keys).toArray()).toEqual(expected);
      expect(jit(vmap((k: random.Key) => sample(k, weights)))(keys).toArray()).toEqual(expected);
      const step = (count: Tensor, k: random.Key) => [count, sample(k, weights)] as const;
      expect(scan(step, tensor(0), keys)[1].toArray()).toEqual(expected);
    }
    const choose = jit((k: random.Key, p: Tensor) => random.choice(k, 2, { p }));
    expect(() => choose(key, tensor([1, -1]))).toThrow(
      'random.choice: invalid p: expected finite numbers ≥ 0, got -1',
    );
  });
  test('choice and categorical follow the probabilities', () => {
    const p = tensor([0, 0.25, 0.75]);
    const chosen = random.choice(key, 3, { shape: [10_000], p }).data;
    expect(chosen.includes(0)).toBe(false);
    expect(chosen.filter((c) => c === 2).length / 10_000).toBeCloseTo(0.75, 1);
    const drawn = random.categorical(key, tensor([-Infinity, 0, Math.log(3)]), { shape: [10_000] }).data;
    expect(drawn.filter((c) => c === 2).length / 10_000).toBeCloseTo(0.75, 1);
    const distinct = random.choice(key, 10, { shape: [2, 5], replace: false });
    expect(new Set(distinct.data).size).toBe(10);
    expect(new Set(random.choice(key, 3, { shape: [2], replace: false, p }).data)).toEqual(new Set([1, 2]));
    expect(
      random.choice(
        key,
        tensor([
          [1, 2],
          [3, 4],
        ]),
        { shape: [3] },
      ).shape,
    ).toEqual([3, 2]);
  });
});
