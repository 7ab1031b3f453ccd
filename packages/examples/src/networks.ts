/** The networks that recognise digits. */
import { expandDims, relu, sigmoid, type Tensor } from '@mini/autograd';
import {
  AvgPool,
  BatchNorm,
  Conv,
  Dense,
  Dropout,
  Flatten,
  type Layer,
  type Module,
  type Network,
  type NoParams,
  Sequential,
} from '@mini/nn';

export const CLASSES = 10;

export type Loss = 'binary' | 'softmax';
/** Fully connected, or convolutional. */
export const MODELS = ['mlp', 'cnn'] as const;
export type ModelName = (typeof MODELS)[number];

/** What determines a network. */
export interface NetSettings {
  readonly model: ModelName;
  /** Sizes of the hidden layers that are fully connected. */
  readonly hidden: readonly number[];
  readonly loss: Loss;
  /** Whether a convolutional network normalizes after each convolution. */
  readonly batchNorm: boolean;
  /** The part of the input of its last layer that a convolutional network drops in training. */
  readonly dropout: number;
}

/** The parameters of a network by layer. */
export type NetParams = Readonly<Record<string, Readonly<Record<string, Tensor>>>>;
/** The state of a network by layer; empty for most. */
export type NetState = Readonly<Record<string, Readonly<Record<string, Tensor>>>>;

/** A network from images [n, rows, columns] to the scores [n, 10] of the digits. */
export type DigitNet = Module<NetParams> | Network<NetParams, NetState, 'key' | 'state'>;

export const isPlain = (net: DigitNet): net is Module<NetParams> => !('train' in net);

/** The scores of images after training. A network with a state needs it. */
export const scoresOf = (net: DigitNet, params: NetParams, images: Tensor, state: NetState): Tensor =>
  isPlain(net) ? net.apply(params, images) : net.evaluate(params, images, state);

/** The hidden layers that are fully connected. */
const hiddenLayers = (sizes: readonly number[]): Record<string, Layer> =>
  Object.fromEntries(
    sizes.flatMap((features, i) => [
      [`hidden${i + 1}`, Dense(features)],
      [`relu${i + 1}`, relu],
    ]),
  );

/**
 * A fully connected network from images to the scores of ten classes.
 *
 * It flattens the images and has relu between the layers. For the binary loss it ends with a
 * sigmoid, for the softmax loss with the logits.
 */
export const Net = (hidden: readonly number[], loss: Loss): Module<NetParams> =>
  Sequential({
    flatten: Flatten,
    ...hiddenLayers(hidden),
    out: Dense(CLASSES),
    ...(loss === 'binary' ? { sigmoid } : {}),
  }) as unknown as Module<NetParams>;

/** Adds an axis of one channel. */
const Channel: Module<NoParams> = {
  init: () => ({}),
  apply: (_params, x) => expandDims(x, -1),
  outputShape: (shape) => [...shape, 1],
};

/** The numbers of channels after each convolution. */
const CHANNELS = [32, 64];

/**
 * A convolutional network: twice a convolution of 3×3, relu, and the mean of 2×2; then fully
 * connected layers. This is the one of flax's MNIST example, except for the options.
 */
const ConvNet = ({ hidden, loss, batchNorm, dropout }: NetSettings): DigitNet =>
  Sequential({
    channel: Channel,
    ...Object.fromEntries(
      CHANNELS.flatMap((features, i): [string, Layer][] => [
        [`conv${i + 1}`, Conv(features, 3)],
        ...(batchNorm ? ([[`norm${i + 1}`, BatchNorm()]] as [string, Layer][]) : []),
        [`act${i + 1}`, relu],
        [`pool${i + 1}`, AvgPool({ window: 2, strides: 2 })],
      ]),
    ),
    flatten: Flatten,
    ...hiddenLayers(hidden),
    ...(dropout > 0 ? { drop: Dropout(dropout) } : {}),
    out: Dense(CLASSES),
    ...(loss === 'binary' ? { sigmoid } : {}),
  }) as unknown as DigitNet;

/** Makes the network that the settings describe. */
export const makeNet = (settings: NetSettings): DigitNet =>
  settings.model === 'cnn' ? ConvNet(settings) : Net(settings.hidden, settings.loss);

/** The number of parameters of a network for images of a size. */
export const parameterCount = (
  { model, hidden, batchNorm }: NetSettings,
  rows: number,
  columns: number,
): number => {
  const dense = (sizes: readonly number[]): number =>
    sizes.slice(1).reduce((count, size, i) => count + (sizes[i] + 1) * size, 0);
  if (model === 'mlp') return dense([rows * columns, ...hidden, CLASSES]);
  const convolutions = CHANNELS.map((size, i) => (9 * (CHANNELS[i - 1] ?? 1) + (batchNorm ? 3 : 1)) * size);
  const flat = Math.floor(rows / 4) * Math.floor(columns / 4) * CHANNELS[CHANNELS.length - 1];
  return convolutions.reduce((sum, count) => sum + count, dense([flat, ...hidden, CLASSES]));
};
