/** Calls every public function of @mini/nn, and the objects that it returns, with nonsense. */
import { describe, expect, test } from 'vitest';
import { ones, random, relu, type Tensor, tensor } from '@mini/autograd';
import { assault, type Kind, kind, options, type Row, values } from '../../autograd/test/hostile.ts';
import * as nn from '../src/index.ts';

type AnyFunction = (...args: unknown[]) => unknown;

const matrix = (): Tensor =>
  tensor([
    [0.2, 0.5, 0.3],
    [0.4, 0.1, 0.9],
  ]);
const array: Kind = kind(
  matrix,
  () => ones([2, 4, 3]),
  () => ones([1, 3, 3, 3]),
);
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
  () => [1, 4, 3],
  () => [1, 3, 3, 3],
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
/** Calls the functions of a network: init, initState, train, evaluate or outputShape. */
const useNetwork =
  (make: AnyFunction): AnyFunction =>
  (...args) => {
    const [at, own, size, tree, x, given] = args.splice(-6);
    const net = make(...args) as nn.Network<unknown, unknown, 'key' | 'state'>;
    // A module, if all layers are plain.
    if (typeof net.train !== 'function') return undefined;
    const attempts = [
      () => net.init(own as never, size as never),
      () => net.initState(size as never),
      () => net.train(tree, x as never, given as never),
      () => net.evaluate(tree, x as never, given),
      () => net.outputShape(size as never),
      () => net.train(net.init(own as never, size as never), x as never, given as never),
      () => net.evaluate(net.init(own as never, size as never), x as never, given),
    ];
    return typeof at === 'number' ? attempts[at]?.() : undefined;
  };
const stateOfNorm = { mean: tensor([0, 0, 0]), var: tensor([1, 1, 1]) };
const givens: Kind = kind(
  () => ({ key: random.key(1), state: stateOfNorm }),
  () => ({ key: random.key(1), state: { norm: stateOfNorm } }),
  () => ({ norm: stateOfNorm }),
  () => stateOfNorm,
);
const networkRow = (make: unknown, ...args: readonly Kind[]): Row => ({
  args: [...args, values(0, 1, 2, 3, 4, 5, 6), key, shape, params, array, givens],
  call: useNetwork(make as AnyFunction),
  errors: 'any',
});
const norm = {
  epsilon: values(0, 1e-5),
  useScale: bool,
  useBias: bool,
  scaleInit: kind(() => nn.initializers.ones),
  biasInit: kind(() => nn.initializers.normal()),
};
const window: Kind = kind(
  () => 2,
  () => [2],
  () => [1, 2],
);
const padding: Kind = kind(
  () => 'SAME',
  () => 'VALID',
  () => [[0, 1]],
);
const layersOfBothKinds: Kind = kind(
  () => ({ dense: nn.Dense(3), norm: nn.BatchNorm(), drop: nn.Dropout(0.5) }),
  () => ({ relu, dense: nn.Dense(3) }),
  () => ({ drop: nn.Dropout(0) }),
);

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

/** States whose trees have every name that an optimizer uses. */
const state = (): Kind => {
  const names = ['velocity', 'mean', 'square', 'largest', 'maxSquare', 'squaredStep', 'average'];
  const fill = (like: () => unknown): object => Object.fromEntries(names.map((name) => [name, like()]));
  return kind(
    () => ({
      step: tensor(1),
      ...fill(matrix),
      paramsEma: matrix(),
      miniStep: tensor(1),
      accumulated: matrix(),
    }),
    () => ({
      step: tensor(0),
      ...fill(() => ({ a: matrix() })),
      inner: {},
      hyperparams: { learningRate: tensor(1) },
    }),
    () => ({}),
  );
};
const tree: Kind = kind(matrix, () => ({ a: matrix() }));
const optimizer = (make: (options: never) => unknown, fields: Readonly<Record<string, Kind>>): Row => ({
  args: [options(fields), tree, tree, state()],
  call: (given: unknown, p: unknown, g: unknown, s: unknown) => {
    const made = (make as AnyFunction)(given) as nn.Optimizer<object>;
    return [made.init(p), made.update(p, g, s as never), made.update(p, g, made.init(p) as never)];
  },
  errors: [`${make.name}.init`, `${make.name}.update`],
});
const transformation = (make: unknown, ...args: readonly Kind[]): Row => ({
  args: [...args, tree, state(), tree],
  call: (...given: unknown[]) => {
    const [g, s, p] = given.splice(-3);
    const made = (make as AnyFunction)(...given) as nn.Transformation;
    return [made.init(p), made.update(g, made.init(p), p), made.update(g, s as never, p)];
  },
  errors: 'any',
});
const part: Kind = kind(
  () => nn.scale(2),
  () => nn.adam(),
  () => nn.trace(0.5),
);
const mask: Kind = kind(
  () => true,
  () => ({ a: false }),
  () => () => ({ a: true }),
);
const moments = { beta1: fraction, beta2: fraction, epsilon: fraction, epsilonRoot: fraction };
const decay = { weightDecay: fraction, mask };
const nesterov = { nesterov: bool };
const rms = { decay: fraction, epsilon: fraction, initialScale: fraction, epsilonInSqrt: bool };
const schedule = (make: unknown, ...args: readonly Kind[]): Row => ({
  args: [...args, step],
  call: (...given: unknown[]) => {
    const at = given.pop();
    return ((make as AnyFunction)(...given) as AnyFunction)(at);
  },
});

const { constantSchedule } = nn;
const cycle = {
  initValue: fraction,
  peakValue: fraction,
  warmupSteps: positive,
  decaySteps: values(20),
  endValue: fraction,
  exponent: positive,
};
const cycleOf = (): object => ({ initValue: 0, peakValue: 1, warmupSteps: 2, decaySteps: 5 });
const oneCycle = { pctStart: fraction, divFactor: positive, finalDivFactor: positive };

const reduction = { reduction: values('mean', 'sum', 'none') };
const loss = (fields: Readonly<Record<string, Kind>> = {}): Row => ({
  args: [array, kind(matrix, () => matrix().toArray()), options({ ...reduction, ...fields })],
});
const metric = (name: string, options: Kind, predictions: Kind, targets: Kind): Row => ({
  args: [options, kind(() => undefined), predictions, targets],
  call: (given: unknown, s: unknown, x: unknown, y: unknown) => {
    const made = (nn.metrics[name as 'accuracy'] as AnyFunction)(given) as ReturnType<
      typeof nn.metrics.accuracy
    >;
    const next = made.update((s ?? made.init()) as never, x as Tensor, y as never);
    return [Object.values(next), made.compute(next)];
  },
  errors: [`metrics.${name}.update`, `metrics.${name}.compute`],
});
const scores = options({ classes: values(3), average: values('macro', 'micro', 'weighted', 'none') });

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
  Parallel: networkRow(nn.Parallel, layersOfBothKinds),
  Residual: networkRow(
    nn.Residual,
    kind(
      () => nn.Dense(3),
      () => nn.Dropout(0.5),
      () => relu,
    ),
    kind(
      () => nn.BatchNorm(),
      () => undefined,
    ),
  ),
  Dropout: networkRow(nn.Dropout, fraction),
  BatchNorm: networkRow(nn.BatchNorm, options({ ...norm, momentum: fraction })),
  LayerNorm: moduleRow(nn.LayerNorm as AnyFunction, options(norm)),
  RMSNorm: moduleRow(
    nn.RMSNorm as AnyFunction,
    options({ epsilon: norm.epsilon, useScale: bool, scaleInit: norm.scaleInit }),
  ),
  GroupNorm: moduleRow(nn.GroupNorm as AnyFunction, options({ ...norm, groups: values(1, 3) })),
  Embed: moduleRow(
    nn.Embed as AnyFunction,
    values(1, 5),
    values(1, 3),
    options({ embeddingInit: kind(() => nn.initializers.normal()) }),
  ),
  Conv: moduleRow(
    nn.Conv as AnyFunction,
    values(1, 4),
    window,
    options({
      strides: window,
      padding,
      dilation: window,
      groups: values(1, 2),
      useBias: bool,
      kernelInit: kind(() => nn.initializers.heNormal()),
      biasInit: kind(() => nn.initializers.ones),
    }),
  ),
  ConvTranspose: moduleRow(
    nn.ConvTranspose as AnyFunction,
    values(1, 4),
    window,
    options({ strides: window, padding, useBias: bool }),
  ),
  MaxPool: moduleRow(nn.MaxPool as AnyFunction, options({ window, strides: window, padding })),
  AvgPool: moduleRow(
    nn.AvgPool as AnyFunction,
    options({ window, strides: window, padding, countIncludePad: bool }),
  ),
  GlobalAvgPool: valueRow(nn.GlobalAvgPool),
  GlobalMaxPool: valueRow(nn.GlobalMaxPool),
  summary: {
    args: [
      kind(
        () => nn.Dense(3),
        () => nn.Sequential({ a: nn.Dense(2), b: nn.Dropout(0.5) }),
        () => nn.Flatten,
      ),
      shape,
    ],
    errors: 'any',
  },
  predict: {
    args: [
      kind(
        () => nn.Dense(3),
        () => nn.Sequential({ a: nn.Dense(2), b: nn.Dropout(0.5) }),
      ),
      params,
      array,
      options({ batchSize: positive, state: givens }),
    ],
    errors: 'any',
    compiles: true,
  },
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
  'initializers.orthogonal': initializer(nn.initializers.orthogonal, values(1, -2)),
  'initializers.truncatedNormal': initializer(
    nn.initializers.truncatedNormal,
    values(1, 0),
    values(-2, 0),
    values(1, 2),
  ),
  squaredError: loss(),
  meanSquaredError: loss(),
  absoluteError: loss(),
  huberLoss: loss({ delta: positive }),
  hingeLoss: loss(),
  klDivergence: loss(),
  cosineDistance: loss({ epsilon: fraction }),
  cosineSimilarity: loss({ epsilon: fraction }),
  binaryCrossEntropy: loss(),
  binaryCrossEntropyFromLogits: loss(),
  softmaxCrossEntropy: { args: [array, labels, options(reduction)] },
  smoothLabels: { args: [kind(matrix, () => matrix().toArray()), fraction] },
  'metrics.accuracy': metric('accuracy', options({ threshold: values(0) }), array, labels),
  'metrics.precision': metric('precision', scores, array, labels),
  'metrics.recall': metric('recall', scores, array, labels),
  'metrics.f1': metric(
    'f1',
    options({ threshold: fraction }),
    kind(() => tensor([0.1, 0.7])),
    kind(() => [0, 1]),
  ),
  'metrics.confusionMatrix': metric('confusionMatrix', values(3), array, labels),
  'metrics.mean': metric(
    'mean',
    kind(() => undefined),
    array,
    positive,
  ),
  'metrics.r2': metric('r2', options({ outputs: values(3) }), array, array),
  accuracy: { args: [array, labels, options({ threshold: fraction })] },
  rocAuc: { args: [array, labels] },
  sgd: optimizer(nn.sgd, { learningRate: rate, momentum: fraction, nesterov: bool, weightDecay: fraction }),
  adam: optimizer(nn.adam, { learningRate: rate, ...moments, ...nesterov }),
  adamw: optimizer(nn.adamw, { learningRate: rate, ...moments, ...nesterov, ...decay }),
  nadam: optimizer(nn.nadam, { learningRate: rate, ...moments }),
  adamax: optimizer(nn.adamax, { learningRate: rate, beta1: fraction, beta2: fraction, epsilon: fraction }),
  amsgrad: optimizer(nn.amsgrad, { learningRate: rate, ...moments }),
  radam: optimizer(nn.radam, { learningRate: rate, ...moments, threshold: positive }),
  adabelief: optimizer(nn.adabelief, { learningRate: rate, ...moments }),
  yogi: optimizer(nn.yogi, { learningRate: rate, ...moments, initialAccumulatorValue: fraction }),
  rmsprop: optimizer(nn.rmsprop, {
    learningRate: rate,
    ...rms,
    momentum: fraction,
    ...nesterov,
    centered: bool,
  }),
  adagrad: optimizer(nn.adagrad, {
    learningRate: rate,
    initialAccumulatorValue: fraction,
    epsilon: fraction,
  }),
  adadelta: optimizer(nn.adadelta, { learningRate: rate, rho: fraction, epsilon: fraction, ...decay }),
  lion: optimizer(nn.lion, { learningRate: rate, beta1: fraction, beta2: fraction, ...decay }),
  lamb: optimizer(nn.lamb, { learningRate: rate, ...moments, ...decay }),
  lars: optimizer(nn.lars, {
    learningRate: rate,
    weightDecay: fraction,
    weightDecayMask: mask,
    trustCoefficient: fraction,
    epsilon: fraction,
    trustRatioMask: mask,
    momentum: fraction,
    ...nesterov,
  }),
  signSgd: optimizer(nn.signSgd, { learningRate: rate }),
  globalNorm: { args: [tree] },
  clipByGlobalNorm: { args: [tree, positive] },
  clip: transformation(nn.clip, positive),
  chain: transformation(nn.chain, part, part),
  optimizer: {
    args: [part, tree, tree, state()],
    call: (given: unknown, p: unknown, g: unknown, s: unknown) => {
      const made = nn.optimizer(given as nn.Transformation);
      return [made.init(p), made.update(p, g, made.init(p)), made.update(p, g, s as never)];
    },
    errors: 'any',
  },
  identity: transformation(nn.identity),
  setToZero: transformation(nn.setToZero),
  scale: transformation(nn.scale, fraction),
  scaleByLearningRate: transformation(nn.scaleByLearningRate, rate),
  scaleBySchedule: transformation(
    nn.scaleBySchedule,
    kind(() => nn.constantSchedule(1)),
  ),
  scaleBySign: transformation(nn.scaleBySign),
  scaleByAdam: transformation(nn.scaleByAdam, options({ ...moments, ...nesterov })),
  scaleByAdamax: transformation(nn.scaleByAdamax, options({ beta1: fraction })),
  scaleByAmsgrad: transformation(nn.scaleByAmsgrad, options(moments)),
  scaleByRadam: transformation(nn.scaleByRadam, options({ ...moments, threshold: positive })),
  scaleByBelief: transformation(nn.scaleByBelief, options({ ...moments, ...nesterov })),
  scaleByYogi: transformation(nn.scaleByYogi, options(moments)),
  scaleByRms: transformation(nn.scaleByRms, options(rms)),
  scaleByStddev: transformation(nn.scaleByStddev, options(rms)),
  scaleByRss: transformation(
    nn.scaleByRss,
    options({ epsilon: fraction, initialAccumulatorValue: fraction }),
  ),
  scaleByAdadelta: transformation(nn.scaleByAdadelta, options({ rho: fraction, epsilon: fraction })),
  scaleByLion: transformation(nn.scaleByLion, options({ beta1: fraction, beta2: fraction })),
  scaleByTrustRatio: transformation(
    nn.scaleByTrustRatio,
    options({ minNorm: fraction, trustCoefficient: fraction, epsilon: fraction }),
  ),
  trace: transformation(nn.trace, fraction, options(nesterov)),
  ema: transformation(nn.ema, fraction, options({ debias: bool })),
  emaOfParams: transformation(nn.emaOfParams, fraction),
  addDecayedWeights: transformation(nn.addDecayedWeights, fraction, mask),
  masked: transformation(nn.masked, part, mask),
  multiSteps: transformation(
    (given: unknown, every: unknown) => nn.multiSteps(nn.chain(given as nn.Transformation), every as number),
    part,
    positive,
  ),
  injectHyperparams: {
    args: [kind(() => nn.sgd), options({ learningRate: fraction }), tree, tree, state()],
    call: (make: unknown, given: unknown, p: unknown, g: unknown, s: unknown) => {
      const made = nn.injectHyperparams(make as typeof nn.adam)(given as { learningRate: number });
      return [made.update(p, g, made.init(p)), made.update(p, g, s as never)];
    },
    errors: 'any',
  },
  saveSafetensors: { args: [tree, options({ note: values('text') })] },
  loadSafetensors: {
    args: [kind(() => nn.saveSafetensors({ a: matrix() })), tree, options({ skip: values('a', undefined) })],
    call: (bytes: Uint8Array, template: unknown, given: object) =>
      nn.loadSafetensors(bytes, template, given).params,
  },
  constantSchedule: schedule(nn.constantSchedule, fraction),
  exponentialDecay: schedule(
    nn.exponentialDecay,
    fraction,
    fraction,
    positive,
    options({ transitionBegin: positive, staircase: bool, endValue: fraction }),
  ),
  linearSchedule: schedule(nn.linearSchedule, fraction, fraction, positive, positive),
  polynomialSchedule: schedule(nn.polynomialSchedule, fraction, fraction, positive, positive, positive),
  piecewiseConstantSchedule: schedule(
    nn.piecewiseConstantSchedule,
    fraction,
    kind(
      () => ({ 2: 0.5, 10: 2 }),
      () => ({}),
    ),
  ),
  joinSchedules: schedule(
    nn.joinSchedules,
    kind(() => [constantSchedule(1), constantSchedule(2)]),
    kind(() => [5]),
  ),
  warmupCosineDecaySchedule: schedule(nn.warmupCosineDecaySchedule, options(cycle)),
  warmupExponentialDecaySchedule: schedule(
    nn.warmupExponentialDecaySchedule,
    options({ ...cycle, transitionSteps: positive, decayRate: fraction, staircase: bool }),
  ),
  sgdrSchedule: schedule(
    nn.sgdrSchedule,
    kind(() => [cycleOf(), cycleOf()]),
  ),
  cosineOnecycleSchedule: schedule(nn.cosineOnecycleSchedule, positive, fraction, options(oneCycle)),
  linearOnecycleSchedule: schedule(
    nn.linearOnecycleSchedule,
    positive,
    fraction,
    options({ ...oneCycle, pctFinal: fraction }),
  ),
  cosineDecay: schedule(nn.cosineDecay, fraction, positive, fraction),
  warmup: schedule(
    nn.warmup,
    kind(() => nn.constantSchedule(1)),
    positive,
  ),
};

const surface = [
  // fit is asynchronous: its own test gives it nonsense.
  ...Object.entries(nn).filter(([name]) => !['initializers', 'metrics', 'fit'].includes(name)),
  ...Object.entries(nn.metrics).map(([name, value]) => [`metrics.${name}`, value] as const),
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
