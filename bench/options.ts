/** Defines the command line of `pnpm bench`. */
import type { GroupName } from './types.ts';
import { availableParallelism } from 'node:os';
import { integer, parseOptions } from '@mini/tools/cli';
import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultGroups, groupNames, isGroupName } from './workloads.ts';

export interface Options {
  readonly only: readonly GroupName[];
  readonly rounds: number;
  /** The number of threads beside one; 1 for none. */
  readonly threads: number;
  readonly peers: boolean;
  readonly python: string;
  readonly json?: string;
  readonly page: string | false;
  readonly compare?: string;
  readonly against?: string;
}

/** Parses names of workloads with commas between them, and drops duplicates. */
export const parseGroupNames = (text: string): GroupName[] => {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    if (isGroupName(name)) return name;
    throw new InvalidArgumentError(`Expected workloads among ${groupNames.join(', ')}, got '${name}'.`);
  });
};

const command = (): Command =>
  new Command('bench')
    .description(
      'Compares the speed of this library with that of other libraries and plain loops, on one core of this machine, and with itself on several threads. The measurements of all libraries alternate. A difference counts only if it exceeds the spread of the measurements.',
    )
    .addOption(
      new Option('--only <names>', `workloads, separated by commas: ${groupNames.join(', ')}`)
        .argParser(parseGroupNames)
        .default(defaultGroups, defaultGroups.join(', ')),
    )
    .option('--rounds <number>', 'number of measurements of each library', integer(5, 10_000), 15)
    .option(
      '--threads <number>',
      'measure this library also on this number of threads; not with 1 or --against',
      integer(1, 64),
      Math.min(8, availableParallelism()),
    )
    .option('--no-peers', 'skip other libraries; those in JavaScript are installed on first use')
    .option('--python <command>', 'the Python with NumPy and PyTorch, if installed', 'python3')
    .option('--json <file>', 'write all samples to a file, for --compare')
    .option('--page <file>', 'where to save the charts as a web page', 'out/bench.html')
    .option('--no-page', 'do not save a page')
    .option('--compare <file>', 'compare with an earlier run, saved by --json')
    .option('--against <directory>', 'compare with another checkout of this repository, in the same run');

/** Reads the options of `pnpm bench`. */
export const benchOptions = (): Options => parseOptions<Options>(command());
