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
import { Command, Option } from 'commander';
import { OPTIMIZERS, TRAINING_DEFAULTS, type TrainingSettings } from './classify.ts';
import { defaultCacheDirectory, MIRROR } from './data/download.ts';
import type { RunOptions } from './resume.ts';

export interface DataOptions {
  readonly data?: string;
  readonly download?: boolean;
  readonly cache: string;
  readonly mirror: string;
}

export interface CheckpointOptions {
  readonly checkpoint?: string;
  readonly every?: number;
  readonly keep?: number;
  readonly resume?: boolean;
}

export interface Options extends TrainingSettings, DataOptions, PlotOptions, CheckpointOptions {
  readonly save?: string;
}

/** Smaller than for the others: the length of Adam's steps does not depend on the gradients. */
const ADAM_LEARNING_RATE = 0.001;
/** The default number of checkpoints to keep. */
const KEPT = 3;

const addTrainingOptions = (command: Command): Command => {
  const d = TRAINING_DEFAULTS;
  return command
    .option('--seed <integer>', 'seed of all random numbers', integer(0, 2 ** 32 - 1), d.seed)
    .addOption(
      new Option('--hidden <sizes>', 'sizes of the hidden layers, separated by commas')
        .argParser(sizes)
        .default(d.hidden, d.hidden.join()),
    )
    .option(
      '--learning-rate <number>',
      `step size (default: ${d.learningRate}, with adam ${ADAM_LEARNING_RATE})`,
      finite(0),
    )
    .option('--batch-size <integer>', 'number of images in a batch', integer(1, 1e6), d.batchSize)
    .option('--epochs <integer>', 'number of passes through the training images', integer(1, 1e6), d.epochs)
    .addOption(
      new Option('--loss <name>', 'cross-entropy of sigmoids (binary) or of a softmax')
        .choices(['binary', 'softmax'])
        .default(d.loss),
    )
    .addOption(
      new Option('--optimizer <name>', 'gradient descent, alone or with momentum 0.9, or Adam')
        .choices([...OPTIMIZERS])
        .default(d.optimizer),
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
    .addOption(new Option('--cache <directory>', 'where to keep downloads').default(defaultCacheDirectory()))
    .addOption(new Option('--mirror <address>', 'where to download from').default(MIRROR));

const addFileOptions = (command: Command): Command =>
  addPlotOptions(command, 'mnist')
    .option('--checkpoint <directory>', 'save a checkpoint of the training there after every epoch', path)
    .option('--every <batches>', 'number of batches between two checkpoints (default: an epoch)', integer(1))
    .option('--keep <integer>', `number of checkpoints to keep (default: ${KEPT})`, integer(1, 1e6))
    .option('--resume', 'continue from the last checkpoint')
    .option('--save <file>', 'save the trained model (.safetensors), for the live page or for Python', path);

/** Parses the command line. Ends the program for --help and for invalid options. */
export const parseMnistOptions = (): Options => {
  const command = new Command('mnist').description(
    'Trains a fully connected network on MNIST: by default on 10,000 images that come with the package.',
  );
  addTrainingOptions(command);
  addDataOptions(command);
  addFileOptions(command);
  const options = parseOptions<Options>(command);
  for (const name of ['cache', 'mirror'])
    if (command.getOptionValueSource(name) === 'cli' && options.download !== true)
      command.error(`error: --${name} needs --download`);
  const defaultRate = options.optimizer === 'adam' ? ADAM_LEARNING_RATE : TRAINING_DEFAULTS.learningRate;
  return { ...options, learningRate: options.learningRate ?? defaultRate };
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
