/** Charts as data, and how uPlot draws them in a PNG, in a saved page and in the live page. */
import type uPlot from 'uplot';

/** The role of a series determines its colour. */
export type Role = 'first' | 'second' | 'reference' | 'faint';

export interface Series {
  readonly label: string;
  readonly role: Role;
  /** One value for each x; null for a missing value. */
  readonly values: readonly (number | null)[];
  /** Whether to draw points without a line. */
  readonly points?: boolean;
  /** Whether to draw a dashed line, which does not hide the lines below it. */
  readonly dashed?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Whether the y axis is logarithmic. */
  readonly logarithmic?: boolean;
  /** Whether x values are integers, such as epochs. */
  readonly integerX?: boolean;
  /** The names of x = 0, 1, 2, …, if x is a category. */
  readonly categories?: readonly string[];
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** The indices of two series, such as quartiles. A line connects their values at each x. */
  readonly whiskers?: readonly [number, number];
}

export interface Theme {
  readonly background: string;
  readonly text: string;
  readonly grid: string;
  readonly colors: Readonly<Record<Role, string>>;
}

/** Colours for people with any colour vision (Okabe and Ito, https://jfly.uni-koeln.de/color/). */
export const LIGHT: Theme = {
  background: '#ffffff',
  text: '#1f2933',
  grid: '#e4e7eb',
  colors: { first: '#0072b2', second: '#d55e00', reference: '#009e73', faint: '#a6b1bd' },
};
const DARK: Theme = {
  background: '#15191e',
  text: '#e4e7eb',
  grid: '#2d353f',
  colors: { first: '#56b4e9', second: '#f0a04b', reference: '#2fc495', faint: '#66727f' },
};

/** Returns the theme that the reader of the page prefers. */
export const preferredTheme = (): Theme =>
  matchMedia('(prefers-color-scheme: dark)').matches ? DARK : LIGHT;

const FONT_FAMILY = 'Inter, system-ui, sans-serif';

const INTEGER_STEPS = [1, 2, 5].flatMap((digit) =>
  [1, 10, 100, 1e3, 1e4, 1e5, 1e6].map((power) => digit * power),
);
/** Series with up to this many values have markers. */
const MAX_MARKED_POINTS = 30;
export const DASH: number[] = [7, 5];

/** Formats a number with about four significant digits. */
export const formatNumber = (value: number | null | undefined): string => {
  if (value === null || value === undefined) return '–';
  if (value === 0 || Number.isInteger(value)) return String(value);
  const magnitude = Math.abs(value);
  return magnitude >= 1e5 || magnitude < 1e-3
    ? Number(value.toPrecision(3)).toExponential()
    : String(Number(value.toPrecision(4)));
};

/**
 * Returns null for values that the axis cannot show: a logarithmic axis shows only positive ones.
 */
const dropInvalid = (value: number | null, logarithmic: boolean): number | null =>
  value === null || !Number.isFinite(value) || (logarithmic && value <= 0) ? null : value;

/** Returns the columns that uPlot draws. */
export const chartData = ({ x, series, logarithmic = false }: Chart): uPlot.AlignedData => [
  [...x],
  ...series.map(({ values }) => values.map((value) => dropInvalid(value, logarithmic))),
];

/** The heights below the chart for horizontal names of two lines, and for vertical names. */
const NAMES_HEIGHT = 56;
const UPRIGHT_NAMES_HEIGHT = 110;
/** Horizontal names need this width. */
const NAME_WIDTH = 64;

/**
 * The x axis of categories.
 *
 * Names have a line for each of the first two words, or are vertical where space is short.
 */
const categoryAxis = (categories: readonly string[]): uPlot.Axis => {
  const isTight = ({ width }: uPlot): boolean => width / categories.length < NAME_WIDTH;
  return {
    size: (self) => (isTight(self) ? UPRIGHT_NAMES_HEIGHT : NAMES_HEIGHT),
    rotate: (self) => (isTight(self) ? -90 : 0),
    splits: () => categories.map((_, index) => index),
    values: (self, splits) =>
      splits.map((index) => {
        const name = categories[index] ?? '';
        return isTight(self) ? name : name.replace(' ', '\n');
      }),
  };
};

/** Draws lines between the values of two series, below all points. */
const drawWhiskers =
  ([low, high]: readonly [number, number], color: string) =>
  ({ ctx, data, valToPos }: uPlot): void => {
    ctx.save();
    ctx.strokeStyle = color;
    ctx.lineWidth = 3;
    data[0].forEach((x, i) => {
      const [from, to] = [data[low + 1][i], data[high + 1][i]];
      if (typeof from !== 'number' || typeof to !== 'number') return;
      ctx.beginPath();
      ctx.moveTo(valToPos(x, 'x', true), valToPos(from, 'y', true));
      ctx.lineTo(valToPos(x, 'x', true), valToPos(to, 'y', true));
      ctx.stroke();
    });
    ctx.restore();
  };

/** Returns uPlot's options for a chart, without title and legend. */
export const chartOptions = (chart: Chart, theme: Theme, width: number, height: number): uPlot.Options => {
  const axis = (label: string): uPlot.Axis => ({
    label,
    stroke: theme.text,
    font: `12px ${FONT_FAMILY}`,
    labelFont: `13px ${FONT_FAMILY}`,
    labelSize: 24,
    grid: { stroke: theme.grid, width: 1 },
    ticks: { stroke: theme.grid, width: 1 },
  });
  const { categories, whiskers } = chart;
  return {
    width,
    height,
    padding: [12, 16, 4, 4],
    scales: {
      x: { time: false, ...(categories === undefined ? {} : { range: [-0.5, categories.length - 0.5] }) },
      y: chart.logarithmic === true ? { distr: 3 } : {},
    },
    axes: [
      {
        ...axis(chart.xLabel),
        size: 40,
        ...(chart.integerX === true ? { incrs: INTEGER_STEPS.sort((a, b) => a - b) } : {}),
        ...(categories === undefined ? {} : categoryAxis(categories)),
      },
      {
        ...axis(chart.yLabel),
        size: 56,
        values: (_self, splits) => splits.map((v) => (v === null ? '' : formatNumber(v))),
      },
    ],
    series: [
      { label: chart.xLabel, value: (_self, value) => categories?.[value] ?? formatNumber(value) },
      ...chart.series.map(({ label, role, points = false, dashed = false }): uPlot.Series => ({
        label,
        stroke: theme.colors[role],
        width: points ? 0 : 2,
        ...(dashed ? { dash: DASH } : {}),
        points: {
          show: points || ((self) => self.data[0].length <= MAX_MARKED_POINTS),
          size: points ? 10 : 6,
          fill: theme.colors[role],
        },
        value: (_self, value) => formatNumber(value),
      })),
    ],
    ...(whiskers === undefined
      ? {}
      : { plugins: [{ hooks: { drawAxes: drawWhiskers(whiskers, theme.colors.faint) } }] }),
  };
};
