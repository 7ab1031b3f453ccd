/**
 * Uses one of everything that programs export, without type annotations.
 *
 * A compiler that emits declarations must be able to name the types that @mini infers.
 */
import * as mini from '@mini/autograd';
import {
  arraySplit,
  checkGrads,
  customVjp,
  flip,
  grad,
  hessian,
  hvp,
  jacobian,
  jit,
  jvp,
  NonFiniteError,
  pad,
  slice,
  softmax,
  std,
  sum,
  tensor,
  tree,
  valueAndGrad,
  vjp,
  type Tensor,
} from '@mini/autograd';
import * as plots from '@mini/plot';
import * as random from '@mini/autograd/random';
import * as trees from '@mini/autograd/tree';
import * as data from '@mini/data';
import * as nn from '@mini/nn';
import { latestCheckpoint, saveCheckpoint } from '@mini/nn/checkpoints';

// Tensors and keys.
export const x = tensor([1, 2]);
export const nested = x.toArray();
export const parts = arraySplit(x, 2);
export const key = random.key(0);
export const keys = random.split(key);
export const choices = random.choice(key, 3);
export const error = new NonFiniteError();
export const sliced = slice(x, [0, 1]);
export const padded = pad(x, 1);
export const flipped = flip(x);
export const probabilities = softmax(x, { axis: 0 });
export const deviation = std(x, { ddof: 0 });
export const options = { axis: 0, keepdims: true } satisfies mini.ReduceOptions;

// Trees.
export const params = { w: x, layers: [{ bias: x }] };
export const structure = tree.structure(params);
export const flat = tree.flatten(params);
export const again = tree.unflatten(structure, flat[0]);
export const sizes = tree.map((leaf) => leaf.size, params);
export const doubled = trees.map((leaf) => leaf.mul(2), params);
export const named = tree.mapWithPath((path, _leaf) => path, params);
export const total = tree.reduce((count, leaf) => count + leaf.size, params, 0);

// Derivatives and compiled functions.
export const loss = (p: typeof params, y: Tensor) => sum(p.w.mul(y));
export const gradient = grad(loss);
export const gradients = grad(loss, { argnums: [0, 1] });
export const withAux = valueAndGrad((p: typeof params) => [sum(p.w), { seen: p }] as const, { hasAux: true });
export const valueAndGradient = valueAndGrad(loss);
export const pullback = vjp(loss, params, x);
export const pushed = jvp(loss, [params, x], [params, x]);
export const matrix = jacobian((y: Tensor) => y);
export const second = hessian((y: Tensor) => sum(y));
export const product = hvp((y: Tensor) => sum(y), x, x);
export const custom = customVjp(
  (y: Tensor) => y,
  (ct) => [ct],
);
export const compiled = jit(valueAndGradient, { donate: 0 });
export const gradientOf =
  <A extends readonly unknown[]>(_like: A) =>
  (f: (p: Tensor, ...rest: A) => Tensor) =>
    grad(f);
export const checked = checkGrads;
export const configured = mini.configure;

// Networks.
export const dense = nn.Dense(2);
export const withoutBias = nn.Dense(2, { useBias: false });
export const net = nn.Sequential({
  flatten: nn.Flatten,
  hidden: dense,
  act: mini.relu,
  out: withoutBias,
  sure: nn.Sigmoid,
});
export const nestedNet = nn.Sequential({ body: net, activation: nn.Activation(mini.tanh) });
export const makeNet = <L extends Readonly<Record<string, nn.Layer>>>(layers: L) => nn.Sequential(layers);
export const makeParams = <L extends Readonly<Record<string, nn.Layer>>>(layers: L) =>
  makeNet(layers).init(key, [1, 2]);
export const netParams = net.init(key, [1, 3]);
export const nestedParams = nestedNet.init(key, [1, 3]);
export const initializer = nn.initializers.varianceScaling(1, 'fanIn', 'normal');
export const { lecunNormal } = nn.initializers;
export const losses = { mse: nn.meanSquaredError, ce: nn.softmaxCrossEntropy, bce: nn.binaryCrossEntropy };
export const measure = nn.accuracy;

// Optimizers, their states, and a step.
export const adam = nn.adam();
export const adamw = nn.adamw({ weightDecay: 0.1 });
export const sgd = nn.sgd({ learningRate: 0.1 });
export const momentum = nn.sgd({ learningRate: nn.cosineDecay(1, 10), momentum: 0.9 });
export const eitherSgd = nn.sgd({ learningRate: 0.1, momentum: Number(0.9) });
export const schedules = [
  nn.constantSchedule(1),
  nn.exponentialDecay(1, 0.5, 10),
  nn.warmup(nn.cosineDecay(1, 10), 5),
];
export const states = [adam.init(netParams), adamw.init(netParams)];
export const sgdState = sgd.init(netParams);
export const momentumState = momentum.init(netParams);
export const step = jit((p: typeof netParams, state: typeof momentumState, y: Tensor) => {
  const [value, slopes] = valueAndGrad((q: typeof netParams) => sum(net.apply(q, y)))(p);
  const [nextParams, nextState] = momentum.update(p, nn.clipByGlobalNorm(slopes, 1), state);
  return { value, params: nextParams, state: nextState };
});
export function makeOptimizer() {
  return nn.adam({ learningRate: nn.warmup(nn.constantSchedule(1), 5) });
}
export class Trainer {
  optimizer = nn.adamw();
  state = this.optimizer.init(netParams);
  update(slopes: typeof netParams) {
    return this.optimizer.update(netParams, slopes, this.state);
  }
}

// Files.
export const bytes = nn.saveSafetensors(netParams);
export const loaded = nn.loadSafetensors(bytes);
export const restored = nn.loadSafetensors(bytes, netParams, { skip: ['other'] });
export const save = (directory: string) => saveCheckpoint(directory, 1, netParams);
export const latest = (directory: string) => latestCheckpoint(directory);
export const resumed = (directory: string) =>
  latest(directory).checkpoint?.restore({ netParams, momentumState });

export * from '@mini/autograd';
export { random, nn };

// Tables and examples.
export const table = data.tableFromRecords([{ a: 1, b: 'x' }]);
export const text = data.readCsv(bytes);
export const arrow = data.readArrow(bytes);
export const columns = [data.numbers(table, 'a'), data.dropMissing(table, ['a'])];
export const labelled = data.classes(table, 'b');
export const encoded = data.oneHotColumns(table, ['b']);
export const arrays = [data.readNpz(bytes), data.readIdxArray(bytes)];
export const splits = data.trainTestSplit(key, { x, labels: x });
export const epochs = data.batches(splits.train, 2, { key });
export const scaled = data.standardize(x);
export const windows = data.slidingWindows(x, { length: 1 });

// Figures, and training.
export const drawn = plots.plot({ series: { a: x } }, 'a.png');
export const page = plots.livePlot({ title: 'Training' });
export const fitted = nn.fit(
  net,
  { x, y: x },
  { loss: nn.meanSquaredError, optimizer: nn.adam(), epochs: 1 },
);

// Functions for any network.
export function train<P>(any: nn.Module<P>, params: P, inputs: Tensor, targets: Tensor) {
  const gradients = grad((p: P) => nn.meanSquaredError(any.apply(p, inputs), targets))(params);
  return tree.map((w, g) => w.sub(g.mul(0.1)), params, gradients);
}
