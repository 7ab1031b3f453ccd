/** What a user asks for: the kinds of figures, and their options. */
import type { Tensor } from '@mini/autograd';

/** Numbers along an axis. Null, NaN and infinities are missing values. */
export type Values = Tensor | ArrayLike<number | null>;

/** The colours of a series. People with any colour vision can tell them apart. */
export type Color = 'blue' | 'orange' | 'green' | 'purple' | 'yellow' | 'sky' | 'grey';

/** A series with a colour, or drawn in another way than as a line. */
export interface StyledSeries {
  readonly values: Values;
  /** By default, the colours go from blue to sky in the order of `Color`. */
  readonly color?: Color;
  /** How to draw it: as a line (the default), as points, or as a line of dashes. */
  readonly draw?: 'line' | 'points' | 'dashes';
  /** Whether the line goes on over missing values; by default, it has a gap. */
  readonly connectGaps?: boolean;
}

/** What figures with axes have in common. */
export interface AxesOptions {
  /** The text above the figure. */
  readonly title?: string;
  /** The text below the x axis. */
  readonly xLabel?: string;
  /** The text beside the y axis. */
  readonly yLabel?: string;
  /**
   * Whether the y axis is logarithmic; `'x'` and `'both'` make the x axis logarithmic. Series
   * have gaps where they are not positive; positions on a logarithmic x axis must be positive.
   */
  readonly log?: boolean | 'x' | 'y' | 'both';
}

/** Lines or points over an axis of numbers. */
export interface LineFigure extends AxesOptions {
  /**
   * The positions on the x axis, or names. Positions must not decrease, unless all series are
   * points. 0, 1, 2, … by default.
   */
  readonly x?: Values | readonly string[];
  /** The series by name, each with a value for each x. */
  readonly series: Readonly<Record<string, Values | StyledSeries>>;
  /** Whether lines have a mark at each value. By default, they do up to 30 values. */
  readonly markers?: boolean;
  /**
   * Where the x axis has ticks: only at integers, the default without x, or at multiples of π.
   */
  readonly xTicks?: 'integers' | 'pi';
  /** The names of two series. A bar connects their values at each x, to show a spread. */
  readonly errorBars?: readonly [low: string, high: string];
}

/**
 * Bars with names: `{ setosa: 0.9, … }`, or several at each name:
 * `{ setosa: { train: 1, test: 0.9 }, … }`. A tensor with one element is a number, too.
 */
export interface BarFigure extends AxesOptions {
  /** Whether the y axis is logarithmic. */
  readonly log?: boolean | 'y';
  /** The height of a bar by its name, or of several bars side by side. */
  readonly bars: Readonly<Record<string, number | Tensor | Readonly<Record<string, number | Tensor>>>>;
  /** The ends of a line over the bars at a name, to show a spread: `{ setosa: [0.85, 0.95] }`. */
  readonly spreads?: Readonly<Record<string, readonly [low: number, high: number]>>;
}

/** Pictures in a grid. */
export interface ImageFigure {
  /** The text above the figure. */
  readonly title?: string;
  /**
   * A tensor of shape [count, rows, columns], [rows, columns] or [count, rows, columns, channels],
   * where there is one channel of grey, or three of red, green and blue.
   */
  readonly images: Tensor;
  /** A text below each picture. */
  readonly labels?: readonly string[];
  /** How many pictures stand side by side, at most 100. By default as many as fit. */
  readonly perRow?: number;
  /** The values of black and white; by default the least and the largest one. */
  readonly range?: readonly [black: number, white: number];
}

/** How often each class was recognised as each other one. */
export interface ConfusionFigure {
  /** The text above the figure. */
  readonly title?: string;
  /** confusion[label][predicted] is a count ≥ 0: a tensor [classes, classes] or nested arrays. */
  readonly confusion: Tensor | readonly (readonly number[])[];
  /** The names of the classes; 0, 1, 2, … by default. */
  readonly labels?: readonly string[];
}

/** A figure. Its kind follows from its properties: `series`, `bars`, `images` or `confusion`. */
export type Figure = LineFigure | BarFigure | ImageFigure | ConfusionFigure;
