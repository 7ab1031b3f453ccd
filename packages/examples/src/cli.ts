/** What the programs share on the command line: option parsers and how errors end a program. */
import { NonFiniteError } from '@mini/autograd';
import { type Command, InvalidArgumentError } from 'commander';

/** A parser for whole numbers from `low` to `high`. */
export const integer =
  (low: number, high: number = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < low || value > high) {
      throw new InvalidArgumentError(
        high === Number.MAX_SAFE_INTEGER
          ? `Not a whole number ≥ ${low}.`
          : `Not a whole number from ${low} to ${high}.`,
      );
    }
    return value;
  };

/** A parser for numbers from `low` to `high`. */
export const finite =
  (low: number, high: number = 1e38) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high))
      throw new InvalidArgumentError(`Not a number from ${low} to ${high}.`);
    return value;
  };

/** A parser for whole numbers ≥ 1 with commas between them, or none. */
export const sizes = (text: string): number[] =>
  text.trim() === '' ? [] : text.split(',').map(integer(1, 1e6));

/** A parser for paths. */
export const path = (text: string): string => {
  if (text === '') throw new InvalidArgumentError('Not a path.');
  return text;
};

/** What the options below give: a path, or false for no plot. */
export interface PlotOptions {
  readonly plot: string | false;
}

/** Adds --plot and --no-plot. */
export const addPlotOptions = (command: Command, name: string): Command =>
  command
    .option(
      '--plot <path>',
      'where to save the plots: a web page (.html) and a picture (.png)',
      path,
      `out/${name}`,
    )
    .option('--no-plot', 'save no plots');

/** The arguments after the program's name, without the `--` that some package managers put first. */
export const programArguments = (): string[] => {
  const given = process.argv.slice(2);
  return given[0] === '--' ? given.slice(1) : given;
};

/** Runs a program; what it throws becomes one line on standard error and exit code 1. */
export const run = async (main: () => void | Promise<void>): Promise<void> => {
  // A pipe that is closed early, as by `head`, ends the program silently, with the code of other programs that SIGPIPE ends.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(141);
    process.stderr.write(`error: cannot write to the standard output: ${error.message}\n`);
    process.exit(1);
  });
  try {
    await main();
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof NonFiniteError) process.stderr.write('try a smaller --learning-rate\n');
    process.exitCode = 1;
  }
};
