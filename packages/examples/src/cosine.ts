/** `pnpm cosine`: trains a small network to remove noise from a cosine. */
import { setImmediate } from 'node:timers/promises';
import { random } from '@mini/autograd';
import { Curve, type Report } from '@mini/plot';
import { addPlotOptions, finite, integer, parseOptions, type PlotOptions, run } from '@mini/tools/cli';
import { type Interruption, listenForInterruption } from '@mini/tools/interruption';
import { prepareReport, writeReport } from '@mini/tools/report-files';
import { Command } from 'commander';
import {
  addNoise,
  cleanCosine,
  DENOISE_DEFAULTS,
  type DenoiseSettings,
  type DenoiseState,
  net,
  rootMeanSquareError,
  sampleTimes,
  trainDenoiser,
} from './denoise.ts';
import { explain, formatLoss } from './finite.ts';
import { costFigure, signalsFigure } from './figures.ts';

interface Options extends DenoiseSettings, PlotOptions {}

const parse = (): Options => {
  const d = DENOISE_DEFAULTS;
  const command = new Command('cosine')
    .description('Trains a network with one hidden layer to remove noise from a cosine of 200 samples.')
    .option('--seed <integer>', 'seed of all random numbers', integer(0, 2 ** 32 - 1), d.seed)
    .option('--noise <number>', 'standard deviation of the noise', finite(0, 1e6), d.noise)
    .option(
      '--period <number>',
      'period of the cosine, on an axis from -3π to 3π',
      finite(0.001, 1e6),
      d.period,
    )
    .option('--hidden <integer>', 'number of hidden neurons', integer(1, 1e5), d.hidden)
    .option('--learning-rate <number>', 'step size of gradient descent', finite(0), d.learningRate)
    .option('--updates <integer>', 'number of updates', integer(1, 1e7), d.updates);
  return parseOptions<Options>(addPlotOptions(command, 'cosine'));
};

/** Describes a training that makes, or has made, so many of its updates. */
const describe = (settings: DenoiseSettings, updates: number = settings.updates): string =>
  [
    `${settings.hidden} hidden neurons`,
    `${updates === settings.updates ? '' : `${updates} of `}${settings.updates} ${settings.updates === 1 ? 'update' : 'updates'}`,
    `learning rate ${settings.learningRate}`,
    `noise ${settings.noise}`,
    `period ${Number(settings.period.toFixed(4))}`,
    `seed ${settings.seed}`,
  ].join(', ');

/** How long to train before signals are handled, in milliseconds. */
const TURN = 50;

/**
 * Trains to the end or until it is interrupted, prints the cost about ten times, and returns the
 * last state and all costs.
 */
const train = async (
  settings: DenoiseSettings,
  interruption: Interruption,
): Promise<{ readonly last: DenoiseState; readonly costs: Curve }> => {
  const started = performance.now();
  let turn = started;
  const every = Math.max(1, Math.ceil(settings.updates / 10));
  const costs = new Curve();
  let last: DenoiseState | undefined;
  for (const state of trainDenoiser(settings)) {
    last = state;
    const number = state.update + 1;
    costs.push(number, state.cost);
    if (state.update % every === 0 || number === settings.updates)
      console.log(`update ${String(number).padStart(5)}  cost ${formatLoss(state.cost)}`);
    if (performance.now() - turn < TURN) continue;
    // Node handles signals here.
    await setImmediate();
    turn = performance.now();
    if (interruption.isRequested()) {
      console.log(`interrupted after update ${number} of ${settings.updates}`);
      process.exitCode = interruption.exitCode;
      break;
    }
  }
  if (last === undefined) throw new Error('there were no updates');
  console.log(`trained in ${((performance.now() - started) / 1000).toFixed(2)} s`);
  return { last, costs };
};

const main = async (): Promise<void> => {
  const { plot, ...settings } = parse();
  const paths = plot === false ? undefined : await prepareReport(plot, 'cosine');
  console.log(`cosine: ${describe(settings)}`);
  const { last, costs } = await train(settings, listenForInterruption());
  const clean = cleanCosine(settings.period);
  // Training never uses this key.
  const noisy = addNoise(random.foldIn(random.key(settings.seed), 2 ** 31), clean, settings.noise);
  const output = net(last.params, noisy);
  const errors: [string, string][] = [
    ['input RMSE', rootMeanSquareError(clean, noisy).toFixed(4)],
    ['output RMSE', rootMeanSquareError(clean, output).toFixed(4)],
  ];
  try {
    if (paths !== undefined) {
      const report: Report = {
        title: 'Removing noise from a cosine',
        settings: [describe(settings, last.update + 1)],
        results: [['final cost', formatLoss(last.cost)], ...errors],
        figures: [signalsFigure({ times: sampleTimes(), noisy, output, clean }), costFigure(costs)],
      };
      await writeReport(report, paths);
    }
  } finally {
    // The last lines, even if a file cannot be written.
    for (const [name, value] of errors) console.log(`${name} ${value}`);
  }
};

await run(main, explain);
