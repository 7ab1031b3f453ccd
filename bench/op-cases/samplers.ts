/** Random numbers. PyTorch draws others, but as many. */
import type { random } from '@mini/autograd';
import { type Autograd, LARGE, type OpCase } from './case.ts';

/** Samplers with a key and a shape. */
const SIMPLE = [
  'uniform',
  'normal',
  'bernoulli',
  'rademacher',
  'exponential',
  'laplace',
  'logistic',
  'gumbel',
  'cauchy',
] as const;

type Sampler = (key: random.Key, shape: readonly number[]) => ReturnType<typeof random.uniform>;

const sampler = (name: (typeof SIMPLE)[number]): OpCase => ({
  name: `random.${name}`,
  python: `random.${name}`,
  shapes: [],
  run: (m: Autograd, _args, key) =>
    name === 'bernoulli' ? m.random.bernoulli(key, 0.5, LARGE) : (m.random[name] as Sampler)(key, LARGE),
});

export const samplers = (): OpCase[] => [
  ...SIMPLE.map(sampler),
  {
    name: 'random.randint',
    python: 'random.randint',
    shapes: [],
    run: (m, _args, key) => m.random.randint(key, LARGE, 0, 10),
  },
  {
    name: 'random.truncatedNormal',
    shapes: [],
    run: (m, _args, key) => m.random.truncatedNormal(key, -2, 2, LARGE),
  },
  {
    name: 'random.categorical',
    shapes: [[1000, 100]],
    run: (m, [logits], key) => m.random.categorical(key, logits),
  },
  {
    name: 'random.choice of 100,000',
    shapes: [],
    run: (m, _args, key) => m.random.choice(key, 1000, { shape: [100_000] }),
  },
  {
    name: 'random.permutation of 100,000',
    python: 'random.permutation',
    shapes: [],
    isEagerOnly: true,
    run: (m, _args, key) => m.random.permutation(key, 100_000),
  },
  {
    name: 'random.bits',
    shapes: [],
    isEagerOnly: true,
    run: (m, _args, key) => m.tensor(m.random.bits(key, [1000])),
  },
  {
    name: 'random.split, and fold in',
    shapes: [],
    run: (m, _args, key) => m.random.uniform(m.random.foldIn(m.random.split(key)[1], 7), [8]),
  },
  {
    name: 'random.keys, 1,000',
    shapes: [],
    run: (m, _args, key) => m.vmap((own: random.Key) => m.random.uniform(own))(m.random.keys(key, 1000)),
  },
];
