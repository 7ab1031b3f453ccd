/** Tests transformations that wrap others or average: multiSteps, injectHyperparams, ema. */
import { describe, expect, test } from 'vitest';
import { debugKeys, div, jit, mul, random, sub, tensor, type Tensor, tree } from '@mini/autograd';
import * as nn from '../../src/index.ts';

const params = { w: tensor([1, -2]), b: tensor(0.5) };
type Params = typeof params;
const gradientAt = (i: number): Params => ({ w: tensor([0.25 * i, 0.5]), b: tensor(1 - i) });

describe('multiSteps', () => {
  const inner = nn.adam({ learningRate: nn.linearSchedule(0.1, 0, 4) });
  const made = nn.multiSteps(inner, 3);
  const run = (update: typeof made.update, steps: number) => {
    let [current, state] = [params, made.init(params)];
    for (let i = 0; i < steps; i++) [current, state] = update(current, gradientAt(i), state);
    return [current, state] as const;
  };
  test('takes a step with the mean of the gradients', () => {
    const mean = tree.map((a, b, c) => div(a.add(b).add(c), 3), gradientAt(0), gradientAt(1), gradientAt(2));
    const [expected, innerState] = inner.update(params, mean, inner.init(params));
    const [found, state] = run(made.update, 3);
    expect(tree.leaves(found).map((x) => x.toArray())).toEqual(tree.leaves(expected).map((x) => x.toArray()));
    expect([state.step.item(), state.miniStep.item()]).toEqual([3, 0]);
    expect(state.inner).toEqual({ step: innerState.step, mean: innerState.mean, square: innerState.square });
    expect(state.accumulated.w.toArray()).toEqual([0, 0]);
  });
  test('leaves parameters and state unchanged in between, also -0', () => {
    expect(run(made.update, 2)[0]).toEqual(params);
    expect(run(made.update, 5)[0]).toEqual(run(made.update, 3)[0]);
    const { init, update } = nn.multiSteps(nn.sgd({ learningRate: 1 }), 2);
    expect(Object.is(update(tensor(-0), tensor(1), init(tensor(-0)))[0].item(), -0)).toBe(true);
  });
  test('has the same bits compiled', () => {
    expect(run(jit(made.update), 7)).toEqual(run(made.update, 7));
  });
  test('continues the state of a run with more gradients for a step', () => {
    const [four, two] = [4, 2].map((every) => nn.multiSteps(nn.sgd({ learningRate: 1 }), every));
    let [w, state] = [tensor(1), four.init(tensor(1))];
    for (const g of [1, 2, 3]) [w, state] = four.update(w, tensor(g), state);
    [w, state] = two.update(w, tensor(6), state);
    // The mean of four gradients.
    expect([w.item(), state.miniStep.item()]).toEqual([-2, 0]);
  });
  test('counts the steps of an optimizer', () => {
    const { init, update } = nn.multiSteps(nn.sgd({ learningRate: 1 }), 2);
    let [w, state] = [tensor(1), init(tensor(1))];
    for (const g of [1, 2, 3]) [w, state] = update(w, tensor(g), state);
    expect([state.step.item(), state.inner.step.item()]).toEqual([3, 1]);
  });
  test('is a transformation of a transformation', () => {
    const part = nn.multiSteps(nn.scaleByLearningRate(1), 2);
    const whole = nn.optimizer(nn.chain(nn.clip(1), part));
    let [w, state] = [tensor(0), whole.init(tensor(0))];
    for (const g of [5, 0.5]) [w, state] = whole.update(w, tensor(g), state);
    expect(w.item()).toBe(-0.75);
    expect(() => nn.multiSteps(nn.scale(1), 0)).toThrow(
      'multiSteps: invalid every: expected an integer from 1 to 16777216, got 0',
    );
  });
});

test('radam takes steps of momentum while the length is 4, also if it stays 4', () => {
  const { init, update } = nn.radam({ learningRate: 0.1, beta2: 0.6, threshold: 4 });
  let [w, state] = [tensor(10), init(tensor(10))];
  for (let i = 0; i < 100; i++) [w, state] = update(w, tensor(1), state);
  expect(w.item()).toBeCloseTo(0, 3);
});

describe('injectHyperparams', () => {
  test('has a learning rate that can change, also without compiling again', () => {
    const made = nn.injectHyperparams(nn.adam)({ learningRate: 0.1, beta1: 0.5 });
    let traces = 0;
    const step = jit((p: Params, g: Params, s: nn.State<nn.AdamMemory & nn.HyperparamsMemory, Params>) => {
      traces++;
      return made.update(p, g, s);
    });
    const plain = (learningRate: number): nn.Optimizer => nn.adam({ learningRate, beta1: 0.5 });
    let [p, s] = step(params, gradientAt(2), made.init(params));
    let [q, t] = plain(0.1).update(params, gradientAt(2), plain(0.1).init(params));
    expect(p).toEqual(q);
    [p, s] = step(p, gradientAt(3), { ...s, hyperparams: { learningRate: tensor(0.01) } });
    [q, t] = plain(0.01).update(q, gradientAt(3), t);
    expect(p).toEqual(q);
    expect([traces, s.hyperparams.learningRate.item(), s.step.item()]).toEqual([1, Math.fround(0.01), 2]);
    expect(tree.structure(s).paths).toEqual(['hyperparams.learningRate', ...tree.structure(t).paths]);
  });
  test('works with functions of the caller', () => {
    const make = ({ learningRate }: { learningRate: number | nn.Schedule }): nn.Optimizer =>
      nn.optimizer(nn.chain(nn.clip(1), nn.scaleByLearningRate(learningRate)));
    const { init, update } = nn.injectHyperparams(make)({ learningRate: 2 });
    expect(update(tensor(0), tensor(5), init(tensor(0)))[0].item()).toBe(-2);
    expect(() => nn.injectHyperparams(nn.sgd)({ learningRate: 'x' as never })).toThrow(
      'injectHyperparams: invalid learningRate: expected a finite number ≥ 0, got "x"',
    );
  });
});

describe('averages', () => {
  test('emaOfParams averages the parameters after each step', () => {
    const made = nn.optimizer(nn.chain(nn.sgd({ learningRate: 0.5 }), nn.emaOfParams(0.75)));
    const plain = nn.sgd({ learningRate: 0.5 });
    let [p, s] = [params, made.init(params)];
    let [q, t] = [params, plain.init(params)];
    let average: Tensor = params.w;
    for (let i = 0; i < 4; i++) {
      [p, s] = jit(made.update)(p, gradientAt(i), s);
      [q, t] = plain.update(q, gradientAt(i), t);
      average = average.mul(0.75).add(q.w.mul(0.25));
    }
    expect(p).toEqual(q);
    expect(s.paramsEma.w.toArray()).toEqual(average.toArray());
  });
  test('the first average is not the storage of the parameters, which can be donated', () => {
    const made = nn.optimizer(nn.chain(nn.scale(-1), nn.emaOfParams(0.5)));
    const step = jit((p: Tensor, s: nn.State<nn.ParamsEmaMemory, Tensor>) => made.update(p, tensor([1]), s), {
      donate: [0, 1],
    });
    const first = tensor([3]).mul(1);
    expect(step(first, made.init(first))[1].paramsEma.item()).toBe(2.5);
  });
  test('ema corrects its start', () => {
    const { init, update } = nn.ema(0.9);
    const [first, state] = update(tensor(3), init(tensor(0)), tensor(0));
    const [second] = update(tensor(3), state, tensor(0));
    for (const x of [first, second]) expect(x.item()).toBeCloseTo(3, 6);
  });
});

test('clip and clipByGlobalNorm limit updates', () => {
  const gradients = { a: tensor([3, -0.5]), b: tensor(-4) };
  const of = (made: nn.Transformation): unknown => {
    const [updates] = made.update(gradients, made.init(gradients), gradients);
    return tree.map((x) => x.toArray(), updates);
  };
  expect(of(nn.clip(1))).toEqual({ a: [1, -0.5], b: -1 });
  expect(of(nn.clipByGlobalNorm(10))).toEqual(of(nn.identity()));
  const norm = nn.globalNorm(gradients);
  expect(of(nn.clipByGlobalNorm(1))).toEqual(tree.map((x) => x.toArray(), nn.clipByGlobalNorm(gradients, 1)));
  expect(sub(nn.globalNorm(nn.clipByGlobalNorm(gradients, 1)), 1).item()).toBeCloseTo(0, 6);
  expect(mul(norm, 1).item()).toBeGreaterThan(5);
  expect(() => nn.clipByGlobalNorm(gradients as never)).toThrow(
    /^clipByGlobalNorm: invalid maxNorm: expected a number > 0/,
  );
});

test('states can have random keys, also in multiSteps', () => {
  type State = { readonly key: random.Key };
  const noise = {
    init: (): State => ({ key: random.key(3) }),
    update: (gradients: Tensor, { key }: State): [Tensor, State] => {
      const [own, next] = random.split(key, 2);
      return [gradients.add(random.normal(own, gradients.shape)), { key: next }];
    },
  } as unknown as nn.Transformation<object>;
  const { init, update } = nn.multiSteps(nn.optimizer(nn.chain(noise, nn.scale(-1))), 2);
  const once = nn.optimizer(nn.chain(noise, nn.scale(-1)));
  for (const step of [update, jit(update)]) {
    const [zero, gradient] = [tensor([0, 0]), tensor([1, 2])];
    let [params, state] = step(zero, gradient, init(zero));
    expect(params.toArray()).toEqual([0, 0]);
    [params, state] = step(params, gradient, state);
    const [expected] = once.update(zero, gradient, once.init(zero));
    expect(params).toEqual(expected);
    // The next step has the next key.
    [params, state] = step(params, gradient, state);
    [params] = step(params, gradient, state);
    expect(params).not.toEqual(expected.mul(2));
  }
  // Each key is used once: only the last of two gradients uses it.
  debugKeys(true);
  try {
    let [params, state] = [tensor([0, 0]), init(tensor([0, 0]))];
    for (let i = 0; i < 5; i++) [params, state] = update(params, tensor([1, 2]), state);
    expect(state.miniStep.item()).toBe(1);
  } finally {
    debugKeys(false);
  }
});

test('injectHyperparams inside of itself keeps both rates', () => {
  const inner = nn.injectHyperparams(nn.sgd)({ learningRate: 5 });
  const outer = nn.injectHyperparams(({ learningRate }: { learningRate: number | nn.Schedule }) =>
    nn.optimizer(nn.chain(inner, nn.scaleByLearningRate(learningRate))),
  )({ learningRate: 0.5 });
  const state = outer.init(tensor(1));
  expect(state).toMatchObject({
    hyperparams: { learningRate: tensor(0.5) },
    hyperparams2: { learningRate: tensor(5) },
  });
  // The updates of the inner optimizer are -5 times the gradients.
  expect(outer.update(tensor(1), tensor(1), state)[0].item()).toBe(3.5);
});

test('a name that the state does not have is an error', () => {
  const { init, update } = nn.injectHyperparams(nn.adam)({ learningRate: 0.1 });
  const state = { ...init(tensor(1)), learningRate: tensor(0.5) };
  expect(() => update(tensor(1), tensor(1), state)).toThrow(
    'injectHyperparams.update: invalid state: expected { step, hyperparams, mean, square }, got { step,',
  );
  const other = nn.adam({ learningRate: 0.1 }).init(tensor(1));
  expect(() => nn.sgd({ learningRate: 0.1 }).update(tensor(1), tensor(1), other)).toThrow(
    'sgd.update: invalid state: expected { step }, got { step, mean, square }',
  );
});
