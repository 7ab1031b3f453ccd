/** Compares the steps of every optimizer with those of optax. */
import { describe, expect, test } from 'vitest';
import { dot, jit, matmul, mul, pow, sub, sum, type Tensor, tensor, valueAndGrad } from '@mini/autograd';
import * as nn from '../../src/index.ts';
import { distance, hasReference, readRows } from '../reference.ts';

interface Row {
  readonly id: string;
  /** [loss before, w, c] of each step. */
  readonly steps?: readonly (readonly [number, readonly number[], readonly number[]])[];
}

const optimizers: Readonly<Record<string, nn.Optimizer>> = {
  sgd: nn.sgd({ learningRate: 0.1 }),
  momentum: nn.sgd({ learningRate: 0.1, momentum: 0.9 }),
  nesterov: nn.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
  adam: nn.adam({ learningRate: 0.05 }),
  adamw: nn.adamw({ learningRate: 0.05, weightDecay: 0.1 }),
  adamax: nn.adamax({ learningRate: 0.05 }),
  nadam: nn.nadam({ learningRate: 0.05 }),
  radam: nn.radam({ learningRate: 0.05 }),
  rmsprop: nn.rmsprop({ learningRate: 0.05 }),
  rmsprop_momentum: nn.rmsprop({ learningRate: 0.05, momentum: 0.9 }),
  adagrad: nn.adagrad({ learningRate: 0.1 }),
  adadelta: nn.adadelta({ learningRate: 1 }),
  lion: nn.lion({ learningRate: 0.05, weightDecay: 0.1 }),
  lamb: nn.lamb({ learningRate: 0.05 }),
  lars: nn.lars({ learningRate: 0.1 }),
  adabelief: nn.adabelief({ learningRate: 0.05 }),
  yogi: nn.yogi({ learningRate: 0.05 }),
  amsgrad: nn.amsgrad({ learningRate: 0.05 }),
  sign_sgd: nn.signSgd({ learningRate: 0.05 }),
  clip_chain: nn.optimizer(nn.chain(nn.clipByGlobalNorm(1), nn.adam({ learningRate: 0.05 }))),
  ema: nn.optimizer(nn.chain(nn.ema(0.9), nn.scale(-0.1))),
};

/**
 * Optimizers that divide by 1 - 0.999ⁿ, which optax computes in float32 with a relative error of
 * 1e-5 at n = 1. This package keeps its digits.
 */
const CORRECTED = ['adam', 'adamw', 'nadam', 'radam', 'amsgrad', 'yogi', 'lamb', 'adabelief', 'clip_chain'];

/** Optimizers of optax that this package does not have. */
const NOT_COVERED = ['adafactor', 'adan', 'fromage', 'rprop', 'sm3'];

const [A, b] = [
  tensor([
    [3, 0.5],
    [0.5, 1],
  ]),
  tensor([1, -2]),
];
interface Params {
  readonly w: Tensor;
  readonly c: Tensor;
}
const loss = ({ w, c }: Params): Tensor => sum(pow(c, 4)).add(sub(mul(0.5, dot(w, matmul(A, w))), dot(b, w)));
const start: Params = {
  w: tensor([1, 2]),
  c: tensor([
    [0.5, -0.3],
    [0.2, 0.1],
  ]),
};

/** Returns [loss before, w, c] of 12 steps. */
const run = (optimizer: nn.Optimizer, compile: boolean): number[][] => {
  const step = (params: Params, state: nn.State<object, Params>) => {
    const [before, gradients] = valueAndGrad(loss)(params);
    return [before, ...optimizer.update(params, gradients, state)] as const;
  };
  const taken = compile ? jit(step) : step;
  let [params, state] = [start, optimizer.init(start)];
  return Array.from({ length: 12 }, () => {
    const [before, ...next] = taken(params, state);
    [params, state] = next;
    return [before.item(), ...params.w.data, ...params.c.data];
  });
};

const rows = readRows<Row>('optax').filter(({ steps }) => steps !== undefined);

describe.skipIf(!hasReference)('optimizers (skipped without ../shared/jax)', () => {
  test('cover the rows of optax, except those of a list', () => {
    const missing = rows.map(({ id }) => id).filter((id) => !Object.hasOwn(optimizers, id));
    expect(missing.sort()).toEqual(NOT_COVERED);
  });
  test.each(rows.filter(({ id }) => Object.hasOwn(optimizers, id)).map((row) => [row.id, row] as const))(
    '%s takes the steps of optax, eager and compiled',
    (id, { steps = [] }) => {
      const found = run(optimizers[id], false);
      const far = distance(found.flat(), steps.flat(2));
      expect(far).toBeLessThan(CORRECTED.includes(id) ? 5e-6 : 1e-6);
      expect(run(optimizers[id], true)).toEqual(found);
    },
  );
});
