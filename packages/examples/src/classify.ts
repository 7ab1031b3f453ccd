/** Recognising handwritten digits: the network, its costs and how it is trained. Runs in Node and in the browser. */
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
import { finite } from './finite.ts';

export const CLASSES = 10;

export interface Normalized {
  readonly data: Tensor;
  readonly mean: number;
  readonly std: number;
}

/** (x - μ) / σ over all elements, with the given μ and σ or those of the data (σ of the population). */
export const normalize = (
  data: Tensor,
  mu: number = mean(data).item(),
  sigma: number = std(data).item(),
): Normalized => ({
  // Data without variation is centred only.
  data: data.sub(mu).div(sigma === 0 ? 1 : sigma),
  mean: mu,
  std: sigma,
});

export type Loss = 'binary' | 'softmax';

/** The parameters of a fully connected network by the names of its layers: hidden1, hidden2, …, out. */
export type NetParams = Readonly<Record<string, DenseParams>>;

/**
 * A fully connected network from flattened images to the scores of ten classes: relu between layers; at the end sigmoid, for the
 * binary loss, or nothing, for the softmax loss.
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

/** The exercise's cost: binary cross-entropy of probabilities, summed over the classes, averaged over the batch. */
export const crossEntropy = (y: Tensor, o: Tensor): Tensor => binaryCrossEntropy(o, y);

/** The network's cost for images [n, rows, columns] with labels [n]. */
export const forwardStep =
  (net: Module<NetParams>, loss: Loss) =>
  (params: NetParams, images: Tensor, labels: Tensor): Tensor => {
    const out = net.apply(params, images);
    return loss === 'binary' ? crossEntropy(oneHot(labels, CLASSES), out) : softmaxCrossEntropy(out, labels);
  };

/** w - learningRate · g for every parameter. */
export const sgdStep = <P>(params: P, gradients: NoInfer<P>, learningRate: number): P =>
  tree.map((w, g) => w.sub(g.mul(learningRate)), params, gradients);

/** A function that gives the fraction of images that `net` recognises, from 0 to 1. */
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

/** Images that are judged in one go. */
export const EVALUATION_BATCH = 1000;

/** Images [n, rows, columns], ready for the network, and labels [n]. */
export interface Examples {
  readonly images: Tensor;
  readonly labels: Tensor;
}

/** The images of a data set normalised by the given mean and deviation, or by their own. */
export const toExamples = (
  { images, labels, count, rows, columns }: Dataset,
  statistics?: { readonly mean: number; readonly std: number },
): Examples & { readonly mean: number; readonly std: number } => {
  const raw = tensor(images, [count, rows, columns]);
  const { data, ...used } = normalize(raw, statistics?.mean, statistics?.std);
  return { images: data, labels: tensor(labels), ...used };
};

/** At most so many of the first training images are for validation. */
const VALIDATION_COUNT = 1000;

export interface PreparedData {
  readonly train: Examples;
  readonly validation: Examples;
  readonly test: Examples;
  /** Of the grey values of the training images. */
  readonly mean: number;
  readonly std: number;
}

/** The first training images for validation, the others for training; all are normalised by mean and deviation of the latter. */
export const prepareData = ({ train: all, test }: Splits): PreparedData => {
  const validationCount = Math.min(VALIDATION_COUNT, Math.floor(all.count / 2));
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

/** What every optimizer's state has; some have more. */
type OptimizerState = State<NoMemory, NetParams>;

const MOMENTUM = 0.9;

const optimizerOf = ({ optimizer, learningRate }: TrainingSettings): Optimizer<NoMemory> => {
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

/** Where training stands: all that is needed to go on as if it had never stopped. */
export interface TrainingState {
  readonly params: NetParams;
  readonly optimizer: OptimizerState;
  /** The orders of the epochs' examples come from it. */
  readonly key: random.Key;
  /** Of the next batch; both from 0. */
  readonly epoch: number;
  readonly batch: number;
}

/** Fresh parameters, before the first batch, for images of the given shape. */
export const startTraining = (
  net: Module<NetParams>,
  imageShape: Shape,
  settings: TrainingSettings,
): TrainingState => {
  const [initKey, key] = random.split(random.key(settings.seed), 2);
  const params = net.init(initKey, imageShape);
  return { params, optimizer: optimizerOf(settings).init(params), key, epoch: 0, batch: 0 };
};

export const batchCount = (train: Examples, { batchSize }: TrainingSettings): number =>
  Math.ceil(train.labels.size / batchSize);

/** What one batch came to. */
export interface Step {
  /** From 0. */
  readonly epoch: number;
  /** From 0, within the epoch. */
  readonly batch: number;
  readonly batches: number;
  /** Of this batch, before its update. */
  readonly loss: Tensor;
  /** After the update. Its tensors are given to the next one, which uses their memory. */
  readonly state: TrainingState;
}

/**
 * Trains `net` on batches of shuffled examples, in compiled steps, from `start` to the end of the last epoch; yields after every batch.
 */
export function* trainClassifier(
  net: Module<NetParams>,
  train: Examples,
  settings: TrainingSettings,
  start: TrainingState = startTraining(net, train.images.shape, settings),
): Generator<Step, void> {
  const lossAndGradients = valueAndGrad(forwardStep(net, settings.loss));
  const { update } = optimizerOf(settings);
  const step = finite(
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
    const places = arraySplit(order, batches);
    for (; batch < batches; batch++) {
      const images = take(train.images, places[batch]);
      const labels = take(train.labels, places[batch]);
      const { loss, ...next } = step(params, optimizer, images, labels);
      ({ params, optimizer } = next);
      const isLast = batch === batches - 1;
      const place = isLast ? { epoch: epoch + 1, batch: 0 } : { epoch, batch: batch + 1 };
      yield { epoch, batch, batches, loss, state: { params, optimizer, key, ...place } };
    }
  }
}
