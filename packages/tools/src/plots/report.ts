/**
 * The report of a run: charts, results and, for classifiers, mistakes.
 *
 * It is plain data, so that a page can contain it.
 */
import type { Chart } from './chart.ts';

/** A picture in grey. */
export interface Picture {
  /** Grey values from 0 to 255, row by row; ink has high values. */
  readonly pixels: readonly number[];
  readonly columns: number;
}

/** An image of one digit that was recognised as another one. */
export interface Mistake extends Picture {
  readonly label: number;
  readonly predicted: number;
  /** The probability of the prediction, from 0 to 1. */
  readonly probability: number;
}

/** A table of texts. The first cell of a row is its heading. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** A text below the table. */
  readonly note?: string;
}

export interface Report {
  readonly title: string;
  /** The settings of the run, one line each. */
  readonly settings: readonly string[];
  /** Name and value of each result. */
  readonly results: readonly (readonly [string, string])[];
  readonly charts: readonly Chart[];
  readonly pictures?: readonly (Picture & { readonly title: string })[];
  /** Shown only in the page. */
  readonly tables?: readonly Table[];
  /** confusion[label][predicted] is a number of images. */
  readonly confusion?: readonly (readonly number[])[];
  /** The most confident mistakes first. */
  readonly mistakes?: readonly Mistake[];
}
