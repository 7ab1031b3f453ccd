import { describe, expect, test } from 'vitest';
import { jit, mul, tensor, type Tensor, tree } from '@mini/autograd';
import * as nn from '../../src/index.ts';
import { chain, masked, multiSteps, optimizer } from '../../src/index.ts';

const params = { w: tensor([1, -2]), b: tensor(0.5) };
const gradients = { w: tensor([0.3, 0.7]), b: tensor(-1) };

const train = (made: nn.Optimizer, steps: number): typeof params => {
  let [current, state] = [params, made.init(params)];
  for (let i = 0; i < steps; i++) [current, state] = made.update(current, gradients, state);
  return current;
};

describe('chain', () => {
  test('makes the optimizers of this package, with their states and bits', () => {
    const made = optimizer(chain(nn.scaleByAdam(), nn.addDecayedWeights(0.1), nn.scaleByLearningRate(0.03)));
    const own = nn.adamw({ learningRate: 0.03, weightDecay: 0.1 });
    expect(tree.structure(made.init(params)).paths).toEqual(tree.structure(own.init(params)).paths);
    expect(train(made, 5)).toEqual(train(own, 5));
  });
  test('takes optimizers as parts, and nests', () => {
    const flat = chain(nn.clipByGlobalNorm(1), nn.adam({ learningRate: 0.1 }), nn.scale(2));
    const nested = chain(chain(nn.clipByGlobalNorm(1)), chain(nn.adam({ learningRate: 0.1 }), nn.scale(2)));
    expect(train(optimizer(flat), 3)).toEqual(train(optimizer(nested), 3));
    expect(train(optimizer(nn.adam()), 2)).toEqual(train(nn.adam(), 2));
    expect(train(optimizer(chain()), 1)).toEqual({
      w: tensor([2, -1]).add(tensor([-0.7, -0.3])),
      b: tensor(-0.5),
    });
  });
  test('numbers the names that several parts have, in the order of the parts', () => {
    const names = (made: nn.Transformation): string => Object.keys(made.init(params)).sort().join();
    const [fast, slow] = [nn.trace(0.5), nn.trace(0.9)];
    expect(names(chain(fast, slow, nn.scaleByAdam()))).toBe('mean,square,step,velocity,velocity2');
    expect(names(chain(chain(fast, slow), slow))).toBe('velocity,velocity2,velocity3');
    expect(names(chain(fast, chain(slow, slow)))).toBe('velocity,velocity2,velocity3');
    const [updates] = chain(fast, slow).update(
      tensor(1),
      { velocity: tensor(2), velocity2: tensor(10) } as never,
      tensor(0),
    );
    expect(updates.item()).toBeCloseTo(0.9 * 10 + 2, 5);
  });
  test('can update a state that another chain made', () => {
    const make = (): nn.Optimizer => optimizer(chain(nn.trace(0.5), nn.trace(0.9), nn.scale(-1)));
    const [first, second] = [make(), make()];
    const state = first.init(params);
    expect(second.update(params, gradients, state)).toEqual(first.update(params, gradients, state));
  });
  test('passes schedules the step, which all parts share', () => {
    const steps: number[] = [];
    const watch =
      (factor: number): nn.Schedule =>
      (step: Tensor) => (steps.push(step.item()), tensor(factor));
    const made = optimizer(chain(nn.scaleBySchedule(watch(2)), nn.scaleByLearningRate(watch(0.5))));
    expect(tree.structure(made.init(params)).paths).toEqual(['step']);
    expect(train(made, 2).b.item()).toBe(2.5);
    expect(steps).toEqual([0, 0, 1, 1]);
  });
  test('takes transformations of the caller', () => {
    const flip: nn.Transformation = {
      init: () => ({}),
      update: (g, state) => [tree.map((x) => mul(x, -1), g), state],
    };
    expect(train(optimizer(chain(flip, nn.scale(1))), 1).b.item()).toBe(1.5);
    const bad = chain({ init: () => ({}), update: () => 3 as never });
    expect(() => bad.update(gradients, bad.init(params), params)).toThrow(
      'chain.update: invalid result of part 0: expected [updates, state], got 3',
    );
    expect(() => chain(3 as never)).toThrow('chain: invalid part 0: expected an object, got 3');
  });
});

describe('the order of arguments', () => {
  const loose = (made: object): ((...args: readonly unknown[]) => unknown) =>
    (made as { update: (...args: readonly unknown[]) => unknown }).update;
  test.each([
    ['sgd', nn.sgd({ learningRate: 1 })],
    ['adam', nn.adam()],
    ['lion', nn.lion({ learningRate: 1 })],
    ['optimizer', optimizer(nn.scale(1))],
  ])('of optax is an error of %s', (name, made) => {
    expect(() => loose(made)(gradients, made.init(params), params)).toThrow(
      `${name}.update: expected (params, gradients, state), got (gradients, state, params), the order of optax`,
    );
  });
  test.each([
    ['scaleByAdam', nn.scaleByAdam()],
    ['scale', nn.scale(1)],
    ['scaleBySchedule', nn.scaleBySchedule(nn.constantSchedule(1))],
    ['chain', chain(nn.trace(0.5), nn.scale(1))],
    ['masked', masked(nn.scale(1), true)],
    ['multiSteps', multiSteps(nn.scale(1), 2)],
  ])('of an optimizer is an error of %s', (name, made: nn.Transformation) => {
    expect(() => loose(made)(params, gradients, made.init(params))).toThrow(
      `${name}.update: expected (gradients, state, params), got (params, gradients, state), the order of an optimizer`,
    );
  });
  test('is not the reason for other errors', () => {
    expect(() => loose(nn.adam())(params, gradients)).toThrow(
      'adam.update: invalid state: expected an object, got undefined',
    );
    expect(() => nn.adam().update(params, gradients, { step: tensor(0) } as never)).toThrow(
      'adam.update: invalid state: expected { step, mean, square }, got { step }',
    );
  });
});

describe('masked', () => {
  const isKernel: nn.Mask = (all: unknown) => tree.mapWithPath((path) => !path.endsWith('b'), all);
  test.each([
    ['a tree', { w: true, b: false }],
    ['a function', isKernel],
  ])('applies a transformation where %s is true', (_name, mask) => {
    const made = masked(nn.scale(2), mask);
    const [updates] = made.update(gradients, made.init(params), params);
    expect(updates).toEqual({ w: mul(gradients.w, 2), b: gradients.b });
  });
  test('keeps a state only of those parameters', () => {
    const made = masked(nn.scaleByAdam(), { w: true, b: false });
    expect(tree.structure(made.init(params)).paths).toEqual(['mean.w', 'square.w', 'step']);
    const both = optimizer(
      chain(
        masked(nn.trace(0.5), { w: true, b: false }),
        masked(nn.trace(0.9), { w: false, b: true }),
        nn.scale(-1),
      ),
    );
    const [half, most] = [
      nn.sgd({ learningRate: 1, momentum: 0.5 }),
      nn.sgd({ learningRate: 1, momentum: 0.9 }),
    ];
    expect(train(both, 3)).toEqual({ w: train(half, 3).w, b: train(most, 3).b });
    const step = jit(both.update);
    expect(step(params, gradients, both.init(params))).toEqual(
      both.update(params, gradients, both.init(params)),
    );
  });
  test('has booleans for whole branches, lists and missing parts', () => {
    const nested = { layers: [params, params] as const, nothing: null };
    const made = masked(nn.setToZero(), { layers: [true, { w: false, b: true }], nothing: null });
    const [updates] = made.update(nested, made.init(nested), nested);
    expect(tree.map((x) => x.toArray(), updates)).toEqual({
      layers: [
        { w: [0, 0], b: 0 },
        { w: [1, -2], b: 0 },
      ],
      nothing: null,
    });
  });
  test.each([
    ['adamw', nn.adamw({ learningRate: 1, weightDecay: 0.5, mask: isKernel })],
    ['lion', nn.lion({ learningRate: 1, weightDecay: 0.5, mask: isKernel })],
    ['lamb', nn.lamb({ learningRate: 1, weightDecay: 0.5, mask: { w: true, b: false } })],
  ])('is an option of %s: no decay of biases', (_name, made) => {
    const zeros = tree.map((x) => mul(x, 0), params);
    const [next] = made.update(params, zeros, made.init(params));
    expect(next.b.item()).toBe(0.5);
    expect(next.w.toArray()).not.toEqual([1, -2]);
  });
  test('names what is wrong', () => {
    const use = (mask: unknown) => (): unknown => masked(nn.scale(1), mask as nn.Mask).init(params);
    expect(use(3)).toThrow(
      'masked: invalid mask: expected true or false, a tree of them or a function of params, got 3',
    );
    expect(use({ w: true })).toThrow(/^masked\.init: mask and params differ: expected/);
    expect(use({ w: 1, b: true })).toThrow('masked.init: invalid mask at w: expected true or false, got 1');
    expect(use(() => 'yes')).toThrow('masked.init: invalid mask: expected true or false, got "yes"');
  });
});
