/**
 * The report of a run: figures, results and tables.
 *
 * It is plain data, so that a page can contain it.
 */
import type { Drawing } from './drawing.ts';
import type { Figure } from './figure.ts';

/** A table of texts. The first cell of a row is its heading. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** A text below the table. */
  readonly note?: string;
}

/** What a page or a picture shows. */
export interface Report {
  readonly title?: string;
  /** The settings of the run, one line each. */
  readonly settings?: readonly string[];
  /** Name and value of each result. */
  readonly results?: readonly (readonly [string, string])[];
  /** Figures, below each other. */
  readonly figures: readonly Figure[];
  /** Shown only in the page. */
  readonly tables?: readonly Table[];
}

/** A report whose figures are ready to be drawn. */
export interface DrawnReport {
  readonly title: string;
  readonly settings: readonly string[];
  readonly results: readonly (readonly [string, string])[];
  readonly drawings: readonly Drawing[];
  readonly tables: readonly Table[];
}
