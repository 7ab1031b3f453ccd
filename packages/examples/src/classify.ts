/** Recognises handwritten digits, in Node and browsers: the network, its costs, its training. */
import {
  arraySplit,
  jit,
  mean,
  oneHot,
  random,
  relu,
  type Shape,
  sigmoid,
  slice,
  std,
  take,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
  zeros,
} from '@mini/autograd';
import {
  accuracy,
  adam,
  binaryCrossEntropy,
  Dense,
  type DenseParams,
  Flatten,
  type Module,
  type NoMemory,
  type Optimizer,
  Sequential,
  sgd,
  softmaxCrossEntropy,
  type State,
} from '@mini/nn';
import { type Dataset, type Splits, subset } from './data/dataset.ts';
import { checkFinite } from './finite.ts';

export const CLASSES = 10;

export interface Normalized {
  readonly data: Tensor;
  readonly mean: number;
  readonly std: number;
}

/** Returns (x - μ) / σ; μ and σ (of the population) default to those of all elements. */
export const normalize = (
  data: Tensor,
  mu: number = mean(data).item(),
  sigma: number = std(data).item(),
): Normalized => ({
  // Constant data are only centred.
  data: data.sub(mu).div(sigma === 0 ? 1 : sigma),
  mean: mu,
  std: sigma,
});

export type Loss = 'binary' | 'softmax';

/** The parameters of a fully connected network by layer: hidden1, hidden2, …, out. */
export type NetParams = Readonly<Record<string, DenseParams>>;

/**
 * A fully connected network from images to the scores of ten classes.
 *
 * It flattens the images and has relu between the layers. For the binary loss it ends with a
 * sigmoid, for the softmax loss with the logits.
 */
export const Net = (hidden: readonly number[], loss: Loss): Module<NetParams> =>
  Sequential({
    flatten: Flatten,
    ...Object.fromEntries(
      hidden.flatMap((features, i) => [
        [`hidden${i + 1}`, Dense(features)],
        [`relu${i + 1}`, relu],
      ]),
    ),
    out: Dense(CLASSES),
    ...(loss === 'binary' ? { sigmoid } : {}),
  }) as Module<NetParams>;

/** Binary cross-entropy of probabilities: the sum over the classes, the mean over the batch. */
export const crossEntropy = (y: Tensor, o: Tensor): Tensor => binaryCrossEntropy(o, y);

/** The network's cost for images [n, rows, columns] with labels [n], a scalar. */
export const forwardStep =
  (net: Module<NetParams>, loss: Loss) =>
  (params: NetParams, images: Tensor, labels: Tensor): Tensor => {
    const out = net.apply(params, images);
    return loss === 'binary' ? crossEntropy(oneHot(labels, CLASSES), out) : softmaxCrossEntropy(out, labels);
  };

/** w - learningRate · g for every parameter. */
export const sgdStep = <P>(params: P, gradients: NoInfer<P>, learningRate: number): P =>
  tree.map((w, g) => w.sub(g.mul(learningRate)), params, gradients);

/** Returns a function for the fraction of images that `net` recognises, from 0 to 1. */
export const getAcc = (net: Module<NetParams>): ((params: NetParams, examples: Examples) => number) => {
  const fraction = jit((params: NetParams, images: Tensor, labels: Tensor) =>
    accuracy(net.apply(params, images), labels),
  );
  return (params, { images, labels }) => {
    let right = 0;
    for (let start = 0; start < labels.size; start += EVALUATION_BATCH) {
      const range = [start, start + EVALUATION_BATCH] as const;
      const part = slice(labels, range);
      right += Math.round(fraction(params, slice(images, range), part).item() * part.size);
    }
    return right / labels.size;
  };
};

/** The number of images that are evaluated at once. */
export const EVALUATION_BATCH = 1000;

/** Images [n, rows, columns], ready for the network, and labels [n]. */
export interface Examples {
  readonly images: Tensor;
  readonly labels: Tensor;
}

/** Normalises a data set with the given mean and standard deviation, by default its own. */
export const toExamples = (
  { images, labels, count, rows, columns }: Dataset,
  statistics?: { readonly mean: number; readonly std: number },
): Examples & { readonly mean: number; readonly std: number } => {
  const raw = tensor(images, [count, rows, columns]);
  const { data, ...used } = normalize(raw, statistics?.mean, statistics?.std);
  return { images: data, labels: tensor(labels), ...used };
};

/** The maximum number of images for validation. */
const MAX_VALIDATION_COUNT = 1000;

export interface PreparedData {
  readonly train: Examples;
  readonly validation: Examples;
  readonly test: Examples;
  /** Mean and standard deviation of the training images' grey values. */
  readonly mean: number;
  readonly std: number;
}

/**
 * Splits off the first training images for validation and normalises all images.
 *
 * Mean and standard deviation are those of the remaining training images.
 */
export const prepareData = ({ train: all, test }: Splits): PreparedData => {
  const validationCount = Math.min(MAX_VALIDATION_COUNT, Math.floor(all.count / 2));
  const train = toExamples(subset(all, validationCount, all.count));
  return {
    train,
    validation: toExamples(subset(all, 0, validationCount), train),
    test: toExamples(test, train),
    mean: train.mean,
    std: train.std,
  };
};

export const OPTIMIZERS = ['sgd', 'momentum', 'adam'] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];

export interface TrainingSettings {
  readonly seed: number;
  readonly hidden: readonly number[];
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly loss: Loss;
  readonly optimizer: OptimizerName;
}

export const TRAINING_DEFAULTS: TrainingSettings = {
  seed: 42,
  hidden: [128],
  learningRate: 0.1,
  batchSize: 64,
  epochs: 10,
  loss: 'softmax',
  optimizer: 'sgd',
};

/** The part of the state that all optimizers have. */
type OptimizerState = State<NoMemory, NetParams>;

const MOMENTUM = 0.9;

const createOptimizer = ({ optimizer, learningRate }: TrainingSettings): Optimizer<NoMemory> => {
  switch (optimizer) {
    case 'sgd':
      return {
        init: () => ({ step: zeros([]) }),
        update: (params, gradients, { step }) => [
          sgdStep(params, gradients, learningRate),
          { step: step.add(1) },
        ],
      };
    case 'momentum':
      return sgd({ learningRate, momentum: MOMENTUM });
    case 'adam':
      return adam({ learningRate });
  }
};

/** The state between two batches: enough to resume training with the same bits. */
export interface TrainingState {
  readonly params: NetParams;
  readonly optimizer: OptimizerState;
  /** Determines the order of the examples in every epoch. */
  readonly key: random.Key;
  /** Epoch and index of the next batch; both start at 0. */
  readonly epoch: number;
  readonly batch: number;
}

/** Returns the state before the first batch, with new parameters for images of this shape. */
export const startTraining = (
  net: Module<NetParams>,
  imageShape: Shape,
  settings: TrainingSettings,
): TrainingState => {
  const [initKey, key] = random.split(random.key(settings.seed), 2);
  const params = net.init(initKey, imageShape);
  return { params, optimizer: createOptimizer(settings).init(params), key, epoch: 0, batch: 0 };
};

export const batchCount = (train: Examples, { batchSize }: TrainingSettings): number =>
  Math.ceil(train.labels.size / batchSize);

/** The result of one batch. */
export interface Step {
  /** Starts at 0. */
  readonly epoch: number;
  /** Index of the batch in its epoch. */
  readonly batch: number;
  readonly batches: number;
  /** The loss of this batch, before its update. */
  readonly loss: Tensor;
  /** The state after the update. The next step reuses the memory of its tensors. */
  readonly state: TrainingState;
}

/**
 * Trains `net` on batches of shuffled examples; yields after every batch.
 *
 * Training runs from `start` to the end of the last epoch, in compiled steps. Throws a
 * NonFiniteError if a step produces NaN or an infinity.
 */
export function* trainClassifier(
  net: Module<NetParams>,
  train: Examples,
  settings: TrainingSettings,
  start: TrainingState = startTraining(net, train.images.shape, settings),
): Generator<Step, void> {
  const lossAndGradients = valueAndGrad(forwardStep(net, settings.loss));
  const { update } = createOptimizer(settings);
  const step = checkFinite(
    jit(
      function step(params: NetParams, state: OptimizerState, images: Tensor, labels: Tensor) {
        const [loss, gradients] = lossAndGradients(params, images, labels);
        const [nextParams, nextState] = update(params, gradients, state);
        return { loss, params: nextParams, optimizer: nextState };
      },
      { donate: [0, 1] },
    ),
  );
  const { key } = start;
  let { params, optimizer } = start;
  const batches = batchCount(train, settings);
  for (let { epoch, batch } = start; epoch < settings.epochs; epoch++, batch = 0) {
    const order = random.permutation(random.foldIn(key, epoch), train.labels.size);
    const indices = arraySplit(order, batches);
    for (; batch < batches; batch++) {
      const images = take(train.images, indices[batch]);
      const labels = take(train.labels, indices[batch]);
      const result = step(params, optimizer, images, labels);
      ({ params, optimizer } = result);
      const isLast = batch === batches - 1;
      const next = isLast ? { epoch: epoch + 1, batch: 0 } : { epoch, batch: batch + 1 };
      const state = { params, optimizer, key, ...next };
      yield { epoch, batch, batches, loss: result.loss, state };
    }
  }
}
