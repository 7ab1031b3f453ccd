/** The command line of `pnpm mnist`. */
import {
  addPlotOptions,
  finite,
  integer,
  parseOptions,
  path,
  type PlotOptions,
  sizes,
} from '@mini/tools/cli';
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CNN_DEFAULTS, OPTIMIZERS, SCHEDULES, TRAINING_DEFAULTS, type TrainingSettings } from './classify.ts';
import { defaultCacheDirectory, MIRROR } from './data/download.ts';
import { isStep } from './export-files.ts';
import { describeModelError, loadModel, type Model } from './model-file.ts';
import { MODELS } from './networks.ts';
import type { RunOptions } from './resume.ts';

export interface DataOptions {
  readonly data?: string;
  readonly download?: boolean;
  readonly cache: string;
  readonly mirror: string;
  readonly images?: number;
}

export interface CheckpointOptions {
  readonly checkpoint?: string;
  readonly every?: number;
  readonly keep?: number;
  readonly resume?: boolean;
}

export interface Options extends TrainingSettings, DataOptions, PlotOptions, CheckpointOptions {
  readonly save?: string;
  readonly load?: string;
  readonly classify?: string;
  /** The model in the file of --load. */
  readonly loaded?: Model;
  readonly export: readonly string[];
  readonly exportSteps?: number;
  readonly threads?: number;
}

/** Smaller than for the others: the length of Adam's steps does not depend on the gradients. */
const ADAM_LEARNING_RATE = 0.001;
/** Parses a fraction from 0 to 1, without 1. */
const fraction = (text: string): number => {
  const value = finite(0)(text);
  if (value >= 1) throw new InvalidArgumentError(`Expected a number in [0, 1), got '${text}'.`);
  return value;
};

/** Parses the path of an exported file, whose name says what it contains. */
const exportPath = (text: string): string => {
  const file = path(text);
  if (!EXPORT_NAME.test(file))
    throw new InvalidArgumentError(
      `Expected a name such as step.onnx, step.stablehlo or model.onnx, got '${text}'.`,
    );
  return file;
};
/** Parses the path of a model's file. */
const modelPath = (text: string): string => {
  const file = path(text);
  if (!file.endsWith('.safetensors'))
    throw new InvalidArgumentError(`Expected a name that ends with .safetensors, got '${text}'.`);
  return file;
};

/** A name that begins with step or model, with the extension of an engine's format. */
const EXPORT_NAME: RegExp = /(?:^|[/\\])(step|model)[^/\\]*\.(onnx|stablehlo)$/;

/** Parses the sizes of hidden layers. */
const hiddenSizes = (text: string): number[] => {
  if (text.trim() === 'none') return [];
  try {
    return sizes(text);
  } catch {
    throw new InvalidArgumentError(
      `Expected sizes of at least 1, such as 64,32, or none for a linear classifier, got '${text}'.`,
    );
  }
};

/** The default number of checkpoints to keep. */
const KEPT = 3;

const addTrainingOptions = (command: Command): Command => {
  const d = TRAINING_DEFAULTS;
  const c = CNN_DEFAULTS;
  return command
    .addOption(
      new Option('--model <name>', 'a fully connected network (mlp) or a convolutional one (cnn)')
        .choices([...MODELS])
        .default(d.model),
    )
    .option('--seed <integer>', 'seed of all random numbers', integer(0, 2 ** 32 - 1), d.seed)
    .addOption(
      new Option(
        '--hidden <sizes>',
        'sizes of the hidden layers, separated by commas; none for a linear classifier',
      )
        .argParser(hiddenSizes)
        .default(d.hidden, `${d.hidden.join()}, with cnn ${c.hidden.join()}`),
    )
    .option(
      '--learning-rate <number>',
      `step size (default: ${d.learningRate}, with cnn ${c.learningRate}, with adam ${ADAM_LEARNING_RATE})`,
      finite(0),
    )
    .addOption(
      new Option('--schedule <name>', 'how the step size changes: constant, or decreases to 0 along a cosine')
        .choices([...SCHEDULES])
        .default(d.schedule, `${d.schedule}, with cnn ${c.schedule}`),
    )
    .addOption(
      new Option('--batch-size <integer>', 'number of images in a batch')
        .argParser(integer(1, 1e6))
        .default(d.batchSize, `${d.batchSize}, with cnn ${c.batchSize}`),
    )
    .addOption(
      new Option('--epochs <integer>', 'number of passes through the training images; 0 only evaluates')
        .argParser(integer(0, 1e6))
        .default(d.epochs, `${d.epochs}, with cnn ${c.epochs}`),
    )
    .addOption(
      new Option('--loss <name>', 'cross-entropy of sigmoids (binary) or of a softmax')
        .choices(['binary', 'softmax'])
        .default(d.loss),
    )
    .addOption(
      new Option('--optimizer <name>', 'gradient descent, alone or with momentum 0.9, or Adam')
        .choices([...OPTIMIZERS])
        .default(d.optimizer, `${d.optimizer}, with cnn ${c.optimizer}`),
    )
    .option('--batch-norm', 'normalize after each convolution (with cnn)', d.batchNorm)
    .option(
      '--dropout <fraction>',
      'fraction of the inputs of the last layer that training drops (with cnn)',
      fraction,
      d.dropout,
    )
    .option(
      '--shift <pixels>',
      'shift each image in training by up to this many pixels',
      integer(0, 27),
      d.shift,
    );
};

const addDataOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--data <directory>',
        'train on full MNIST: the directory of its four IDX files, gzipped or not',
      ).conflicts('download'),
    )
    .option('--download', 'train on full MNIST: download the four files if the cache does not have them')
    .option('--images <count>', 'train on the first images only: at most this number', integer(2))
    .addOption(new Option('--cache <directory>', 'where to keep downloads').default(defaultCacheDirectory()))
    .addOption(new Option('--mirror <address>', 'where to download from').default(MIRROR));

const addFileOptions = (command: Command): Command =>
  addPlotOptions(command, 'mnist')
    .option(
      '--checkpoint <directory>',
      'where to save checkpoints of the training: after each epoch, or as --every says',
      path,
    )
    .option('--every <batches>', 'number of batches between two checkpoints (default: an epoch)', integer(1))
    .option('--keep <integer>', `number of checkpoints to keep (default: ${KEPT})`, integer(1, 1e6))
    .option('--resume', 'continue from the last checkpoint')
    .option(
      '--save <file>',
      'save the trained model (.safetensors), for the live page or for Python; after Ctrl-C, saves the model of the last complete epoch',
      modelPath,
    )
    .addOption(
      new Option(
        '--load <file>',
        'start from a model that --save wrote, with its network and normalisation (with --resume, the weights come from the checkpoint)',
      ).argParser(path),
    )
    .option(
      '--classify <image>',
      'print which digit the model of --load finds in a picture (PNG, JPEG or WebP), instead of training',
      path,
    )
    .addOption(
      new Option(
        '--export <file>',
        'write step.onnx or step.stablehlo (a training step), or model.onnx or model.stablehlo (the trained model) for other engines; can be repeated',
      )
        .argParser((file: string, files: readonly string[]) => [...files, exportPath(file)])
        .default([], 'none'),
    )
    .option(
      '--export-steps <integer>',
      'number of steps of the schedule in an exported step (default: those of this training)',
      integer(1),
    )
    .option(
      '--threads <integer>',
      'number of threads; the results do not depend on it (default: auto, as many as the machine runs at once, at most 8)',
      (text) => (text === 'auto' ? undefined : integer(1, 256)(text)),
    );

/** The options that --classify uses, or that change nothing for it. */
const FOR_CLASSIFY: ReadonlySet<string> = new Set(['classify', 'load', 'threads', 'plot', 'seed']);

/** Parses the command line. Ends the program for --help and for invalid options. */
export const parseMnistOptions = (): Options => {
  const command = new Command('mnist').description(
    'Trains a network on MNIST: by default a fully connected one, on 10,000 images that come with the package.',
  );
  addTrainingOptions(command);
  addDataOptions(command);
  addFileOptions(command);
  const options = parseOptions<Options>(command);
  for (const name of ['cache', 'mirror'])
    if (command.getOptionValueSource(name) === 'cli' && options.download !== true)
      command.error(`error: --${name} needs --download`);
  if (options.exportSteps !== undefined && options.export.length === 0)
    command.error('error: --export-steps needs --export <file>');
  if (options.exportSteps !== undefined && !options.export.some(isStep))
    command.error(
      'error: --export-steps needs a file whose name begins with step, such as --export step.onnx',
    );
  if (options.classify !== undefined && options.load === undefined)
    command.error('error: --classify needs --load <file>');
  if (options.load !== undefined)
    for (const name of ['model', 'hidden', 'loss', 'batchNorm'] as const)
      if (command.getOptionValueSource(name) === 'cli')
        command.error(
          `error: --${name === 'batchNorm' ? 'batch-norm' : name} cannot be used with --load: the file determines the network`,
        );
  const loaded = options.load === undefined ? undefined : readModel(command, options.load);
  const model = loaded?.model ?? options.model;
  if (model === 'mlp')
    for (const name of ['batchNorm', 'dropout'] as const)
      if (command.getOptionValueSource(name) === 'cli')
        command.error(`error: --${name === 'dropout' ? name : 'batch-norm'} needs --model cnn`);
  const training = command.options.find(
    (option) =>
      !FOR_CLASSIFY.has(option.attributeName()) &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (options.classify !== undefined && training !== undefined)
    command.error(`error: ${training.long} cannot be used with --classify, which does not train`);
  const defaults = model === 'cnn' ? CNN_DEFAULTS : TRAINING_DEFAULTS;
  // What the user has not chosen is as the model needs it.
  const chosen = Object.entries(options).filter(
    ([name]) => command.getOptionValueSource(name) !== 'default' || !(name in defaults),
  );
  const { optimizer } = { ...defaults, ...options };
  const isAdam = command.getOptionValueSource('optimizer') === 'cli' && optimizer === 'adam';
  return {
    ...options,
    ...defaults,
    ...(isAdam ? { learningRate: ADAM_LEARNING_RATE } : {}),
    ...(Object.fromEntries(chosen) as Partial<Options>),
    ...(loaded === undefined
      ? {}
      : { loaded, model, hidden: loaded.hidden, loss: loaded.loss, batchNorm: loaded.batchNorm }),
  };
};

/** Reads the file of --load. Ends the program if that fails. */
const readModel = (command: Command, file: string): Model => {
  try {
    return loadModel(readFileSync(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return command.error(
      `error: --load ${file}: ${code === 'ENOENT' ? 'there is no such file' : describeModelError(error)}`,
    );
  }
};

/** Returns how to save checkpoints, or undefined to save none. */
export const checkpointOptions = ({
  checkpoint,
  every,
  keep,
  resume,
}: CheckpointOptions): RunOptions | undefined => {
  if (checkpoint !== undefined) return { directory: checkpoint, keep: keep ?? KEPT, resume: resume ?? false };
  for (const [name, value] of Object.entries({ every, keep, resume }))
    if (value !== undefined) throw new Error(`--${name} needs --checkpoint <directory>`);
  return undefined;
};
