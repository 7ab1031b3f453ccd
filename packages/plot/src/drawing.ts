/** Figures as plain data, which a page can contain: what all ways of drawing start from. */
import type { Color } from './figure.ts';

/** A series of a chart. */
export interface Series {
  readonly label: string;
  readonly color: Color;
  /** One value for each x; null for a missing value. */
  readonly values: readonly (number | null)[];
  readonly draw: 'line' | 'points' | 'dashes' | 'bars';
  readonly connectGaps?: boolean;
}

/** Series over axes. */
export interface Chart {
  readonly kind: 'chart';
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly logX: boolean;
  readonly logY: boolean;
  readonly xTicks: 'numbers' | 'integers' | 'pi';
  /** The names of x = 0, 1, 2, …, if x is a category. */
  readonly categories?: readonly string[];
  /** Whether lines have marks; undefined means that it depends on the number of values. */
  readonly markers?: boolean;
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** The ends of a line at each x, such as quartiles; null for none. */
  readonly whiskers?: readonly (readonly [low: number, high: number] | null)[];
}

/** Pictures of one size in a grid. */
export interface Images {
  readonly kind: 'images';
  readonly title: string;
  readonly rows: number;
  readonly columns: number;
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3;
  /** Bytes of each picture, row by row, with all channels of a pixel together. */
  readonly pictures: readonly (readonly number[])[];
  /** A text for each picture, or none. */
  readonly labels: readonly string[];
  readonly perRow: number | undefined;
}

/** A confusion matrix. */
export interface Confusion {
  readonly kind: 'confusion';
  readonly title: string;
  /** counts[label][predicted]. */
  readonly counts: readonly (readonly number[])[];
  readonly labels: readonly string[];
}

/** A figure that is ready to be drawn. */
export type Drawing = Chart | Images | Confusion;
