/** `pnpm mnist`: trains a fully connected network to recognise handwritten digits. */
import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import {
  CLASSES,
  getAcc,
  Net,
  prepareData,
  trainClassifier,
  TRAINING_DEFAULTS,
  type TrainingSettings,
} from './classify.ts';
import { addPlotOptions, finite, integer, type PlotOptions, programArguments, run, sizes } from './cli.ts';
import type { Splits } from './data/dataset.ts';
import { defaultCacheDirectory, downloadMnist, MIRROR } from './data/download.ts';
import { readEmbeddedDigits } from './data/embedded-digits.ts';
import { readMnist } from './data/mnist-files.ts';
import { confusionMatrix, predict, worstMistakes } from './evaluation.ts';
import { saveModel } from './model-file.ts';
import { accuracyChart, type EpochResult, lossChart } from './plots/charts.ts';
import type { Report } from './plots/report.ts';
import { reportPaths, writeReport, writeWhole } from './plots/write.ts';

interface Options extends TrainingSettings, PlotOptions {
  readonly data?: string;
  readonly download?: boolean;
  readonly cache: string;
  readonly mirror: string;
  readonly save?: string;
}

const MISTAKES_SHOWN = 24;

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
    .option('--learning-rate <number>', 'step size of gradient descent', finite(0), d.learningRate)
    .option('--batch-size <integer>', 'images in a batch', integer(1, 1e6), d.batchSize)
    .option('--epochs <integer>', 'passes through the training images', integer(1, 1e6), d.epochs)
    .addOption(
      new Option('--loss <name>', 'cross-entropy of sigmoids or of a softmax')
        .choices(['binary', 'softmax'])
        .default(d.loss),
    )
    .addOption(
      new Option('--data <directory>', 'full MNIST: the four IDX files, gzipped or not').conflicts(
        'download',
      ),
    )
    .option('--download', 'full MNIST: fetch the four files if they are not in the cache')
    .addOption(new Option('--cache <directory>', 'where downloads are kept').default(defaultCacheDirectory()))
    .addOption(new Option('--mirror <address>', 'where to download from').default(MIRROR));
  return addPlotOptions(command, 'mnist')
    .option('--save <file>', 'save the trained model (.safetensors), for the live page or for Python')
    .allowExcessArguments(false)
    .showHelpAfterError('(see --help)')
    .parse(programArguments(), { from: 'user' })
    .opts<Options>();
};

const readData = async ({ data, download, cache, mirror }: Options): Promise<Splits> => {
  if (data !== undefined) return readMnist(data);
  if (download !== true) return readEmbeddedDigits();
  await downloadMnist(cache, mirror, console.log);
  return readMnist(cache);
};

const percent = (fraction: number): string => fraction.toFixed(4);

const main = async (): Promise<void> => {
  const options = parse();
  const paths = options.plot === false ? undefined : reportPaths(options.plot, 'mnist');
  const splits = await readData(options);
  const { train: all, test: testData, source } = splits;
  const data = prepareData(splits);
  const { train, validation, test } = data;
  console.log(
    `data: ${source}: ${train.labels.size} training, ${validation.labels.size} validation, ${test.labels.size} test images`,
  );
  const description = `${[all.rows * all.columns, ...options.hidden, CLASSES].join('-')}, ${options.loss} cross-entropy, batch ${options.batchSize}, learning rate ${options.learningRate}, ${options.epochs} ${options.epochs === 1 ? 'epoch' : 'epochs'}, seed ${options.seed}`;
  console.log(`network: ${description}`);
  const net = Net(options.hidden, options.loss);
  const accuracyOf = getAcc(net);
  const bar = new SingleBar({
    format: 'epoch {epoch} [{bar}] {value}/{total} batches  loss {loss}',
    clearOnComplete: true,
    hideCursor: null,
  });
  const started = performance.now();
  let trainingTime = 0;
  let mark = started;
  let lossSum = 0;
  const history: EpochResult[] = [];
  let params;
  for (const step of trainClassifier(net, train, options)) {
    ({ params } = step);
    const loss = step.loss.item();
    if (!Number.isFinite(loss)) {
      bar.stop();
      throw new Error(
        `the loss is ${loss} in epoch ${step.epoch + 1}, batch ${step.batch + 1}: try a smaller --learning-rate`,
      );
    }
    if (step.batch === 0) {
      lossSum = 0;
      bar.start(step.batches, 0, { epoch: step.epoch + 1, loss: '' });
    }
    lossSum += loss;
    bar.update(step.batch + 1, { loss: loss.toFixed(4) });
    if (step.batch + 1 < step.batches) continue;
    bar.stop();
    trainingTime += performance.now() - mark;
    const meanLoss = lossSum / step.batches;
    const trainAccuracy = accuracyOf(params, train);
    const validationAccuracy = accuracyOf(params, validation);
    history.push({ loss: meanLoss, trainAccuracy, validationAccuracy });
    console.log(
      `epoch ${String(step.epoch + 1).padStart(String(options.epochs).length)}/${options.epochs}  loss ${meanLoss.toFixed(4)}  training accuracy ${percent(trainAccuracy)}  validation accuracy ${percent(validationAccuracy)}`,
    );
    mark = performance.now();
  }
  if (params === undefined) return;
  const images = options.epochs * train.labels.size;
  console.log(
    `trained on ${images} images in ${(trainingTime / 1000).toFixed(1)} s (${Math.round(images / (trainingTime / 1000))} images/s)`,
  );
  const best = Math.max(...history.map(({ validationAccuracy }) => validationAccuracy));
  console.log(`best validation accuracy ${percent(best)}`);
  const testAccuracy = accuracyOf(params, test);
  if (paths !== undefined) {
    const predictions = predict(net, options.loss, params, test);
    const report: Report = {
      title: 'Recognising handwritten digits',
      settings: [description, source],
      results: [
        ['test accuracy', percent(testAccuracy)],
        ['best validation accuracy', percent(best)],
        ['final loss', (history.at(-1)?.loss ?? NaN).toFixed(4)],
      ],
      charts: [accuracyChart(history, testAccuracy), lossChart(history)],
      confusion: confusionMatrix(predictions),
      mistakes: worstMistakes(testData, predictions, MISTAKES_SHOWN),
    };
    await writeReport(report, paths);
  }
  if (options.save !== undefined) {
    const { mean, std } = data;
    writeWhole(
      options.save,
      saveModel({
        params,
        hidden: options.hidden,
        loss: options.loss,
        mean,
        std,
        rows: all.rows,
        columns: all.columns,
      }),
    );
    console.log(`model: ${options.save}`);
  }
  console.log(`test accuracy ${percent(testAccuracy)}`);
};

await run(main);
