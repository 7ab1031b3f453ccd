/** What a run of a program is reported as: charts, figures and, for classifiers, the mistakes. Data alone, so that it can be written into a page. */
import type { Chart } from './chart.ts';

/** An image that was taken for another digit. */
export interface Mistake {
  /** Grey values, row by row; ink is high. */
  readonly pixels: readonly number[];
  readonly columns: number;
  readonly label: number;
  readonly predicted: number;
  /** Of the prediction, from 0 to 1. */
  readonly probability: number;
}

/** Words and figures in rows. The first cell of a row says what it is about. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Said below it. */
  readonly note?: string;
}

export interface Report {
  readonly title: string;
  /** The settings of the run, in lines. */
  readonly settings: readonly string[];
  /** The results in numbers: name and value. */
  readonly results: readonly (readonly [string, string])[];
  readonly charts: readonly Chart[];
  /** Shown in the page alone. */
  readonly tables?: readonly Table[];
  /** confusion[label][predicted]: how many images. */
  readonly confusion?: readonly (readonly number[])[];
  /** The most confident ones first. */
  readonly mistakes?: readonly Mistake[];
}
