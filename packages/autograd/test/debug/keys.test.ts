import { afterEach, describe, expect, test } from 'vitest';
import {
  type Tensor,
  add,
  cond,
  debugKeys,
  debugNaNs,
  foriLoop,
  grad,
  jit,
  less,
  mul,
  ones,
  random,
  scan,
  tensor,
  vmap,
  whileLoop,
} from '../../src/index.ts';

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
  describe('in loops', () => {
    type Carry = { total: Tensor; key: random.Key };
    const start = (key: random.Key): Carry => ({ total: tensor(1), key });
    const once = ({ total, key }: Carry): Carry => ({ total: mul(total, random.normal(key)), key });
    const split = ({ total, key }: Carry): Carry => {
      const [own, next] = random.split(key);
      return { total: mul(total, random.normal(own)), key: next };
    };
    const steps = (f: (carry: Carry) => Carry, key: random.Key, length: number): Tensor =>
      scan((carry: Carry) => [f(carry), undefined] as const, start(key), undefined, { length })[0].total;
    const closed = (key: random.Key, length: number): Tensor =>
      scan((x: Tensor) => [mul(x, random.normal(key)), undefined] as const, tensor(1), undefined, {
        length,
      })[0];
    const inEachStep = 'key used in each step: expected a new key for each step';
    const inCarry = 'used key in the carry: expected a new key for the next step';
    test('throws for keys that several steps use', () => {
      debugKeys(true);
      expect(() => closed(random.key(0), 2)).toThrow(`scan: ${inEachStep}`);
      expect(() => jit((key: random.Key) => closed(key, 2))(random.key(0))).toThrow(inEachStep);
      expect(() => vmap((key: random.Key) => closed(key, 2))(random.keys(random.key(0), 3))).toThrow(
        inEachStep,
      );
      expect(() => steps(once, random.key(0), 2)).toThrow(`scan: ${inCarry}`);
      const key = random.key(0);
      const add1 = (_i: Tensor, x: Tensor): Tensor => add(x, random.uniform(key));
      expect(() => foriLoop(0, 3, add1, tensor(0))).toThrow(`foriLoop: ${inEachStep}`);
      const isSmall = ({ total }: Carry): Tensor => less(total, 0);
      expect(() => whileLoop(isSmall, once, start(random.key(0)))).toThrow(`whileLoop: ${inCarry}`);
    });
    test('lets steps use keys of their own, also in derivatives and batches', () => {
      debugKeys(true);
      closed(random.key(0), 1);
      steps(split, random.key(0), 3);
      jit((key: random.Key) => steps(split, key, 3))(random.key(0));
      vmap((key: random.Key) => steps(split, key, 3))(random.keys(random.key(0), 2));
      const root = random.key(0);
      foriLoop(0, 3, (i, x: Tensor) => add(x, random.normal(random.foldIn(root, i))), tensor(0));
      const noisy = (x: Tensor): Tensor => {
        const keys = random.keys(random.key(1), 3);
        return scan((c: Tensor, k: random.Key) => [mul(c, random.normal(k)), undefined] as const, x, keys)[0];
      };
      grad(noisy)(tensor(1));
      grad((x: Tensor) => mul(x, closed(random.key(0), 1)))(tensor(1));
    });
    test('counts a loop or a branch as one use', () => {
      debugKeys(true);
      const key = random.key(0);
      steps(split, key, 3);
      expect(() => random.normal(key)).toThrow('normal: key used twice');
      const other = random.key(0);
      const draw = (): Tensor => random.normal(other);
      const choose = jit((x: Tensor) => cond(x, draw, draw));
      choose(tensor(1));
      expect(() => random.normal(other)).toThrow('normal: key used twice');
      const last = scan((c: Carry) => [split(c), undefined] as const, start(random.key(2)), ones([3]))[0];
      random.normal(last.key);
    });
  });
  test('is off by default', () => {
    const key = random.key(0);
    expect(random.normal(key).item()).toBe(random.normal(key).item());
    expect(() => debugKeys('yes' as never)).toThrow(
      'debugKeys: invalid enabled: expected true or false, got "yes"',
    );
  });
});
