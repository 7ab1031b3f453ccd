/** The axes of charts: where their ticks are, and how much space their texts need. */
import type uPlot from 'uplot';
import type { Chart } from '../drawing.ts';
import {
  formatPi,
  formatLogTicks,
  formatTicks,
  INTEGER_STEPS,
  logTicks,
  NUMBER_STEPS,
  numberTicks,
  PI_STEPS,
} from './numbers.ts';
import type { Theme } from './theme.ts';

const FONT_FAMILY = 'Inter, system-ui, sans-serif';

/** The width of a letter of ticks, in pixels: digits are about as wide. */
const LETTER = 7.2;

/** The heights below the chart for horizontal names of two lines, and for vertical names. */
const NAMES_HEIGHT = 56;
/** The letters of a vertical name that are shown. */
const MAX_LETTERS = 28;

const base = (label: string, theme: Theme): uPlot.Axis => ({
  ...(label === '' ? {} : { label }),
  stroke: theme.text,
  font: `12px ${FONT_FAMILY}`,
  labelFont: `13px ${FONT_FAMILY}`,
  labelSize: 24,
  grid: { stroke: theme.grid, width: 1 },
  ticks: { stroke: theme.grid, width: 1 },
});

const shorten = (name: string): string =>
  name.length > MAX_LETTERS ? `${name.slice(0, MAX_LETTERS - 1)}…` : name;

/** Returns a name on at most two lines, cut after a word near its middle. */
const onTwoLines = (name: string): string => {
  const spaces = [...name.matchAll(/ /g)].map(({ index }) => index);
  const middle = spaces.sort((a, b) => Math.abs(a - name.length / 2) - Math.abs(b - name.length / 2))[0];
  return middle === undefined ? name : `${name.slice(0, middle)}\n${name.slice(middle + 1)}`;
};

/** Returns the length of the longest text. */
export const longestOf = (texts: readonly string[]): number =>
  texts.reduce((longest, { length }) => Math.max(longest, length), 0);

const longestLine = (names: readonly string[]): number =>
  longestOf(names.flatMap((name) => onTwoLines(name).split('\n')));

/**
 * The x axis of categories.
 *
 * Names have up to two lines, or are vertical where they do not fit beside each other.
 */
const categoryAxis = (categories: readonly string[]): uPlot.Axis => {
  const names = categories.map(shorten);
  const needed = LETTER * longestLine(names) + 8;
  const isTight = ({ width }: uPlot): boolean => (width - 60) / names.length < needed;
  const upright = LETTER * longestOf(names) + 20;
  return {
    size: (self) => (isTight(self) ? upright : NAMES_HEIGHT),
    rotate: (self) => (isTight(self) ? -90 : 0),
    splits: () => names.map((_, index) => index),
    values: (self, splits) =>
      splits.map((index) => (isTight(self) ? names[index] : onTwoLines(names[index] ?? ''))),
  };
};

/** The x axis of multiples of π. */
const piAxis: uPlot.Axis = {
  incrs: PI_STEPS,
  values: (_self, splits) => splits.map(formatPi),
};

/** A logarithmic axis. */
const logAxis: uPlot.Axis = {
  // Any step does: uPlot shows no ticks without one that is large enough.
  incrs: [1e300],
  splits: (_self, _axis, low, high) => logTicks(low, high),
  filter: (_self, splits) => [...splits],
  values: (_self, splits) => formatLogTicks(splits),
};

/** An axis of numbers. uPlot's own ticks have no end between numbers that it rounds to the same. */
const numberAxis: uPlot.Axis = {
  incrs: NUMBER_STEPS,
  splits: (_self, _axis, low, high, step) => numberTicks(step, low, high),
  values: (_self, splits) => formatTicks(splits),
};

/** Returns the options of the x axis. */
export const xAxis = ({ xLabel, xTicks, categories, logX }: Chart, theme: Theme): uPlot.Axis => ({
  ...base(xLabel, theme),
  size: 40,
  ...numberAxis,
  ...(logX ? logAxis : {}),
  ...(xTicks === 'integers' ? { incrs: INTEGER_STEPS } : {}),
  ...(xTicks === 'pi' ? piAxis : {}),
  ...(categories === undefined ? {} : categoryAxis(categories)),
});

/** Returns the options of the y axis, which is as wide as its longest tick. */
export const yAxis = ({ yLabel, logY }: Chart, theme: Theme): uPlot.Axis => ({
  ...base(yLabel, theme),
  ...numberAxis,
  ...(logY ? logAxis : {}),
  size: (_self, values) => 20 + LETTER * Math.max(3, ...(values ?? []).map(({ length }) => length)),
});
