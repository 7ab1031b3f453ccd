/** Calls every public function of @mini/nn, and the objects that it returns, with nonsense. */
import { describe, expect, test } from 'vitest';
import { random, relu, type Tensor, tensor } from '@mini/autograd';
import { assault, type Kind, kind, options, type Row, values } from '../../autograd/test/hostile.ts';
import * as nn from '../src/index.ts';

type AnyFunction = (...args: unknown[]) => unknown;

const matrix = (): Tensor =>
  tensor([
    [0.2, 0.5, 0.3],
    [0.4, 0.1, 0.9],
  ]);
const array: Kind = kind(matrix);
const labels: Kind = kind(
  () => [0, 2],
  () => Uint8Array.of(1, 1),
  () => tensor([2, 0]),
);
const key: Kind = kind(() => random.key(7));
const shape: Kind = kind(
  () => [2, 3],
  () => [0, 3],
  () => [3],
);
const rate: Kind = kind(
  () => 0.1,
  () => nn.constantSchedule(0.1),
  () => 0,
);
const fraction: Kind = values(0, 0.5);
const bool: Kind = values(true, false);
const positive: Kind = values(1, 10);
const step: Kind = kind(() => tensor(3));
const params: Kind = kind(() => ({ kernel: matrix().matmul(tensor([[1], [1], [1]])), bias: tensor([1]) }));

/** Calls `init`, `apply` or `outputShape` of a module, or `init` and then `apply`. */
const use =
  (make: AnyFunction): AnyFunction =>
  (...args) => {
    const [at, key, shape, params, x] = args.splice(-5);
    const module = (args.length > 0 ? make(...args) : make) as unknown as nn.Module<unknown>;
    const attempts = [
      () => module.init(key as never, shape as never),
      () => module.apply(params, x as never),
      () => module.outputShape(shape as never),
      () => module.apply(module.init(key as never, shape as never), x as never),
    ];
    return typeof at === 'number' ? attempts[at]?.() : undefined;
  };
const which: Kind = values(0, 1, 2, 3);
const moduleRow = (make: AnyFunction, ...args: readonly Kind[]): Row => ({
  args: [...args, which, key, shape, params, array],
  call: use(make),
  errors: 'any',
});
/** A row for a module that is a value, such as Relu. */
const valueRow = (module: unknown): Row => moduleRow(module as AnyFunction);

const initializer = (make: unknown, ...args: readonly Kind[]): Row => ({
  args: [...args, key, shape],
  call: (...given: unknown[]) => {
    const [key, shape] = given.splice(-2);
    const made = args.length === 0 ? make : (make as AnyFunction)(...given);
    return (made as AnyFunction)(key, shape);
  },
});
const plainInitializer = (make: unknown): Row => ({
  args: [key, shape],
  call: (key: unknown, shape: unknown) => ((make as AnyFunction)() as AnyFunction)(key, shape),
});

const state = (): Kind =>
  kind(
    () => ({ step: tensor(1), velocity: matrix(), mean: matrix(), square: matrix() }),
    () => ({ step: tensor(0), velocity: { a: matrix() }, mean: { a: matrix() }, square: { a: matrix() } }),
  );
const tree: Kind = kind(matrix, () => ({ a: matrix() }));
const optimizer = (make: (options: never) => unknown, fields: Readonly<Record<string, Kind>>): Row => ({
  args: [options(fields), tree, tree, state()],
  call: (given: unknown, p: unknown, g: unknown, s: unknown) => {
    const made = (make as AnyFunction)(given) as nn.Optimizer<object>;
    return [made.init(p), made.update(p, g, s as never), made.update(p, g, made.init(p) as never)];
  },
  errors: [`${make.name}.init`, `${make.name}.update`],
});
const schedule = (make: unknown, ...args: readonly Kind[]): Row => ({
  args: [...args, step],
  call: (...given: unknown[]) => {
    const at = given.pop();
    return ((make as AnyFunction)(...given) as AnyFunction)(at);
  },
});
const adam = { learningRate: rate, beta1: fraction, beta2: fraction, epsilon: fraction };

const rows: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(
    (['LogSoftmax', 'Relu', 'Sigmoid', 'Softmax', 'Softplus', 'Tanh', 'Flatten'] as const).map((name) => [
      name,
      valueRow(nn[name]),
    ]),
  ),
  Activation: moduleRow(
    nn.Activation as AnyFunction,
    kind(() => relu),
  ),
  Dense: moduleRow(
    nn.Dense as AnyFunction,
    values(1, 3),
    options({
      useBias: bool,
      kernelInit: kind(() => nn.initializers.heNormal()),
      biasInit: kind(() => nn.initializers.ones),
    }),
  ),
  Sequential: moduleRow(
    nn.Sequential as AnyFunction,
    kind(
      () => ({ flatten: nn.Flatten, out: nn.Dense(2), toString: relu }),
      () => ({ constructor: nn.Dense(1), last: nn.Sigmoid }),
      () => ({}),
    ),
  ),
  'initializers.zeros': initializer(nn.initializers.zeros),
  'initializers.ones': initializer(nn.initializers.ones),
  'initializers.constant': initializer(nn.initializers.constant, values(0, -1)),
  'initializers.uniform': initializer(nn.initializers.uniform, values(0, 1)),
  'initializers.normal': initializer(nn.initializers.normal, values(0, 1)),
  'initializers.varianceScaling': initializer(
    nn.initializers.varianceScaling,
    values(1, 2),
    values('fanIn', 'fanOut', 'fanAverage'),
    values('truncatedNormal', 'normal', 'uniform'),
  ),
  ...Object.fromEntries(
    (['lecunNormal', 'lecunUniform', 'glorotNormal', 'glorotUniform', 'heNormal', 'heUniform'] as const).map(
      (name) => [`initializers.${name}`, plainInitializer(nn.initializers[name])],
    ),
  ),
  squaredError: { args: [array, array] },
  meanSquaredError: { args: [array, array] },
  binaryCrossEntropy: { args: [array, array] },
  binaryCrossEntropyFromLogits: { args: [array, array] },
  softmaxCrossEntropy: { args: [array, labels] },
  accuracy: { args: [array, labels] },
  sgd: optimizer(nn.sgd, { learningRate: rate, momentum: fraction, nesterov: bool, weightDecay: fraction }),
  adam: optimizer(nn.adam, adam),
  adamw: optimizer(nn.adamw, { ...adam, weightDecay: fraction }),
  globalNorm: { args: [tree] },
  clipByGlobalNorm: { args: [tree, positive] },
  saveSafetensors: { args: [tree, options({ note: values('text') })] },
  loadSafetensors: {
    args: [kind(() => nn.saveSafetensors({ a: matrix() })), tree, options({ skip: values('a', undefined) })],
    call: (bytes: Uint8Array, template: unknown, given: object) =>
      nn.loadSafetensors(bytes, template, given).params,
  },
  constantSchedule: schedule(nn.constantSchedule, fraction),
  exponentialDecay: schedule(nn.exponentialDecay, fraction, fraction, positive),
  cosineDecay: schedule(nn.cosineDecay, fraction, positive, fraction),
  warmup: schedule(
    nn.warmup,
    kind(() => nn.constantSchedule(1)),
    positive,
  ),
};

const surface = [
  ...Object.entries(nn).filter(([name]) => name !== 'initializers'),
  ...Object.entries(nn.initializers).map(([name, value]) => [`initializers.${name}`, value] as const),
] as readonly (readonly [string, unknown])[];

test('every export has a row, and every row an export', () => {
  expect(Object.keys(rows).sort()).toEqual(surface.map(([name]) => name).sort());
});

describe('nonsense returns a well-formed result or throws an error that names the op, for', () => {
  test.each(surface)('%s', (name, f) => {
    const row = rows[name];
    if (row === undefined) throw new Error(`there is no row for ${name}`);
    assault(name, f as AnyFunction, row);
  });
});
