/** The command line of `pnpm bench`. */
import { integer, parseOptions } from '@mini/tools/cli';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type GroupName, groupNames, isGroupName } from './workloads.ts';

export interface Options {
  readonly only: readonly GroupName[];
  readonly rounds: number;
  readonly peers: boolean;
  readonly python: string;
  readonly json?: string;
  readonly page: string | false;
  readonly compare?: string;
  readonly against?: string;
}

/** Names of workloads with commas between them, each once. */
export const parseGroupNames = (text: string): GroupName[] => {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    if (isGroupName(name)) return name;
    throw new InvalidArgumentError(`There is no workload '${name}': choose from ${groupNames.join(', ')}.`);
  });
};

const command = (): Command =>
  new Command('bench')
    .description(
      'Measures the library on this machine, on one core, beside other libraries and plain loops. Contenders take turns; medians are compared, and what differs by less than the spread of the measurements is called no difference.',
    )
    .addOption(
      new Option('--only <names>', `workloads, with commas between them: ${groupNames.join(', ')}`)
        .argParser(parseGroupNames)
        .default(groupNames, 'all'),
    )
    .option('--rounds <number>', 'how often each contender has its turn', integer(5, 10_000), 15)
    .option('--no-peers', 'without other libraries; those in JavaScript are installed on first use')
    .option('--python <command>', 'the Python that may have NumPy and PyTorch', 'python3')
    .option('--json <file>', 'write all samples to a file, for --compare')
    .option('--page <file>', 'where to save the charts, a web page', 'out/bench.html')
    .option('--no-page', 'save no page')
    .option('--compare <file>', 'say what has changed since an earlier run, of which --json wrote the file')
    .option(
      '--against <directory>',
      'another checkout of this repository, which takes turns with the present one',
    );

/** Reads the options of `pnpm bench`. */
export const benchOptions = (): Options => parseOptions<Options>(command());
