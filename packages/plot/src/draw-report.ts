/** Checks a report and makes its figures ready to be drawn. */
import type { DrawnReport, Report } from './report.ts';
import { toDrawing } from './to-drawing.ts';

/** Returns the report with drawings for figures. Errors start with `op`. */
export const drawReport = (op: string, report: Report): DrawnReport => {
  const { title = '', settings = [], results = [], figures, tables = [] } = report;
  return { title, settings, results, drawings: figures.map((figure) => toDrawing(op, figure)), tables };
};
