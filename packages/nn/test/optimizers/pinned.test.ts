/** Pins the bits of optimizers, so that training continues from saved states unchanged. */
import { expect, test } from 'vitest';
import { mul, type Tensor, tensor, tree } from '@mini/autograd';
import {
  adam,
  adamw,
  constantSchedule,
  cosineDecay,
  type Optimizer,
  sgd,
  type State,
  warmup,
} from '../../src/index.ts';

const optimizers: Readonly<Record<string, unknown>> = {
  sgd: sgd({ learningRate: 0.1 }),
  'sgd with decay and schedule': sgd({ learningRate: cosineDecay(0.3, 7), weightDecay: 0.01 }),
  'sgd with momentum': sgd({ learningRate: 0.1, momentum: 0.9 }),
  'sgd with everything': sgd({
    learningRate: (step: Tensor) => mul(0.1, step),
    momentum: 0.7,
    nesterov: true,
    weightDecay: 0.3,
  }),
  adam: adam({ learningRate: 0.03 }),
  'adam with options': adam({
    learningRate: warmup(constantSchedule(0.3), 3),
    beta1: 0.8,
    beta2: 0.95,
    epsilon: 1e-3,
  }),
  adamw: adamw({ learningRate: 0.03, weightDecay: 0.1 }),
  'adamw with a schedule': adamw({ learningRate: cosineDecay(0.3, 5, 0.01) }),
};

/** The bits of parameters and state after five steps, in the order of the leaves. */
const bits: Readonly<Record<string, string>> = {
  sgd: '3f0e147a 3f733333 c00a3ab5 40a00000',
  'sgd with decay and schedule': '3ed281d3 3f81ed97 c018f71f 40a00000',
  'sgd with momentum': '3e905a70 3f8cdb0d c0211ece 40a00000 bf5a786c 3f2aca58 3f99b7be',
  'sgd with everything': '3f854be9 be8fb1ae bf99ae72 40a00000 bf3da8fa 3fbde3be bf534e1b',
  adam: '3ee0c35e 3f88266b c0087368 bdaec6c1 3d88a1e2 3df5f2cf 3b393b21 3a78b178 3a3b5a7a 40a00000',
  'adam with options':
    '3f049431 3f806ff5 c02dc8dc be5512ea 3e1f16b0 3e37590f 3e0257a9 3d360e6a 3cf690c2 40a00000',
  adamw: '3edd4bfc 3f8626be c0067d0f bdaec6c1 3d88a1e2 3df5f2cf 3b393b21 3a78b178 3a3b5a7a 40a00000',
  'adamw with a schedule':
    'be01a554 3fd2d2d3 c0364233 bdaec6c1 3d88a1e2 3df5f2cf 3b393b21 3a78b178 3a3b5a7a 40a00000',
};

const bitsOf = (trees: unknown): string =>
  tree
    .leaves(trees)
    .flatMap((x) => [...new Uint32Array(x.data.slice().buffer)].map((word) => word.toString(16)))
    .join(' ');

test.each(Object.keys(optimizers))('%s keeps its bits', (name) => {
  const optimizer = optimizers[name] as Optimizer<object>;
  let params = { w: tensor([1, -2]), b: tensor(0.5) };
  let state: State<object, typeof params> = optimizer.init(params);
  [1, 0.5, -0.4, -1, -0.65].forEach((slope, i) => {
    const gradients = { w: tensor([0.3 * i - 0.5, 0.7 / (i + 1)]), b: tensor(slope) };
    [params, state] = optimizer.update(params, gradients, state);
  });
  expect(bitsOf([params, state])).toBe(bits[name]);
});

test('states have the names of earlier versions', () => {
  const paths = (name: string): readonly string[] =>
    tree.structure((optimizers[name] as Optimizer<object>).init(tensor([1]))).paths;
  expect(Object.keys(optimizers).map(paths)).toEqual([
    ['step'],
    ['step'],
    ['step', 'velocity'],
    ['step', 'velocity'],
    ...Array.from({ length: 4 }, () => ['mean', 'square', 'step']),
  ]);
});
