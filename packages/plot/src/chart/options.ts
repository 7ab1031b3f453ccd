/** How uPlot draws charts in a PNG, in a saved page and in a live page. */
import type uPlot from 'uplot';
import type { Chart, Series } from '../drawing.ts';
import { xAxis, yAxis } from './axes.ts';
import { drawBars, drawWhiskers } from './layers.ts';
import { formatNumber, rangeOf } from './numbers.ts';
import type { Theme } from './theme.ts';

/** A line has marks if it has up to this many values, also among many x of other lines. */
const MAX_MARKED_POINTS = 30;
const DASH: number[] = [7, 5];

/**
 * Returns null for values that the axis cannot show: a logarithmic axis shows only positive ones.
 */
const dropInvalid = (value: number | null, logarithmic: boolean): number | null =>
  value === null || !Number.isFinite(value) || (logarithmic && value <= 0) ? null : value;

/** Returns the columns that uPlot draws. */
export const chartData = ({ x, series, logY }: Chart): uPlot.AlignedData => [
  [...x],
  ...series.map(({ values }) => values.map((value) => dropInvalid(value, logY))),
];

/** Returns the lowest and the highest value of bars, and of the ends of their whiskers. */
const extentOf = (
  ends: readonly (number | null)[],
  low: number | null,
  high: number | null,
): readonly number[] | undefined => {
  const values = [low, high, ...ends].filter((value) => value !== null);
  if (values.length === 0) return undefined;
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
};

type Range = (self: uPlot, low: number | null, high: number | null) => uPlot.Range.MinMax;

/** Bars start at 0. The space above the highest one, or its whisker, is a twentieth of it. */
const barRange =
  (whiskers: Chart['whiskers']): Range =>
  (_self, low, high) => {
    const [least, largest] = extentOf((whiskers ?? []).flat(), low, high) ?? [0, 0];
    const [bottom, top] = [Math.min(0, least), Math.max(0, largest)];
    const space = (top - bottom) / 20 || 1;
    return [bottom === 0 ? 0 : bottom - space, top === 0 && bottom !== 0 ? 0 : top + space];
  };

/** On a logarithmic axis, bars start at the power of ten below the lowest one. */
const logBarRange =
  (whiskers: Chart['whiskers']): Range =>
  (_self, low, high) => {
    const ends = (whiskers ?? []).flat().filter((end) => end !== null && end > 0);
    const [least, largest] = extentOf(ends, low, high) ?? [1, 1];
    const bottom = 10 ** Math.floor(Math.log10(least / 1.5));
    // Below the least number there is only 0.
    return [bottom === 0 ? Number.MIN_VALUE : bottom, 10 ** Math.ceil(Math.log10(largest))];
  };

const lineRange: Range = (_self, low, high) =>
  low === null || high === null ? [low, high] : rangeOf(low, high);

/** The range of the x axis. A single place is in its middle. */
const placeRange: Range = ({ data: [x] }, low, high) => {
  if (x.length !== 1) return [low, high];
  const space = Math.max(1, Math.abs(x[0]) / 10);
  return [x[0] - space, x[0] + space];
};

const scales = ({ categories, logX, logY, series, whiskers }: Chart): uPlot.Scales => {
  const hasBars = series.some(({ draw }) => draw === 'bars');
  const logRange = hasBars ? { range: logBarRange(whiskers) } : {};
  const names: uPlot.Range.MinMax | undefined = categories && [-0.5, categories.length - 0.5];
  return {
    x: { time: false, ...(logX ? { distr: 3 } : { range: names ?? placeRange }) },
    y: logY ? { distr: 3, ...logRange } : { range: hasBars ? barRange(whiskers) : lineRange },
  };
};

const hasFewValues = (values: uPlot.AlignedData[number]): boolean => {
  let count = 0;
  for (const value of values) if (typeof value === 'number') count++;
  return count <= MAX_MARKED_POINTS;
};

const lineOptions = (
  { label, color, draw, connectGaps = false }: Series,
  markers: boolean | undefined,
  theme: Theme,
): uPlot.Series => ({
  // uPlot would call a series without a name Value.
  label: label === '' ? ' ' : label,
  stroke: theme.colors[color],
  width: draw === 'line' || draw === 'dashes' ? 2 : 0,
  ...(draw === 'dashes' ? { dash: DASH } : {}),
  spanGaps: connectGaps,
  points: {
    show:
      draw === 'points' ||
      (draw !== 'bars' && (markers ?? ((self: uPlot, index: number) => hasFewValues(self.data[index])))),
    size: draw === 'points' ? 10 : 6,
    fill: theme.colors[color],
    // uPlot draws the marks of dashed lines with dashes, too.
    stroke: theme.colors[color],
    width: 0,
  },
  value: (_self, value) => formatNumber(value),
});

/** The colour of a series in the legend, with gaps for a line of dashes. */
const legendMark = (one: Chart['series'][number] | undefined, theme: Theme): string => {
  const color = theme.colors[one?.color ?? 'grey'];
  return one?.draw === 'dashes'
    ? `repeating-linear-gradient(90deg, ${color} 0 4px, transparent 4px 6px) center / 100% 4px no-repeat`
    : color;
};

/** Marks a chart without a pointer: its legend has no values to show. */
const markRest = ({ root, cursor }: uPlot): void => {
  root.classList.toggle('at-rest', cursor.idx === null || cursor.idx === undefined);
};

/** Returns uPlot's options for a chart, without title and legend. */
export const chartOptions = (chart: Chart, theme: Theme, width: number, height: number): uPlot.Options => {
  const { categories, markers, series, whiskers } = chart;
  const drawAxes = [
    ...(series.some(({ draw }) => draw === 'bars') ? [drawBars(chart, theme)] : []),
    ...(whiskers === undefined ? [] : [drawWhiskers(whiskers, theme)]),
  ];
  return {
    width,
    height,
    padding: [12, 24, 4, 4],
    scales: scales(chart),
    axes: [xAxis(chart, theme), yAxis(chart, theme)],
    // Filled marks: a line of dashes would show a broken frame.
    legend: {
      show: series.some(({ label }) => label !== ''),
      markers: {
        width: 0,
        fill: (_self, index) => legendMark(series[index - 1], theme),
      },
    },
    series: [
      {
        label: chart.xLabel === '' ? 'x' : chart.xLabel,
        value: (_self, value) => categories?.[value] ?? formatNumber(value),
      },
      ...series.map((one) => lineOptions(one, markers, theme)),
    ],
    plugins: [{ hooks: { drawAxes, ready: [markRest], setCursor: [markRest] } }],
  };
};
