/** Checks figures and turns them into drawings. */
import { isTensor } from '@mini/autograd';
import {
  checkBoolean,
  checkObject,
  checkRecord,
  describe,
  rangeError,
  typeError,
  checkChoice,
  checkOptions,
} from '@mini/autograd/check';
import { formatNumber } from './chart/numbers.ts';
import type { Chart, Drawing, Series } from './drawing.ts';
import type {
  BarFigure,
  Color,
  ConfusionFigure,
  Figure,
  ImageFigure,
  LineFigure,
  StyledSeries,
  Values,
} from './figure.ts';
import { toConfusion, toImages } from './to-images.ts';
import { readNumbers, readText, readTexts, readValues } from './values.ts';

const COLORS: readonly Color[] = ['blue', 'orange', 'green', 'purple', 'yellow', 'sky', 'grey'];
const STYLED = ['values', 'color', 'draw', 'connectGaps'] as const;
const STYLES: readonly unknown[] = ['line', 'points', 'dashes'];
const LOGS: readonly unknown[] = [undefined, true, false, 'x', 'y', 'both'];
const TICKS: readonly unknown[] = [undefined, 'integers', 'pi'];

/** The names of all options, by what makes the kind of a figure. */
const AXES = ['title', 'xLabel', 'yLabel', 'log'];
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  series: ['series', 'x', 'markers', 'xTicks', 'errorBars', ...AXES],
  bars: ['bars', 'spreads', ...AXES],
  images: ['images', 'labels', 'perRow', 'range', 'title'],
  confusion: ['confusion', 'labels', 'title'],
};

/** Returns what makes the kind of a figure, and checks the names of its options. */
const kindOf = (op: string, figure: object): string => {
  const kinds = Object.keys(OPTIONS).filter((name) => name in figure);
  if (kinds.length !== 1)
    throw rangeError(
      op,
      `kind of figure is not clear: expected one of ${Object.keys(OPTIONS).join(', ')}, got ${kinds.length === 0 ? `none; write { series: { name: values } }` : kinds.join(' and ')}`,
    );
  const [kind] = kinds;
  checkOptions(op, figure as Readonly<Record<string, unknown>>, OPTIONS[kind]);
  return kind;
};

/** Returns the labels and scales that charts have in common. */
const readAxes = (
  op: string,
  { title, xLabel, yLabel, log }: LineFigure | BarFigure,
  categories?: readonly string[],
): Pick<Chart, 'title' | 'xLabel' | 'yLabel' | 'logX' | 'logY'> => {
  checkChoice(op, 'log', log, LOGS);
  if (categories !== undefined && (log === 'x' || log === 'both'))
    throw rangeError(
      op,
      `log does not fit names on the x axis: expected true, false or 'y', got ${describe(log)}`,
    );
  return {
    title: readText(op, 'title', title),
    xLabel: readText(op, 'xLabel', xLabel),
    yLabel: readText(op, 'yLabel', yLabel),
    logX: log === 'x' || log === 'both',
    logY: log === true || log === 'y' || log === 'both',
  };
};

const isStyled = (series: unknown): series is StyledSeries =>
  typeof series === 'object' &&
  series !== null &&
  !isTensor(series) &&
  'values' in series &&
  !Array.isArray(series) &&
  !ArrayBuffer.isView(series);

const readSeries = (
  op: string,
  label: string,
  given: LineFigure['series'][string],
  index: number,
): Series => {
  const {
    values,
    color = COLORS[index % COLORS.length],
    draw = 'line',
    connectGaps = false,
  } = isStyled(given) ? checkOptions(op, given, STYLED, `series ${label}`) : { values: given };
  checkChoice(op, `color of series ${label}`, color, COLORS);
  checkChoice(op, `draw of series ${label}`, draw, STYLES);
  checkBoolean(op, `connectGaps of series ${label}`, connectGaps);
  return { label, color, draw, connectGaps, values: readValues(op, `series ${label}`, values) };
};

/** Returns the positions of the values, and their names if they have any. */
const readX = (op: string, x: LineFigure['x'], count: number): Pick<Chart, 'x' | 'categories'> => {
  const places = Array.from({ length: count }, (_, i) => i);
  if (x === undefined) return { x: places };
  if (Array.isArray(x) && x.slice(0, count + 1).some((name) => typeof name === 'string'))
    return { x: places, categories: readTexts(op, 'names in x', x, count) };
  return { x: readNumbers(op, 'x', x as Values) };
};

/** Sorts points by x. Throws if x decreases and a series is not drawn as points. */
const inOrder = (
  op: string,
  x: readonly number[],
  series: readonly Series[],
): Pick<Chart, 'x' | 'series'> => {
  const at = x.findIndex((value, i) => i > 0 && value < x[i - 1]);
  if (at < 0) return { x, series };
  if (series.some(({ draw }) => draw !== 'points'))
    throw rangeError(
      op,
      `x decreases: expected increasing numbers for lines, got ${formatNumber(x[at])} after ${formatNumber(x[at - 1])}; write { values, draw: 'points' }, or sort by argsort(x)`,
    );
  const order = x.map((_, i) => i).sort((i, j) => x[i] - x[j]);
  return {
    x: order.map((i) => x[i]),
    series: series.map((one) => ({ ...one, values: order.map((i) => one.values[i]) })),
  };
};

/** Returns the values of two series, by their names, at each x. */
const readErrorBars = (
  op: string,
  names: unknown,
  series: readonly Series[],
): NonNullable<Chart['whiskers']> => {
  if (!Array.isArray(names) || names.length !== 2)
    throw typeError(op, `invalid errorBars: expected the names of two series, got ${describe(names)}`);
  const [low, high] = names.map((name: unknown) => {
    const found = series.find(({ label }) => label === name);
    if (found === undefined)
      throw rangeError(op, `invalid errorBars: expected the name of a series, got ${describe(name)}`);
    return found.values;
  });
  return low.map((value, i) => {
    const other = high[i];
    return value === null || other === null ? null : [value, other];
  });
};

/** Returns the ends of the line at each name of bars. */
const readSpreads = (
  op: string,
  spreads: unknown,
  categories: readonly string[],
): NonNullable<Chart['whiskers']> => {
  checkRecord(op, 'spreads', spreads);
  const given = spreads as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !categories.includes(name));
  if (unknown !== undefined)
    throw rangeError(op, `invalid spreads: expected names of bars, got ${describe(unknown)}`);
  return categories.map((name) => {
    const spread = Object.hasOwn(given, name) ? given[name] : undefined;
    if (spread === undefined) return null;
    if (!Array.isArray(spread) || spread.length !== 2 || !spread.every(Number.isFinite))
      throw typeError(op, `invalid spread of ${name}: expected two numbers, got ${describe(spread)}`);
    return [spread[0], spread[1]];
  });
};

const toLines = (op: string, figure: LineFigure): Chart => {
  const { markers, xTicks, errorBars } = figure;
  checkRecord(op, 'series', figure.series);
  checkChoice(op, 'markers', markers, [undefined, true, false]);
  checkChoice(op, 'xTicks', xTicks, TICKS);
  const series = Object.entries(figure.series).map(([label, given], i) => readSeries(op, label, given, i));
  if (series.length === 0)
    throw rangeError(op, 'no series: expected { name: values, … }, got an empty object');
  const positions = readX(op, figure.x, series[0].values.length);
  for (const { label, values } of series)
    if (values.length !== positions.x.length)
      throw rangeError(
        op,
        `series ${label} does not fit x: expected ${positions.x.length} values, got ${values.length}`,
      );
  const axes = readAxes(op, figure, positions.categories);
  const withoutLogarithm = axes.logX ? positions.x.find((value) => value <= 0) : undefined;
  if (withoutLogarithm !== undefined)
    throw rangeError(op, `x has no logarithm: expected positive numbers, got ${withoutLogarithm}`);
  const ordered = inOrder(op, positions.x, series);
  return {
    kind: 'chart',
    ...axes,
    ...positions,
    ...ordered,
    xTicks: xTicks ?? (figure.x === undefined ? 'integers' : 'numbers'),
    ...(markers === undefined ? {} : { markers }),
    ...(errorBars === undefined ? {} : { whiskers: readErrorBars(op, errorBars, ordered.series) }),
  };
};

const toBars = (op: string, figure: BarFigure): Chart => {
  checkRecord(op, 'bars', figure.bars);
  const groups = Object.entries(figure.bars).map(
    ([name, bars]) => [name, typeof bars === 'number' || isTensor(bars) ? { '': bars } : bars] as const,
  );
  for (const [name, bars] of groups) checkRecord(op, `bars of ${name}`, bars);
  const labels = [...new Set(groups.flatMap(([, bars]) => Object.keys(bars)))];
  if (labels.length === 0) throw rangeError(op, 'no bars: expected { name: height, … }, got none');
  const series = labels.map((label, i): Series => ({
    label,
    color: COLORS[i % COLORS.length],
    draw: 'bars',
    values: readValues(
      op,
      label === '' ? 'bars' : `bars ${label}`,
      groups.map(([, bars]) => {
        const height = Object.hasOwn(bars, label) ? bars[label] : null;
        return isTensor(height) && height.size === 1 ? height.item() : (height ?? null);
      }),
    ),
  }));
  const categories = groups.map(([name]) => name);
  return {
    kind: 'chart',
    ...readAxes(op, figure, categories),
    xTicks: 'numbers',
    categories,
    x: categories.map((_, i) => i),
    series,
    ...(figure.spreads === undefined ? {} : { whiskers: readSpreads(op, figure.spreads, categories) }),
  };
};

/** Returns the drawing of a figure. Errors start with `op`. */
export const toDrawing = (op: string, figure: Figure): Drawing => {
  checkObject(op, 'figure', figure);
  switch (kindOf(op, figure)) {
    case 'series':
      return toLines(op, figure as LineFigure);
    case 'bars':
      return toBars(op, figure as BarFigure);
    case 'images':
      return toImages(op, figure as ImageFigure);
    default:
      return toConfusion(op, figure as ConfusionFigure);
  }
};
