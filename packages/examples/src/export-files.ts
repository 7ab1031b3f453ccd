/** Files for other engines: a training step, or the trained network. */
import { div, random, slice, sub, type Tensor, zeros } from '@mini/autograd';
import { toOnnx, toStableHLO } from '@mini/export';
import { batchCount, startTraining, type TrainingSettings, trainingStep } from './classify.ts';
import type { Examples } from './data/prepare.ts';
import { classProbabilities } from './evaluation.ts';
import type { DigitNet, NetParams, NetState } from './networks.ts';

export interface ExportSettings extends TrainingSettings {
  /** The number of steps of the schedule; by default those of this training. */
  readonly exportSteps?: number;
}

/** Throws if a step would have a schedule of no length: its learning rate would be 0. */
export const checkSchedule = (files: readonly string[], settings: ExportSettings): void => {
  const { schedule, epochs, exportSteps } = settings;
  const step = files.find(isStep);
  if (step !== undefined && schedule !== 'constant' && epochs === 0 && exportSteps === undefined)
    throw new Error(
      `--export ${step}: the length of the ${schedule} schedule is not known with --epochs 0: add --export-steps <integer>, or --schedule constant`,
    );
};

/** Whether a file contains a training step, as opposed to the model. */
export const isStep = (path: string): boolean => /(?:^|[/\\])step[^/\\]*$/.test(path);

/** What files are made of. */
export interface ExportSource {
  readonly net: DigitNet;
  readonly params: NetParams;
  readonly state: NetState;
  readonly settings: ExportSettings;
  readonly train: Examples;
  /** Mean and standard deviation of the training images' grey values. */
  readonly mean: number;
  readonly std: number;
}

type Exporter = <A extends unknown[]>(f: (...args: A) => unknown, ...examples: A) => string | Uint8Array;

/** A training step: its images are normalized, and its batches have the size of the training. */
const exportStep = (exporter: Exporter, { net, settings, train }: ExportSource): string | Uint8Array => {
  const steps = settings.exportSteps ?? settings.epochs * batchCount(train, settings);
  const { params, optimizer, state } = startTraining(net, train.images.shape, settings);
  const size = Math.min(settings.batchSize, train.labels.size);
  const [images, labels] = [slice(train.images, [0, size]), slice(train.labels, [0, size])];
  return exporter(
    trainingStep(net, settings, Math.max(1, steps)),
    params,
    optimizer,
    state,
    random.key(settings.seed),
    images,
    labels,
  );
};

/** The trained network, from the grey values of one image, 0 to 255, to the probabilities. */
const exportModel = (
  exporter: Exporter,
  { net, params, state, settings, train, mean, std }: ExportSource,
): string | Uint8Array => {
  const probabilities = classProbabilities(net, settings.loss);
  const model = (images: Tensor): { probabilities: Tensor } => {
    const normalized = div(sub(images, mean), std === 0 ? 1 : std);
    return { probabilities: probabilities(params, normalized, state) };
  };
  return exporter(model, zeros([1, ...train.images.shape.slice(1)]));
};

/** Returns the content of a file. Its name says what it contains, and for which engine. */
export const exportedFile = (path: string, source: ExportSource): string | Uint8Array => {
  const exporter: Exporter = path.endsWith('.onnx') ? toOnnx : toStableHLO;
  return isStep(path) ? exportStep(exporter, source) : exportModel(exporter, source);
};
