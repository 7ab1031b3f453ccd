/** Tests the types of optimizers and transformations: the compiler checks this file. */
import { expect, expectTypeOf, test } from 'vitest';
import { type Tensor, tensor } from '@mini/autograd';
import * as nn from '../../src/index.ts';

const params = { w: tensor([1, 2]), b: tensor(0) };
type Params = typeof params;

test('optimizers of all kinds fit a variable', () => {
  let o: nn.Optimizer = nn.sgd({ learningRate: 0.1 });
  const results = [o.update(params, params, o.init(params))];
  for (const other of [
    nn.adam(),
    nn.sgd({ learningRate: 0.1, momentum: 0.5 }),
    nn.optimizer(nn.scale(-1)),
    nn.multiSteps(nn.lion({ learningRate: 0.1 }), 2),
    nn.injectHyperparams(nn.adam)({ learningRate: 0.1 }),
  ]) {
    o = other;
    results.push(o.update(params, params, o.init(params)));
  }
  expectTypeOf(results[0][0]).toEqualTypeOf<Params>();
  expect(results.map(([, state]) => state.step.item())).toEqual([1, 1, 1, 1, 1, 1]);
});

test('states have the trees of their parts', () => {
  const state = nn.adam().init(params);
  expectTypeOf(state.mean).toEqualTypeOf<Params>();
  expectTypeOf(state.step).toEqualTypeOf<Tensor>();
  const chained = nn
    .chain(nn.clipByGlobalNorm(1), nn.trace(0.5), nn.adam(), nn.emaOfParams(0.9))
    .init(params);
  expectTypeOf(chained.velocity).toEqualTypeOf<Params>();
  expectTypeOf(chained.square).toEqualTypeOf<Params>();
  expectTypeOf(chained.paramsEma).toEqualTypeOf<Params>();
  const steps = nn.multiSteps(nn.adam(), 2).init(params);
  expectTypeOf(steps.miniStep).toEqualTypeOf<Tensor>();
  expectTypeOf(steps.inner.mean).toEqualTypeOf<Params>();
  const injected = nn.injectHyperparams(nn.adam)({ learningRate: 1 }).init(params);
  expectTypeOf(injected.hyperparams.learningRate).toEqualTypeOf<Tensor>();
  expectTypeOf(injected.square.b).toEqualTypeOf<Tensor>();
  // @ts-expect-error -- sgd without momentum has no velocity
  expect(nn.sgd({ learningRate: 1 }).init(params).velocity).toBeUndefined();
});

test('a transformation is not an optimizer, and an optimizer is not a transformation', () => {
  // @ts-expect-error -- a transformation has another order
  const a: nn.Optimizer = nn.scaleByAdam();
  // @ts-expect-error -- a transformation has another order
  const b: nn.Optimizer = nn.scale(1);
  // @ts-expect-error -- an optimizer has another order
  const c: nn.Transformation = nn.adam();
  expect([a, b, c].length).toBe(3);
});

test('the order of arguments is checked', () => {
  const { init, update } = nn.adam();
  const transformation = nn.scaleByAdam();
  expect(() => {
    // @ts-expect-error -- the order of optax
    update(params, init(params), params);
  }).toThrow('adam.update: expected (params, gradients, state)');
  expect(() => {
    // @ts-expect-error -- the order of an optimizer
    transformation.update(params, params, transformation.init(params));
  }).toThrow('scaleByAdam.update: expected (gradients, state, params)');
});
