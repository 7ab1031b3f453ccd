/** `pnpm cosine`: trains a small network to remove noise from a cosine. */
import { random } from '@mini/autograd';
import { addPlotOptions, finite, integer, parseOptions, type PlotOptions, run } from '@mini/tools/cli';
import { reportPaths, writeReport } from '@mini/tools/plots/write';
import { Command } from 'commander';
import {
  addNoise,
  cleanCosine,
  DENOISE_DEFAULTS,
  type DenoiseSettings,
  net,
  rootMeanSquare,
  sampleTimes,
  trainDenoiser,
} from './denoise.ts';
import { adviceFor } from './finite.ts';
import { costChart, signalsChart } from './plots/charts.ts';
import { Curve } from './plots/curve.ts';

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

const main = async (): Promise<void> => {
  const { plot, ...settings } = parse();
  const paths = plot === false ? undefined : reportPaths(plot, 'cosine');
  const description = `${settings.hidden} hidden neurons, ${settings.updates} ${settings.updates === 1 ? 'update' : 'updates'}, learning rate ${settings.learningRate}, noise ${settings.noise}, period ${Number(settings.period.toFixed(4))}, seed ${settings.seed}`;
  console.log(`cosine: ${description}`);
  const started = performance.now();
  const every = Math.max(1, Math.ceil(settings.updates / 10));
  const costs = new Curve();
  let last: { cost: number; params: Parameters<typeof net>[0] } | undefined;
  for (const state of trainDenoiser(settings)) {
    last = state;
    costs.push(state.update + 1, state.cost);
    if (state.update % every === 0 || state.update === settings.updates - 1) {
      console.log(`update ${String(state.update + 1).padStart(5)}  cost ${state.cost.toFixed(4)}`);
    }
  }
  if (last === undefined) return;
  const clean = cleanCosine(settings.period);
  // Noise that was not trained on.
  const noisy = addNoise(random.foldIn(random.key(settings.seed), 2 ** 31), clean, settings.noise);
  const output = net(last.params, noisy);
  console.log(`trained in ${((performance.now() - started) / 1000).toFixed(2)} s`);
  const errors = {
    input: rootMeanSquare(clean, noisy).toFixed(4),
    output: rootMeanSquare(clean, output).toFixed(4),
  };
  try {
    if (paths !== undefined) {
      await writeReport(
        {
          title: 'Removing noise from a cosine',
          settings: [description],
          results: [
            ['final cost', last.cost.toFixed(4)],
            ['input RMSE', errors.input],
            ['output RMSE', errors.output],
          ],
          charts: [
            signalsChart({
              times: sampleTimes().data,
              noisy: noisy.data,
              output: output.data,
              clean: clean.data,
            }),
            costChart(costs),
          ],
        },
        paths,
      );
    }
  } finally {
    // Last, and whatever becomes of the plots.
    console.log(`input RMSE ${errors.input}`);
    console.log(`output RMSE ${errors.output}`);
  }
};

await run(main, adviceFor);
