/** Recognises handwritten digits, in Node and browsers: the costs, the training, the accuracy. */
import {
  arraySplit,
  dynamicSlice,
  jit,
  oneHot,
  pad,
  random,
  type Shape,
  slice,
  take,
  type Tensor,
  tree,
  valueAndGrad,
  vmap,
  zeros,
} from '@mini/autograd';
import {
  accuracy,
  adam,
  binaryCrossEntropy,
  cosineDecay,
  type Module,
  type NoMemory,
  type Optimizer,
  sgd,
  softmaxCrossEntropy,
  type State,
} from '@mini/nn';
import type { Examples } from './data/prepare.ts';
import { checkFinite } from './finite.ts';
import {
  CLASSES,
  type DigitNet,
  isPlain,
  type Loss,
  type NetParams,
  type NetSettings,
  type NetState,
  scoresOf,
} from './networks.ts';

/** Binary cross-entropy of probabilities: the sum over the classes, the mean over the batch. */
export const crossEntropy = (y: Tensor, o: Tensor): Tensor => binaryCrossEntropy(o, y);

/** The cost of the network's outputs for images with labels [n], a scalar. */
const costOf = (loss: Loss, out: Tensor, labels: Tensor): Tensor =>
  loss === 'binary' ? crossEntropy(oneHot(labels, CLASSES), out) : softmaxCrossEntropy(out, labels);

/** The network's cost for images [n, rows, columns] with labels [n], a scalar. */
export const forwardStep =
  (net: Module<NetParams>, loss: Loss) =>
  (params: NetParams, images: Tensor, labels: Tensor): Tensor =>
    costOf(loss, net.apply(params, images), labels);

/** w - learningRate · g for every parameter. */
export const sgdStep = <P>(params: P, gradients: NoInfer<P>, learningRate: number): P =>
  tree.map((w, g) => w.sub(g.mul(learningRate)), params, gradients);

/**
 * Returns a function for the fraction of images that `net` recognises, from 0 to 1. A network with
 * a state needs it.
 */
export const getAcc = (
  net: DigitNet,
): ((params: NetParams, examples: Examples, state?: NetState) => number) => {
  const fraction = jit((params: NetParams, state: NetState, images: Tensor, labels: Tensor) =>
    accuracy(scoresOf(net, params, images, state), labels),
  );
  return (params, { images, labels }, state = {}) => {
    let right = 0;
    for (let start = 0; start < labels.size; start += EVALUATION_BATCH) {
      const range = [start, start + EVALUATION_BATCH] as const;
      const part = slice(labels, range);
      right += Math.round(fraction(params, state, slice(images, range), part).item() * part.size);
    }
    return right / labels.size;
  };
};

/** The number of images that are evaluated at once. */
export const EVALUATION_BATCH = 250;

export const OPTIMIZERS = ['sgd', 'momentum', 'adam'] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];
/** How the learning rate develops: it stays, or falls to 0 along a cosine. */
export const SCHEDULES = ['constant', 'cosine'] as const;
export type ScheduleName = (typeof SCHEDULES)[number];

export interface TrainingSettings extends NetSettings {
  readonly seed: number;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly optimizer: OptimizerName;
  readonly schedule: ScheduleName;
  /** Images in training are shifted by up to this many pixels in each direction. */
  readonly shift: number;
}

export const TRAINING_DEFAULTS: TrainingSettings = {
  seed: 42,
  model: 'mlp',
  hidden: [128],
  batchNorm: false,
  dropout: 0,
  learningRate: 0.1,
  batchSize: 64,
  epochs: 10,
  loss: 'softmax',
  optimizer: 'sgd',
  schedule: 'constant',
  shift: 0,
};

/** The settings of a convolutional network that differ. */
export const CNN_DEFAULTS: TrainingSettings = {
  ...TRAINING_DEFAULTS,
  model: 'cnn',
  hidden: [256],
  learningRate: 0.05,
  batchSize: 32,
  epochs: 3,
  optimizer: 'momentum',
  schedule: 'cosine',
};

/** The part of the state that all optimizers have. */
type OptimizerState = State<NoMemory, NetParams>;

const MOMENTUM = 0.9;

/** Makes the optimizer of a training of so many steps. */
const createOptimizer = (
  { optimizer, learningRate: rate, schedule }: TrainingSettings,
  steps: number,
): Optimizer<NoMemory> => {
  const learningRate = schedule === 'constant' ? rate : cosineDecay(rate, steps);
  switch (optimizer) {
    case 'sgd':
      if (typeof learningRate !== 'number') return sgd({ learningRate });
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
  /** The state of the network; empty for most. */
  readonly state: NetState;
  readonly optimizer: OptimizerState;
  /** Determines the order of the examples in every epoch, and all other random numbers. */
  readonly key: random.Key;
  /** Epoch and index of the next batch; both start at 0. */
  readonly epoch: number;
  readonly batch: number;
}

/** A network's parameters, and its state, which is empty for most. */
export interface Weights {
  readonly params: NetParams;
  readonly state: NetState;
}

/**
 * Returns the state before the first batch, with new parameters for images of this shape, or with
 * the given ones.
 */
export const startTraining = (
  net: DigitNet,
  imageShape: Shape,
  settings: TrainingSettings,
  weights?: Weights,
): TrainingState => {
  const [initKey, key] = random.split(random.key(settings.seed), 2);
  const params = weights?.params ?? net.init(initKey, imageShape);
  const state = weights?.state ?? (isPlain(net) ? {} : net.initState(imageShape));
  const optimizer = createOptimizer(settings, 1).init(params);
  return { params, state, optimizer, key, epoch: 0, batch: 0 };
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
 * Shifts each image by a random number of pixels, at most `most` in each direction. What moves in
 * at the edges has the value of paper, that of the first pixel of the image.
 */
const shiftImages = (key: random.Key, images: Tensor, most: number): Tensor => {
  const [count, ...sizes] = images.shape;
  const starts = random.randint(key, [count, 2], 0, 2 * most + 1);
  return vmap((image: Tensor, start: Tensor) => {
    const paper = slice(image, 0, 0);
    return dynamicSlice(pad(image, most, paper), start, sizes);
  })(images, starts);
};

/** Random numbers of a training have a key of their own, beside those of its epochs. */
const NOISE = 2 ** 24;

/** A function for one step of a training. */
export type TrainingStep = (
  params: NetParams,
  optimizer: OptimizerState,
  state: NetState,
  key: random.Key,
  images: Tensor,
  labels: Tensor,
) => {
  readonly loss: Tensor;
  readonly params: NetParams;
  readonly optimizer: OptimizerState;
  readonly state: NetState;
};

/**
 * Returns the function for one step of a training of so many steps. Its results are the loss of a
 * batch before the update, and the parameters, the optimizer's state and the network's state after
 * it.
 */
export const trainingStep = (net: DigitNet, settings: TrainingSettings, steps: number): TrainingStep => {
  const { loss: kind, shift } = settings;
  const { update } = createOptimizer(settings, steps);
  const forward = (
    params: NetParams,
    state: NetState,
    key: random.Key,
    images: Tensor,
    labels: Tensor,
  ): [Tensor, NetState] => {
    const [shiftKey, ownKey] = random.split(key, 2);
    const shifted = shift === 0 ? images : shiftImages(shiftKey, images, shift);
    if (isPlain(net)) return [forwardStep(net, kind)(params, shifted, labels), state];
    const [out, next] = net.train(params, shifted, { state, key: ownKey });
    return [costOf(kind, out, labels), next];
  };
  const lossAndGradients = valueAndGrad(forward, { hasAux: true });
  return function step(params, optimizer, state, key, images, labels) {
    const [[loss, nextNetState], gradients] = lossAndGradients(params, state, key, images, labels);
    const [nextParams, nextMemory] = update(params, gradients, optimizer);
    return { loss, params: nextParams, optimizer: nextMemory, state: nextNetState };
  };
};

/**
 * Trains `net` on batches of shuffled examples; yields after every batch.
 *
 * Training runs from `start` to the end of the last epoch, in compiled steps. Throws a
 * NonFiniteError if a step produces NaN or an infinity.
 */
export function* trainClassifier(
  net: DigitNet,
  train: Examples,
  settings: TrainingSettings,
  start: TrainingState = startTraining(net, train.images.shape, settings),
): Generator<Step, void> {
  const batches = batchCount(train, settings);
  const { epochs } = settings;
  const step = checkFinite(
    jit(trainingStep(net, settings, Math.max(1, epochs * batches)), { donate: [0, 1, 2] }),
  );
  const { key } = start;
  const noise = random.foldIn(key, NOISE);
  let { params, optimizer, state } = start;
  for (let { epoch, batch } = start; epoch < epochs; epoch++, batch = 0) {
    const order = random.permutation(random.foldIn(key, epoch), train.labels.size);
    const indices = arraySplit(order, batches);
    for (; batch < batches; batch++) {
      const images = take(train.images, indices[batch]);
      const labels = take(train.labels, indices[batch]);
      const batchKey = random.foldIn(noise, epoch * batches + batch);
      const { loss, ...result } = step(params, optimizer, state, batchKey, images, labels);
      ({ params, optimizer, state } = result);
      const isLast = batch === batches - 1;
      const next = isLast ? { epoch: epoch + 1, batch: 0 } : { epoch, batch: batch + 1 };
      yield { epoch, batch, batches, loss, state: { ...result, key, ...next } };
    }
  }
}
