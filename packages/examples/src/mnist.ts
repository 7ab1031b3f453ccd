/** `pnpm mnist`: trains a network to recognise handwritten digits. */
import { useThreads } from '@mini/autograd/threads';
import { run } from '@mini/tools/cli';
import { prepareFiles, writeFileAtomically } from '@mini/tools/files';
import { listenForInterruption } from '@mini/tools/interruption';
import type { Report } from '@mini/plot';
import { prepareReport, writeReport } from '@mini/tools/report-files';
import { batchCount, getAcc, startTraining } from './classify.ts';
import { prepareData, type PreparedData } from './data/prepare.ts';
import { type Dataset, type Splits, subset } from './data/dataset.ts';
import { downloadMnist } from './data/download.ts';
import { readEmbeddedDigits } from './data/embedded-digits.ts';
import { readMnist } from './data/mnist-files.ts';
import {
  confusionMatrix,
  formatFraction,
  mistakesFigure,
  predict,
  type Prediction,
  worstMistakes,
} from './evaluation.ts';
import { explain } from './finite.ts';
import { checkpointOptions, type DataOptions, type Options, parseMnistOptions } from './mnist-options.ts';
import { checkSchedule, exportedFile } from './export-files.ts';
import { saveModel } from './model-file.ts';
import { CLASSES, type DigitNet, makeNet } from './networks.ts';
import { accuracyFigure, lossFigure } from './figures.ts';
import { openRun, type RunOptions } from './resume.ts';
import { type SessionResult, trainSession } from './session.ts';

const MISTAKES_SHOWN = 24;

/** Keeps at most `images` training images, those for validation included. */
const limit = (splits: Splits, images: number | undefined): Splits =>
  images === undefined || images >= splits.train.count
    ? splits
    : { ...splits, train: subset(splits.train, 0, images) };

const readData = async ({ data, download, cache, mirror }: DataOptions): Promise<Splits> => {
  if (data !== undefined) return readMnist(data);
  if (download !== true) return readEmbeddedDigits();
  await downloadMnist(cache, mirror, console.log);
  return readMnist(cache);
};

/** The images as numbers, the test images also as bytes, and where they come from. */
interface Loaded extends Pick<Splits, 'source' | 'test'> {
  readonly data: PreparedData;
}

/** Reads and prepares the images. The bytes of the training images are not kept. */
const load = async (options: Options): Promise<Loaded> => {
  const splits = limit(await readData(options), options.images);
  const { loaded } = options;
  const { rows, columns } = splits.train;
  if (loaded !== undefined && (loaded.rows !== rows || loaded.columns !== columns))
    throw new Error(
      `--load ${options.load}: its images have ${loaded.rows}×${loaded.columns} pixels, the images of the data have ${rows}×${columns}`,
    );
  return { data: prepareData(splits, loaded), test: splits.test, source: splits.source };
};

/** Describes the network and its training on one line. */
const describe = (options: Options, { rows, columns }: Dataset): string => {
  const { model, hidden, batchNorm, dropout, shift, loss, optimizer, batchSize, epochs, seed } = options;
  const rate = `learning rate ${options.learningRate}`;
  return [
    model === 'mlp'
      ? [rows * columns, ...hidden, CLASSES].join('-')
      : `convolutional, then ${[...hidden, CLASSES].join('-')}`,
    ...(batchNorm ? ['batch norm'] : []),
    ...(dropout === 0 ? [] : [`dropout ${dropout}`]),
    ...(shift === 0 ? [] : [`shifts up to ${shift}`]),
    `${loss} cross-entropy`,
    optimizer,
    `batch ${batchSize}`,
    options.schedule === 'constant' ? rate : `${rate} with cosine decay`,
    `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`,
    `seed ${seed}`,
  ].join(', ');
};

/** Trains to the end. If it is interrupted, it sets the exit code. */
const train = async (
  net: DigitNet,
  data: PreparedData,
  settings: Options,
  checkpoints: RunOptions | undefined,
): Promise<SessionResult> => {
  const interruption = listenForInterruption();
  const start = startTraining(net, data.train.images.shape, settings, settings.loaded);
  const opened =
    checkpoints && openRun(checkpoints, settings, data, start, batchCount(data.train, settings), console.log);
  const result = await trainSession({
    net,
    data,
    settings,
    start,
    progress: opened?.progress,
    save: opened?.save,
    every: settings.every ?? 0,
    interruption,
  });
  if (result.interrupted !== undefined) process.exitCode = interruption.exitCode;
  return result;
};

const printCounts = ({ source, data: { train, validation, test } }: Loaded): void => {
  const [trainCount, validationCount, testCount] = [train, validation, test].map(({ labels }) => labels.size);
  console.log(
    `data: ${source}: ${trainCount} training, ${validationCount} validation, ${testCount} test images`,
  );
};

/** Writes the files of --export. */
const writeExports = (
  net: DigitNet,
  result: SessionResult,
  options: Options,
  { train, mean, std }: PreparedData,
): void => {
  for (const path of options.export) {
    writeFileAtomically(path, exportedFile(path, { net, ...result, settings: options, train, mean, std }));
    console.log(`exported: ${path}`);
  }
};

const bestAccuracy = ({ history }: SessionResult): number =>
  Math.max(...history.map(({ validationAccuracy }) => validationAccuracy));

const writeModel = (
  path: string,
  { params, state }: SessionResult,
  { model, hidden, loss, batchNorm }: Options,
  { mean, std }: PreparedData,
  { rows, columns }: Dataset,
): void => {
  writeFileAtomically(
    path,
    saveModel({ params, state, model, hidden, loss, batchNorm, mean, std, rows, columns }),
  );
  console.log(`model: ${path}`);
};

const createReport = (
  settings: readonly string[],
  result: SessionResult,
  testAccuracy: number,
  predictions: readonly Prediction[],
  test: Dataset,
): Report => {
  const { history } = result;
  const mistakes = worstMistakes(predictions, MISTAKES_SHOWN);
  return {
    title: 'Recognising handwritten digits',
    settings,
    results: [
      ['test accuracy', formatFraction(testAccuracy)],
      ...(history.length === 0
        ? []
        : ([
            ['best validation accuracy', formatFraction(bestAccuracy(result))],
            ['final loss', history[history.length - 1].loss.toFixed(4)],
          ] as const)),
    ],
    figures: [
      ...(history.length === 0 ? [] : [accuracyFigure(history, testAccuracy), lossFigure(history)]),
      { title: 'Confusion matrix of the test images', confusion: confusionMatrix(predictions) },
      ...(mistakes.length === 0 ? [] : [mistakesFigure(test, mistakes)]),
    ],
  };
};

const main = async (): Promise<void> => {
  const options = parseMnistOptions();
  const { classify, loaded: model } = options;
  if (classify !== undefined && model !== undefined) {
    // It needs a canvas, which takes time to load.
    const { classifyImage } = await import('./classify-image.ts');
    for (const line of await classifyImage(classify, model)) console.log(line);
    return;
  }
  useThreads(options.threads);
  const checkpoints = checkpointOptions(options);
  const paths = options.plot === false ? undefined : await prepareReport(options.plot, 'mnist');
  if (options.save !== undefined) prepareFiles(`--save ${options.save}`, options.save);
  checkSchedule(options.export, options);
  for (const path of options.export) prepareFiles(`--export ${path}`, path);
  const loaded = await load(options);
  const { data, test, source } = loaded;
  printCounts(loaded);
  const description = describe(options, test);
  console.log(`network: ${description}`);
  const net = makeNet(options);
  const result = await train(net, data, options, checkpoints);
  const { interrupted, history } = result;
  if (interrupted !== undefined) {
    const hasFiles = options.save !== undefined || options.export.length > 0;
    const isSaved = hasFiles && history.length > 0;
    const advice = isSaved
      ? ', the files are those of the last full epoch'
      : hasFiles
        ? ', nothing was saved: no epoch was complete (see --checkpoint)'
        : ', nothing was saved (see --save and --checkpoint)';
    console.log(interrupted + (isSaved || checkpoints === undefined ? advice : ''));
    if (!isSaved) return;
  }
  if (result.history.length > 0)
    console.log(`best validation accuracy ${formatFraction(bestAccuracy(result))}`);
  const { params, state } = result;
  const testAccuracy = getAcc(net)(params, data.test, state);
  try {
    if (options.save !== undefined) writeModel(options.save, result, options, data, test);
    writeExports(net, result, options, data);
    if (paths !== undefined) {
      const settings = [description, source];
      const predictions = predict(net, options.loss, params, data.test, state);
      await writeReport(createReport(settings, result, testAccuracy, predictions, test), paths);
    }
  } finally {
    // The last line, even if a file cannot be written.
    console.log(`test accuracy ${formatFraction(testAccuracy)}`);
  }
};

await run(main, explain);
