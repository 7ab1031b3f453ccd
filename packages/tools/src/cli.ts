/** What the programs share on the command line: option parsers and how errors end a program. */
import { type Command, InvalidArgumentError, type OptionValues } from 'commander';

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
const programArguments = (): string[] => {
  const given = process.argv.slice(2);
  return given[0] === '--' ? given.slice(1) : given;
};

/** Reads the program's arguments and returns its options. Ends the program if an argument is wrong. */
export const parseOptions = <O extends OptionValues>(command: Command): O =>
  command
    .allowExcessArguments(false)
    .showHelpAfterError('(see --help)')
    .parse(programArguments(), { from: 'user' })
    .opts<O>();

/**
 * Runs a program. What it throws becomes a line on standard error, and exit code 1.
 *
 * `adviceFor` returns a second line for an error, or undefined.
 */
export const run = async (
  main: () => void | Promise<void>,
  adviceFor: (error: unknown) => string | undefined = () => undefined,
): Promise<void> => {
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
    const advice = adviceFor(error);
    if (advice !== undefined) process.stderr.write(`${advice}\n`);
    process.exitCode = 1;
  }
};
