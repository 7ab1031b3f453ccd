/** What the type checker accepts in functions for any network. */
import { expect, expectTypeOf, test } from 'vitest';
import { grad, jit, random, relu, type Tensor, tensor, tree } from '@mini/autograd';
import { adam, Dense, meanSquaredError, type Module, type Optimizer, Sequential } from '../src/index.ts';

/** One step of gradient descent, for a network of any parameters. */
function train<P>(net: Module<P>, params: P, x: Tensor, y: Tensor): P {
  const gradients = grad((p: P) => meanSquaredError(net.apply(p, x), y))(params);
  return tree.map((w, g) => w.sub(g.mul(0.1)), params, gradients);
}

/** Many steps of any optimizer, compiled. */
function optimize<P, S>(net: Module<P>, params: P, optimizer: Optimizer<S>, x: Tensor, y: Tensor): P {
  const loss = (p: P): Tensor => meanSquaredError(net.apply(p, x), y);
  let memory = optimizer.init(params);
  const step = jit((p: P, m: typeof memory) => optimizer.update(p, grad(loss)(p), m));
  let now = params;
  for (let i = 0; i < 50; i++) [now, memory] = step(now, memory);
  return now;
}

test('a step for any network keeps the type of its parameters', () => {
  const net = Sequential({ hidden: Dense(4), relu, out: Dense(1) });
  const [x, y] = [tensor([[1], [2]]), tensor([[2], [4]])];
  const params = net.init(random.key(0), x.shape);
  const next = train(net, params, x, y);
  expectTypeOf(next).toEqualTypeOf(params);
  const best = optimize(net, params, adam({ learningRate: 0.05 }), x, y);
  expectTypeOf(best).toEqualTypeOf(params);
  const lossOf = (p: typeof params): number => meanSquaredError(net.apply(p, x), y).item();
  expect(lossOf(next)).toBeLessThan(lossOf(params));
  expect(lossOf(best)).toBeLessThan(lossOf(next));
});

/** A network with one or two layers. */
const build = (isDeep: boolean) => Sequential({ first: Dense(3), ...(isDeep ? { second: Dense(2) } : {}) });

test('a layer can be optional', () => {
  for (const isDeep of [false, true]) {
    const net = build(isDeep);
    const params = net.init(random.key(0), [1, 2]);
    expectTypeOf(params.second).toEqualTypeOf<typeof params.first | undefined>();
    expect(params.first.kernel.shape).toEqual([2, 3]);
    expect(params.second?.kernel.shape).toEqual(isDeep ? [3, 2] : undefined);
    expect(net.apply(params, tensor([[1, 2]])).shape).toEqual([1, isDeep ? 2 : 3]);
  }
});
