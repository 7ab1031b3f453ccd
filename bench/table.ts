/** Formats results as rows, for the terminal and the page. */
import { formatPercent } from '@mini/tools/format';
import type { Measurement } from './measure.ts';
import { describeDifference, spread, summarize, type Summary } from './statistics.ts';

/** The contender that the others are compared with. */
const OURS = '@mini jit';

/** Whether a contender is this library, in any mode. */
export const isOurs = (contender: string): boolean => contender.startsWith('@mini');

export interface Row {
  readonly contender: string;
  /** The median of one run. */
  readonly time: string;
  /** The same time in units of the workload, such as GFLOP/s. */
  readonly meaning: string;
  readonly spread: string;
  readonly ratio: string;
  readonly verdict: string;
}

/** Formats a time in the unit with the fewest zeros. */
export const formatTime = (milliseconds: number): string => {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toPrecision(3)} s`;
  if (milliseconds >= 1) return `${milliseconds.toPrecision(3)} ms`;
  if (milliseconds >= 1e-3) return `${(milliseconds * 1e3).toPrecision(3)} µs`;
  return `${(milliseconds * 1e6).toPrecision(3)} ns`;
};

export const formatSpread = (summary: Summary): string => formatPercent(spread(summary), 0);

/** Returns the contender that the others are compared with: ours, compiled. */
const referenceOf = (measurements: readonly Measurement[]): Measurement => {
  const found = measurements.find(({ name }) => name === OURS) ?? measurements.at(0);
  if (found === undefined) throw new RangeError('makeRows: expected at least one contender, got none');
  return found;
};

/** Makes a row for each contender of a workload, with its comparison to ours. */
export const makeRows = (
  measurements: readonly Measurement[],
  describe: (milliseconds: number) => string = () => '',
): Row[] => {
  const ours = referenceOf(measurements);
  const reference = summarize(ours.samples);
  return measurements.map((measurement) => {
    const { name, isPart, samples } = measurement;
    const summary = summarize(samples);
    const ratio = summary.median / reference.median;
    return {
      contender: name,
      time: formatTime(summary.median),
      meaning: isPart ? '' : describe(summary.median),
      spread: formatSpread(summary),
      ratio: `${ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2)}×`,
      verdict:
        measurement === ours
          ? 'ours'
          : isPart
            ? 'a part of the work'
            : describeDifference(summary, reference),
    };
  });
};

/** Aligns the cells of each column to the left or to the right. */
export const alignColumns = (
  rows: readonly (readonly string[])[],
  sides: readonly ('left' | 'right')[],
): string[] => {
  const widths = sides.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        sides[column] === 'left' ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
};

const HEADINGS = ['', 'median', '', 'spread', 'ratio', ''];

/** Formats the rows of a workload for the terminal, below headings. */
export const formatRows = (rows: readonly Row[]): string[] =>
  alignColumns(
    [
      HEADINGS,
      ...rows.map((row) => [row.contender, row.time, row.meaning, row.spread, row.ratio, row.verdict]),
    ],
    ['left', 'right', 'left', 'right', 'right', 'left'],
  ).map((line) => `  ${line}`);
