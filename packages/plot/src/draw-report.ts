/** Checks a report and makes its figures ready to be drawn. */
import { checkList, checkOptions } from '@mini/autograd/check';
import type { Figure } from './figure.ts';
import type { DrawnReport, Report, Table } from './report.ts';
import { toDrawing } from './to-drawing.ts';
import { readText, readTexts } from './values.ts';

const REPORT = ['title', 'settings', 'results', 'figures', 'tables'] as const;
const TABLE = ['title', 'columns', 'rows', 'note'] as const;

const readResult = (op: string, result: unknown): readonly [string, string] => {
  const [name, value] = readTexts(op, 'name and value of a result', result, 2);
  return [name, value];
};

const readTable = (op: string, given: unknown): Table => {
  const { title, columns, rows, note } = checkOptions(op, given as Table, TABLE, 'a table');
  const names = checkList(op, 'columns of a table', columns, (name) => readText(op, 'column', name));
  return {
    title: readText(op, 'title of a table', title),
    columns: names,
    rows: checkList(op, 'rows of a table', rows, (row) => readTexts(op, 'cells of a row', row, names.length)),
    ...(note === undefined ? {} : { note: readText(op, 'note of a table', note) }),
  };
};

/** Returns the report with drawings for figures. Errors start with `op`. */
export const drawReport = (op: string, report: Report): DrawnReport => {
  const {
    title,
    settings = [],
    results = [],
    figures,
    tables = [],
  } = checkOptions(op, report, REPORT, 'report');
  return {
    title: readText(op, 'title', title),
    settings: checkList(op, 'settings', settings, (line) => readText(op, 'line of settings', line)),
    results: checkList(op, 'results', results, (result) => readResult(op, result)),
    drawings: checkList(op, 'figures', figures, (figure) => toDrawing(op, figure as Figure)),
    tables: checkList(op, 'tables', tables, (table) => readTable(op, table)),
  };
};
