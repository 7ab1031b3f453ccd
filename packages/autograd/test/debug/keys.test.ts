import { afterEach, describe, expect, test } from 'vitest';
import { type Tensor, add, debugKeys, debugNaNs, jit, ones, random, tensor } from '../../src/index.ts';

afterEach(() => {
  debugNaNs(false);
  debugKeys(false);
});

const messageOf = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

const LINES = (await import('node:fs')).readFileSync(new URL(import.meta.url), 'utf8').split('\n');

describe('debugKeys', () => {
  test('names both places', () => {
    debugKeys(true);
    const key = random.key(3);
    random.normal(key, [2]); // here is the first use
    const message = messageOf(() => random.uniform(key, [2])); // here is the second use
    expect(message).toMatch(
      /^random\.uniform: key used twice: expected a new key, got one that was used by random\.normal, at .*; split it, at /,
    );
    const lines = [...message.matchAll(/\w+\.test\.ts:(\d+)/g)].map(([, line]) => LINES[Number(line) - 1]);
    expect(lines.some((line) => line.includes('// here is the first use'))).toBe(true);
    expect(lines.some((line) => line.includes('// here is the second use'))).toBe(true);
  });
  test('lets children, folded keys and keys made anew be used', () => {
    debugKeys(true);
    const key = random.key(3);
    const [a, b] = random.split(key);
    random.normal(a);
    random.normal(b);
    random.normal(random.foldIn(random.key(3), 1));
    const root = random.key(4);
    for (let i = 0; i < 3; i++) random.normal(random.foldIn(root, i));
    random.normal(root);
    expect(() => random.split(root)).toThrow(
      'random.split: key used twice: expected a new key, got one that was used by random.normal',
    );
    expect(() => random.normal(a)).toThrow('key used twice');
  });
  test('counts every sampler as one use', () => {
    debugKeys(true);
    const samplers: Readonly<Record<string, (key: random.Key) => unknown>> = {
      bits: (key) => random.bits(key, [2]),
      uniform: (key) => random.uniform(key, [2], { minval: 1, maxval: 2 }),
      normal: (key) => random.normal(key, [2]),
      truncatedNormal: (key) => random.truncatedNormal(key, -1, 1, [2]),
      randint: (key) => random.randint(key, [2], 0, 9),
      bernoulli: (key) => random.bernoulli(key, 0.5, [2]),
      permutation: (key) => random.permutation(key, 2000),
      choice: (key) => [random.choice(key, 5)],
      gumbel: (key) => random.gumbel(key, [2]),
      categorical: (key) => random.categorical(key, tensor([0, 1])),
    };
    for (const [name, sample] of Object.entries(samplers)) {
      const key = random.key(1);
      sample(key);
      expect(messageOf(() => sample(key))).toMatch(
        /^random\.\w+: key used twice: expected a new key, got one that was used by random\.\w+, at /,
      );
      expect(() => random.normal(key), name).toThrow('key used twice');
    }
    const weighted = random.key(1);
    random.choice(weighted, 3, { p: tensor([0.5, 0.25, 0.25]), shape: [2] });
    random.choice(random.key(1), 3, { p: tensor([0.5, 0.25, 0.25]), shape: [2], replace: false });
    expect(() => random.normal(weighted)).toThrow('one that was used by random.choice');
  });
  test('does not count a call that is refused', () => {
    debugKeys(true);
    const key = random.key(0);
    expect(() => random.normal(key, [-1])).toThrow(
      'random.normal: invalid size 0 of shape [-1]: expected an integer ≥ 0, got -1',
    );
    random.normal(key, [1]);
  });
  test('sees the keys that a compiled function uses', () => {
    debugKeys(true);
    const noisy = jit((x: Tensor, key: random.Key) => {
      const [a, b] = random.split(key);
      return add(add(x, random.normal(a, [2])), random.normal(b, [2]));
    });
    const [first, second] = random.split(random.key(0));
    noisy(ones([2]), first);
    noisy(ones([2]), second);
    expect(messageOf(() => noisy(ones([2]), second))).toMatch(
      /^random\.split: key used twice: expected a new key, got one that was used by random\.split, at /,
    );
    const twice = jit((key: random.Key) => add(random.normal(key), random.uniform(key)));
    expect(() => twice(random.key(0))).toThrow(
      'random.uniform: key used twice: expected a new key, got one that was used by random.normal',
    );
  });
  test('sees a key that a compiled function closes over', () => {
    debugKeys(true);
    const key = random.key(0);
    const constant = jit((x: Tensor) => add(x, random.normal(key, [2])));
    constant(ones([2]));
    expect(() => constant(ones([2]))).toThrow('random.normal: key used twice');
    const made = jit((x: Tensor) => add(x, random.normal(random.foldIn(key, 1), [2])));
    made(ones([2]));
    made(ones([2]));
    const anew = jit((x: Tensor) => add(x, random.normal(random.key(0), [2])));
    anew(ones([2]));
    anew(ones([2]));
  });
  test('is off by default', () => {
    const key = random.key(0);
    expect(random.normal(key).item()).toBe(random.normal(key).item());
    expect(() => debugKeys('yes' as never)).toThrow(
      'debugKeys: invalid enabled: expected true or false, got "yes"',
    );
  });
});
