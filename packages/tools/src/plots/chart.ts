/** Charts as data, and how uPlot draws them: the same in a PNG, in a saved page and in the live page. */
import type uPlot from 'uplot';

/** The role of a series decides its colour. */
export type Role = 'first' | 'second' | 'reference' | 'faint';

export interface Series {
  readonly label: string;
  readonly role: Role;
  /** One for each x; null where there is none. */
  readonly values: readonly (number | null)[];
  /** Draws points alone, without a line. */
  readonly points?: boolean;
  /** Lets what is drawn below show through. */
  readonly dashed?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Whether the y axis is logarithmic. */
  readonly logarithmic?: boolean;
  /** Whether x are whole numbers, such as epochs. */
  readonly wholeX?: boolean;
  /** What x = 0, 1, 2, … stand for, if they are things and no numbers. */
  readonly names?: readonly string[];
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** Two series, by their place, between whose values a line is drawn at each x, such as quartiles. */
  readonly whiskers?: readonly [number, number];
}

export interface Theme {
  readonly background: string;
  readonly text: string;
  readonly grid: string;
  readonly colors: Readonly<Record<Role, string>>;
}

/** Colours that people with any colour vision can tell apart (Okabe and Ito, https://jfly.uni-koeln.de/color/). */
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

/** The theme that the page's reader prefers. */
export const preferredTheme = (): Theme =>
  matchMedia('(prefers-color-scheme: dark)').matches ? DARK : LIGHT;

const FONT_FAMILY = 'Inter, system-ui, sans-serif';

const WHOLE_STEPS = [1, 2, 5].flatMap((digit) =>
  [1, 10, 100, 1e3, 1e4, 1e5, 1e6].map((power) => digit * power),
);
/** Up to so many values of a series are marked. */
const FEW_POINTS = 30;
export const DASH: number[] = [7, 5];

/** A number with about four significant digits. */
export const shortNumber = (value: number | null | undefined): string => {
  if (value === null || value === undefined) return '–';
  if (value === 0 || Number.isInteger(value)) return String(value);
  const magnitude = Math.abs(value);
  return magnitude >= 1e5 || magnitude < 1e-3
    ? Number(value.toPrecision(3)).toExponential()
    : String(Number(value.toPrecision(4)));
};

/** A logarithmic axis has no place for what is not positive. */
const drawable = (value: number | null, logarithmic: boolean): number | null =>
  value === null || !Number.isFinite(value) || (logarithmic && value <= 0) ? null : value;

/** The columns that uPlot draws. */
export const chartData = ({ x, series, logarithmic = false }: Chart): uPlot.AlignedData => [
  [...x],
  ...series.map(({ values }) => values.map((value) => drawable(value, logarithmic))),
];

/** Room below the chart for names of two lines, and for upright ones. */
const NAMES_HEIGHT = 56;
const UPRIGHT_NAMES_HEIGHT = 110;
/** Names that have less room than this would run into each other. */
const NAME_WIDTH = 64;

/** The x axis of things that have names: each in the middle of its place, on two lines if it has several words; upright where there is little room. */
const namesAxis = (names: readonly string[]): uPlot.Axis => {
  const isTight = ({ width }: uPlot): boolean => width / names.length < NAME_WIDTH;
  return {
    size: (self) => (isTight(self) ? UPRIGHT_NAMES_HEIGHT : NAMES_HEIGHT),
    rotate: (self) => (isTight(self) ? -90 : 0),
    splits: () => names.map((_, place) => place),
    values: (self, splits) =>
      splits.map((place) => {
        const name = names[place] ?? '';
        return isTight(self) ? name : name.replace(' ', '\n');
      }),
  };
};

/** Draws lines between the values of two series, below the points of all. */
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

/** How uPlot draws a chart; title and legend are left to the caller. */
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
  const { names, whiskers } = chart;
  return {
    width,
    height,
    padding: [12, 16, 4, 4],
    scales: {
      x: { time: false, ...(names === undefined ? {} : { range: [-0.5, names.length - 0.5] }) },
      y: chart.logarithmic === true ? { distr: 3 } : {},
    },
    axes: [
      {
        ...axis(chart.xLabel),
        size: 40,
        ...(chart.wholeX === true ? { incrs: WHOLE_STEPS.sort((a, b) => a - b) } : {}),
        ...(names === undefined ? {} : namesAxis(names)),
      },
      {
        ...axis(chart.yLabel),
        size: 56,
        values: (_self, splits) => splits.map((v) => (v === null ? '' : shortNumber(v))),
      },
    ],
    series: [
      { label: chart.xLabel, value: (_self, value) => names?.[value] ?? shortNumber(value) },
      ...chart.series.map(({ label, role, points = false, dashed = false }): uPlot.Series => ({
        label,
        stroke: theme.colors[role],
        width: points ? 0 : 2,
        ...(dashed ? { dash: DASH } : {}),
        points: {
          show: points || ((self) => self.data[0].length <= FEW_POINTS),
          size: points ? 10 : 6,
          fill: theme.colors[role],
        },
        value: (_self, value) => shortNumber(value),
      })),
    ],
    ...(whiskers === undefined
      ? {}
      : { plugins: [{ hooks: { drawAxes: drawWhiskers(whiskers, theme.colors.faint) } }] }),
  };
};
