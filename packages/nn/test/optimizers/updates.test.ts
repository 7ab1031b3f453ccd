/** Optimizers: updates, states and errors. */
import { describe, expect, test } from 'vitest';
import { grad, jit, mul, sub, type Tensor, tensor, tree, zerosLike } from '@mini/autograd';
import {
  adam,
  type AdamMemory,
  adamw,
  clipByGlobalNorm,
  globalNorm,
  type Optimizer,
  sgd,
  lars,
  type State,
} from '../../src/index.ts';

/** Applies Adam to a parameter that starts at 0, in double precision. */
const exactAdam = (gradients: readonly number[], rate: number): number => {
  let [w, mean, square] = [0, 0, 0];
  gradients.forEach((g, i) => {
    mean = 0.9 * mean + 0.1 * g;
    square = 0.999 * square + 0.001 * g * g;
    const [correction1, correction2] = [1 - 0.9 ** (i + 1), 1 - 0.999 ** (i + 1)];
    w -= (rate * mean) / correction1 / (Math.sqrt(square / correction2) + 1e-8);
  });
  return w;
};

describe('optimizers', () => {
  const params = { w: tensor([1, -2]), b: tensor(0.5) };
  const gradients = { w: tensor([0.1, 0.2]), b: tensor(-1) };
  const run = <S>(optimizer: Optimizer<S>, steps: number): number[] => {
    let [current, state] = [params, optimizer.init(params)];
    for (let i = 0; i < steps; i++) [current, state] = optimizer.update(current, gradients, state);
    return [...current.w.data, current.b.item()];
  };
  const close = (found: number[], expected: number[]): void =>
    found.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));

  test('sgd', () => close(run(sgd({ learningRate: 0.1 }), 2), [0.98, -2.04, 0.7]));
  test('sgd with momentum', () =>
    close(run(sgd({ learningRate: 0.1, momentum: 0.9 }), 2), [0.971, -2.058, 0.79]));
  test('sgd with Nesterov momentum', () =>
    close(run(sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }), 1), [0.981, -2.038, 0.69]));
  test('sgd with weight decay', () =>
    close(run(sgd({ learningRate: 0.1, weightDecay: 0.5 }), 1), [0.94, -1.92, 0.575]));
  test('sgd with weight decay where a mask is true', () => {
    const weights = { kernel: tensor(2), bias: tensor(2) };
    const mask = { kernel: true, bias: false };
    const { init, update } = sgd({ learningRate: 0.1, weightDecay: 0.5, mask });
    const [next] = update(weights, tree.map(zerosLike, weights), init(weights));
    expect([next.kernel.item(), next.bias.item()]).toEqual([Math.fround(1.9), 2]);
    expect(() => sgd({ learningRate: 1, mask: 5 as never })).toThrow(/^sgd: invalid mask: /);
    expect(() => lars({ learningRate: 1, weightDecayMask: 5 as never })).toThrow(
      /^lars: invalid weightDecayMask: /,
    );
  });
  test('adam moves by the learning rate at first', () =>
    close(run(adam({ learningRate: 0.1 }), 3), [0.7, -2.3, 0.8]));
  test('adam corrects its means without losing digits', () => {
    for (const [beta1, beta2] of [
      [0.9, 0.999],
      [0, 0.999],
      [0.99, 0.9999999],
    ])
      for (const optimizer of [
        adam({ learningRate: 1, beta1, beta2 }),
        adamw({ learningRate: 1, beta1, beta2, weightDecay: 0 }),
      ]) {
        // A constant gradient moves the parameter by 1 / (1 + epsilon) in each step.
        let [w, state] = [tensor(0), optimizer.init(tensor(0))];
        for (let i = 1; i <= 3; i++) {
          [w, state] = optimizer.update(w, tensor(1), state);
          expect(Math.abs(w.item() + i / (1 + 1e-8))).toBeLessThan(4e-7);
        }
      }
    let [w, state] = [tensor(0), adam().init(tensor(0))];
    const optimizer = adam({ learningRate: 0.1 });
    for (let i = 1; i <= 4; i++) [w, state] = optimizer.update(w, tensor(i), state);
    expect(w.item()).toBeCloseTo(exactAdam([1, 2, 3, 4], 0.1), 6);
  });
  test('adam keeps its steps over many updates with the same gradient', () => {
    const optimizer = adam({ learningRate: 1, epsilon: 0 });
    const step = jit((w: Tensor, s: State<AdamMemory, Tensor>) => optimizer.update(w, tensor(1), s));
    let [w, state] = [tensor(0), optimizer.init(tensor(0))];
    for (let i = 1; i <= 5000; i++) [w, state] = step(tensor(0), state);
    expect(Math.abs(w.item() + 1)).toBeLessThan(1e-6);
  });
  test('adamw also decays weights', () =>
    close(run(adamw({ learningRate: 0.1, weightDecay: 0.5 }), 1), [0.85, -2.0, 0.575]));
  test('call a schedule with the step', () => {
    const rates: number[] = [];
    const optimizer = sgd({ learningRate: (step) => (rates.push(step.item()), mul(step, 0.1)) });
    close(run(optimizer, 3), [0.97, -2.06, 0.8]);
    expect(rates).toEqual([0, 1, 2]);
  });
  test('keep their state a tree of tensors', () => {
    expect(tree.structure(adam().init(params)).paths).toEqual([
      'mean.b',
      'mean.w',
      'square.b',
      'square.w',
      'step',
    ]);
    expect(tree.structure(sgd({ learningRate: 1 }).init(params)).paths).toEqual(['step']);
  });
  test('reject step counts that float32 cannot represent, eager and compiled', () => {
    for (const optimizer of [
      sgd({ learningRate: 0.1 }),
      sgd({ learningRate: 0.1, momentum: 0.9 }),
      adam(),
      adamw(),
    ] as Optimizer<object>[]) {
      const compiled = jit(
        (p: typeof params, state: State<object, typeof params>) => optimizer.update(p, gradients, state),
        { donate: [0, 1] },
      );
      const last = { ...optimizer.init(params), step: tensor(2 ** 24 - 1) };
      expect(optimizer.update(params, gradients, last)[1].step.item()).toBe(2 ** 24);
      const [p, state] = compiled(
        tree.map((x) => mul(x, 1), params),
        last,
      );
      expect(state.step.item()).toBe(2 ** 24);
      const before = tree.leaves([p, state]).map((x) => x.toArray());
      for (const update of [compiled, (): unknown => optimizer.update(p, gradients, state)])
        expect(() => update(p, state)).toThrow(
          /^(sgd|adamw?)\.update: invalid step: expected an integer from 0 to 16777215, .*, got 16777216$/,
        );
      // The error does not change donated arguments.
      expect(tree.leaves([p, state]).map((x) => x.toArray())).toEqual(before);
    }
  });
  test('reject invalid rates, and gradients of another structure or shape', () => {
    expect(() => sgd({ learningRate: -1 })).toThrow(
      'sgd: invalid learningRate: expected a finite number ≥ 0, got -1',
    );
    expect(() => sgd({ learningRate: 1, momentum: 1 })).toThrow(
      'sgd: invalid momentum: expected a number in [0, 1), got 1',
    );
    expect(() => adam({ learningRate: NaN })).toThrow(
      'adam: invalid learningRate: expected a finite number ≥ 0, got NaN',
    );
    expect(() =>
      sgd({ learningRate: 1 }).update(params, { w: tensor(1) } as never, { step: tensor(0) }),
    ).toThrow('sgd.update: gradients: trees differ: expected b in all trees, got one without it');
    expect(() => adam().update(tensor([1, 2]), tensor(1), adam().init(tensor([1, 2])))).toThrow(
      'adam.update: gradients and params have different shapes: expected [2], got []',
    );
    expect(() =>
      adam().update({ a: tensor([1]) }, { a: tensor(1) }, adam().init({ a: tensor([1]) })),
    ).toThrow('adam.update: gradients and params have different shapes at a: expected [1], got []');
    expect(() => sgd({ learningRate: '1' as never })).toThrow(
      'sgd: learningRate is not a rate: expected a number or a schedule, got "1"',
    );
    const vector = sgd({ learningRate: () => tensor([1]) });
    expect(() => vector.update(params, gradients, vector.init(params))).toThrow(
      'sgd.update: result of the schedule is not a scalar: expected shape [], got [1]',
    );
  });
  test('name the order of the arguments, which is not that of optax', () => {
    const update = adam().update as (...args: readonly unknown[]) => unknown;
    expect(() => update(gradients, adam().init(params), params)).toThrow(
      /^adam\.update: expected \(params, gradients, state\), got \(gradients, state, params\)/,
    );
  });
  test('find the minimum of a narrow valley', () => {
    const loss = (p: { x: Tensor; y: Tensor }): Tensor =>
      p.x.mul(p.x).add(sub(p.y, 3).mul(sub(p.y, 3)).mul(10));
    for (const optimizer of [
      sgd({ learningRate: 0.02, momentum: 0.8 }),
      adam({ learningRate: 0.1 }),
    ] as Optimizer<object>[]) {
      let current = { x: tensor(4), y: tensor(-1) };
      let state = optimizer.init(current);
      for (let i = 0; i < 300; i++) [current, state] = optimizer.update(current, grad(loss)(current), state);
      expect(current.x.item()).toBeCloseTo(0, 2);
      expect(current.y.item()).toBeCloseTo(3, 2);
    }
  });
});

describe('clipByGlobalNorm', () => {
  const gradients = { a: tensor([3]), b: tensor([4]) };
  test('scales gradients down to the norm, never up', () => {
    expect(globalNorm(gradients).item()).toBe(5);
    expect(globalNorm(clipByGlobalNorm(gradients, 1)).item()).toBeCloseTo(1, 6);
    expect(clipByGlobalNorm(gradients, 10)).toEqual(gradients);
    expect(clipByGlobalNorm({ a: tensor([0]) }, 1).a.toArray()).toEqual([0]);
    expect(() => clipByGlobalNorm(gradients, 0)).toThrow(
      'clipByGlobalNorm: invalid maxNorm: expected a number > 0, got 0',
    );
  });
});
