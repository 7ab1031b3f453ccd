/** `pnpm example NAME`: runs a program of the gallery. */
import { addPlotOptions, integer, parseOptions, type PlotOptions, run } from '@mini/tools/cli';
import { prepareReport, writeReport } from '@mini/tools/report-files';
import { SingleBar } from 'cli-progress';
import { Argument, Command } from 'commander';
import type { Example } from './gallery/example.ts';
import { gradientNorms } from './gallery/gradient-norms.ts';
import { oneCall } from './gallery/one-call.ts';
import { pendulum } from './gallery/pendulum.ts';
import { recurrent } from './gallery/recurrent.ts';
import { vae } from './gallery/vae.ts';

const examples: Readonly<Record<string, Example>> = {
  'gradient-norms': gradientNorms,
  pendulum,
  recurrent,
  'one-call': oneCall,
  vae,
};

interface Options extends PlotOptions {
  readonly seed: number;
  readonly steps?: number;
}

const parse = (): { readonly name: string; readonly options: Options } => {
  const list = Object.entries(examples).map(
    ([name, { description, steps }]) =>
      `  ${name.padEnd(16)}${description}\n${' '.repeat(18)}--steps: ${steps.description}, ${steps.default} by default`,
  );
  const command = new Command('example')
    .description('Runs a small program, and draws its result.')
    .addArgument(new Argument('<name>', 'the program').choices(Object.keys(examples)))
    .option('--seed <integer>', 'seed of all random numbers', integer(0, 2 ** 32 - 1), 0)
    .option('--steps <integer>', 'number of training steps', integer(1, 1e5))
    .addHelpText('after', `\nPrograms:\n${list.join('\n')}`);
  const options = parseOptions<Options>(addPlotOptions(command, 'NAME'));
  const [name] = command.args;
  const isDefault = command.getOptionValueSource('plot') === 'default';
  return { name, options: isDefault ? { ...options, plot: `out/${name}` } : options };
};

const main = async (): Promise<void> => {
  const { name, options } = parse();
  const { seed, plot } = options;
  const example = examples[name];
  const steps = options.steps ?? example.steps.default;
  const paths = plot === false ? undefined : await prepareReport(plot, name);
  const settings = `${steps} ${example.steps.description}, seed ${seed}`;
  console.log(`${name}: ${settings}`);
  // Nothing is drawn where there is no terminal, or where all steps are one call.
  const bar = new SingleBar({
    format: '{bar} {value}/{total}',
    hideCursor: null,
    linewrap: null,
    clearOnComplete: true,
  });
  const report = example.run(seed, steps, () => {
    if (!bar.isActive) bar.start(steps, 0);
    bar.increment();
  });
  bar.stop();
  for (const [what, value] of report.results) console.log(`${what}: ${value}`);
  if (paths !== undefined) await writeReport({ ...report, settings: [settings] }, paths);
};

await run(main);
