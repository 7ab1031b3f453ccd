/**
 * Shared by the command lines of all programs: parsers of options, and how errors end a program.
 */
import { type Command, InvalidArgumentError, type OptionValues } from 'commander';

/** Returns a parser for integers from `low` to `high`. */
export const integer =
  (low: number, high: number = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < low || value > high) {
      throw new InvalidArgumentError(
        high === Number.MAX_SAFE_INTEGER
          ? `Expected an integer ≥ ${low}.`
          : `Expected an integer from ${low} to ${high}.`,
      );
    }
    return value;
  };

/** Returns a parser for numbers from `low` to `high`. */
export const finite =
  (low: number, high: number = 1e38) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high))
      throw new InvalidArgumentError(`Expected a number from ${low} to ${high}.`);
    return value;
  };

/** Parses positive integers with commas between them; returns [] for an empty text. */
export const sizes = (text: string): number[] =>
  text.trim() === '' ? [] : text.split(',').map(integer(1, 1e6));

/** Parses a path. */
export const path = (text: string): string => {
  if (text === '') throw new InvalidArgumentError('Expected a path.');
  return text;
};

/** The values of the options below: a path, or false for no plots. */
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
    .option('--no-plot', 'do not save plots');

/**
 * Returns the arguments after the program's name.
 *
 * Skips a first `--`, which some package managers add.
 */
const programArguments = (): string[] => {
  const given = process.argv.slice(2);
  return given[0] === '--' ? given.slice(1) : given;
};

/** Parses the program's arguments. Ends the program with an error if an argument is wrong. */
export const parseOptions = <O extends OptionValues>(command: Command): O =>
  command
    .allowExcessArguments(false)
    .showHelpAfterError('(see --help)')
    .parse(programArguments(), { from: 'user' })
    .opts<O>();

/**
 * Runs a program. What it throws becomes a line on standard error, and exit code 1.
 *
 * `explain` returns what to say of an error instead of its message, or undefined.
 */
export const run = async (
  main: () => void | Promise<void>,
  explain: (error: unknown) => string | undefined = () => undefined,
): Promise<void> => {
  // If a reader closes the pipe early, as `head` does, end without a message. The exit code is that
  // of a program that SIGPIPE ends.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(141);
    process.stderr.write(`error: cannot write to standard output: ${error.message}\n`);
    process.exit(1);
  });
  try {
    await main();
  } catch (error) {
    const text = explain(error) ?? (error instanceof Error ? error.message : String(error));
    process.stderr.write(`error: ${text}\n`);
    process.exitCode = 1;
  }
};
