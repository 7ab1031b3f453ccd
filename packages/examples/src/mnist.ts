/** `pnpm mnist`: trains a fully connected network to recognise handwritten digits. */
import {
  addPlotOptions,
  finite,
  integer,
  parseOptions,
  path,
  type PlotOptions,
  run,
  sizes,
} from '@mini/tools/cli';
import { prepareFiles, writeFileAtomically } from '@mini/tools/files';
import { listenForInterruption } from '@mini/tools/interruption';
import type { Report } from '@mini/tools/plots/report';
import { reportPaths, writeReport } from '@mini/tools/plots/write';
import { Command, Option } from 'commander';
import {
  batchCount,
  CLASSES,
  getAcc,
  Net,
  OPTIMIZERS,
  prepareData,
  startTraining,
  TRAINING_DEFAULTS,
  type TrainingSettings,
} from './classify.ts';
import type { Splits } from './data/dataset.ts';
import { defaultCacheDirectory, downloadMnist, MIRROR } from './data/download.ts';
import { readEmbeddedDigits } from './data/embedded-digits.ts';
import { readMnist } from './data/mnist-files.ts';
import { confusionMatrix, formatFraction, predict, worstMistakes } from './evaluation.ts';
import { adviceFor } from './finite.ts';
import { saveModel } from './model-file.ts';
import { accuracyChart, lossChart } from './plots/charts.ts';
import { openRun, type RunOptions } from './resume.ts';
import { trainSession } from './session.ts';

interface Options extends TrainingSettings, PlotOptions {
  readonly data?: string;
  readonly download?: boolean;
  readonly cache: string;
  readonly mirror: string;
  readonly save?: string;
  readonly checkpoint?: string;
  readonly every?: number;
  readonly keep?: number;
  readonly resume?: boolean;
}

const MISTAKES_SHOWN = 24;
/** Adam's steps are as long as the learning rate, whatever the gradients. */
const ADAM_LEARNING_RATE = 0.001;
/** Checkpoints that stay, by default. */
const KEPT = 3;

const parse = (): Options => {
  const d = TRAINING_DEFAULTS;
  const command = new Command('mnist')
    .description(
      'Trains a fully connected network on MNIST: by default on 10,000 images that come with the package.',
    )
    .option('--seed <integer>', 'seed of all random numbers', integer(0, 2 ** 32 - 1), d.seed)
    .addOption(
      new Option('--hidden <sizes>', 'sizes of the hidden layers, with commas between them')
        .argParser(sizes)
        .default(d.hidden, d.hidden.join()),
    )
    .option(
      '--learning-rate <number>',
      `step size (default: ${d.learningRate}, with adam ${ADAM_LEARNING_RATE})`,
      finite(0),
    )
    .option('--batch-size <integer>', 'images in a batch', integer(1, 1e6), d.batchSize)
    .option('--epochs <integer>', 'passes through the training images', integer(1, 1e6), d.epochs)
    .addOption(
      new Option('--loss <name>', 'cross-entropy of sigmoids or of a softmax')
        .choices(['binary', 'softmax'])
        .default(d.loss),
    )
    .addOption(
      new Option('--optimizer <name>', 'gradient descent, alone or with momentum 0.9, or Adam')
        .choices([...OPTIMIZERS])
        .default(d.optimizer),
    )
    .addOption(
      new Option('--data <directory>', 'full MNIST: the four IDX files, gzipped or not').conflicts(
        'download',
      ),
    )
    .option('--download', 'full MNIST: fetch the four files if they are not in the cache')
    .addOption(new Option('--cache <directory>', 'where downloads are kept').default(defaultCacheDirectory()))
    .addOption(new Option('--mirror <address>', 'where to download from').default(MIRROR));
  addPlotOptions(command, 'mnist')
    .option('--checkpoint <directory>', 'save the state of the training there, at every epoch', path)
    .option('--every <batches>', 'save it every so many batches', integer(1))
    .option('--keep <integer>', `how many checkpoints stay (default: ${KEPT})`, integer(1, 1e6))
    .option('--resume', 'go on from the last checkpoint')
    .option('--save <file>', 'save the trained model (.safetensors), for the live page or for Python', path);
  const options = parseOptions<Options>(command);
  for (const name of ['cache', 'mirror'])
    if (command.getOptionValueSource(name) === 'cli' && options.download !== true)
      command.error(`error: --${name} needs --download`);
  return {
    ...options,
    learningRate:
      options.learningRate ?? (options.optimizer === 'adam' ? ADAM_LEARNING_RATE : d.learningRate),
  };
};

const readData = async ({ data, download, cache, mirror }: Options): Promise<Splits> => {
  if (data !== undefined) return readMnist(data);
  if (download !== true) return readEmbeddedDigits();
  await downloadMnist(cache, mirror, console.log);
  return readMnist(cache);
};

/** How to treat checkpoints, or undefined for none. */
const runOptions = ({ checkpoint, every, keep, resume }: Options): RunOptions | undefined => {
  if (checkpoint !== undefined) return { directory: checkpoint, keep: keep ?? KEPT, resume: resume ?? false };
  for (const [name, value] of Object.entries({ every, keep, resume }))
    if (value !== undefined) throw new Error(`--${name} needs --checkpoint <directory>`);
  return undefined;
};

const main = async (): Promise<void> => {
  const options = parse();
  const checkpoints = runOptions(options);
  const paths = options.plot === false ? undefined : reportPaths(options.plot, 'mnist');
  if (options.save !== undefined) prepareFiles(`--save ${options.save}`, options.save);
  const splits = await readData(options);
  const data = prepareData(splits);
  const { train, validation, test } = data;
  const { rows, columns } = splits.train;
  console.log(
    `data: ${splits.source}: ${train.labels.size} training, ${validation.labels.size} validation, ${test.labels.size} test images`,
  );
  const { hidden, loss, optimizer, batchSize, learningRate, epochs, seed } = options;
  const description = `${[rows * columns, ...hidden, CLASSES].join('-')}, ${loss} cross-entropy, ${optimizer}, batch ${batchSize}, learning rate ${learningRate}, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, seed ${seed}`;
  console.log(`network: ${description}`);
  const net = Net(hidden, loss);
  const interruption = listenForInterruption();
  const started =
    checkpoints &&
    openRun(
      checkpoints,
      options,
      data,
      startTraining(net, train.images.shape, options),
      batchCount(train, options),
      console.log,
    );
  const result = await trainSession({
    net,
    data,
    settings: options,
    progress: started?.progress,
    save: started?.save,
    every: options.every ?? 0,
    interruption,
  });
  if (result === undefined) {
    process.exitCode = interruption.exitCode;
    return;
  }
  const { params, history } = result;
  const best = Math.max(...history.map(({ validationAccuracy }) => validationAccuracy));
  console.log(`best validation accuracy ${formatFraction(best)}`);
  const testAccuracy = getAcc(net)(params, test);
  try {
    if (options.save !== undefined) {
      const { mean, std } = data;
      writeFileAtomically(options.save, saveModel({ params, hidden, loss, mean, std, rows, columns }));
      console.log(`model: ${options.save}`);
    }
    if (paths !== undefined) {
      const predictions = predict(net, loss, params, test);
      const report: Report = {
        title: 'Recognising handwritten digits',
        settings: [description, splits.source],
        results: [
          ['test accuracy', formatFraction(testAccuracy)],
          ['best validation accuracy', formatFraction(best)],
          ['final loss', (history.at(-1)?.loss ?? NaN).toFixed(4)],
        ],
        charts: [accuracyChart(history, testAccuracy), lossChart(history)],
        confusion: confusionMatrix(predictions),
        mistakes: worstMistakes(splits.test, predictions, MISTAKES_SHOWN),
      };
      await writeReport(report, paths);
    }
  } finally {
    // Last, and whatever becomes of the files.
    console.log(`test accuracy ${formatFraction(testAccuracy)}`);
  }
};

await run(main, adviceFor);
