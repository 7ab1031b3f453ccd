/** Tables: named columns of numbers, texts and missing values. */
import {
  checkInteger,
  checkList,
  checkObject,
  checkRecord,
  describe,
  rangeError,
  typeError,
  wrongType,
} from '@mini/autograd/check';
import { badFile } from './content.ts';

/** A number, a text, or null if the value is missing. */
export type Cell = number | string | null;

/** Whether a value is missing: null, or undefined or NaN in a table that a program wrote. */
export const isMissing = (cell: unknown): cell is null | undefined =>
  cell === null || cell === undefined || Number.isNaN(cell);

/**
 * Columns of cells by name. All columns have the same number of rows.
 *
 * It is a plain object, so a program can also write one: { name, rows, columns }. JavaScript lists
 * names that are integers, such as 2021, in ascending order and before all others.
 */
export interface Table {
  /** The name of the file, for errors. */
  readonly name: string;
  /** The number of rows. */
  readonly rows: number;
  readonly columns: Readonly<Record<string, readonly Cell[]>>;
  /**
   * The line of the file on which each row starts, as an editor counts: from 1, with the header.
   *
   * Tables that do not come from a text have none.
   */
  readonly lines?: readonly number[];
}

/** Creates the error of a table. `problem` says what is wrong. */
export const badTable = (op: string, { name }: Table, problem: string): Error =>
  badFile({ op, name }, problem);

/** Describes the row of a cell: by its line in the file, or by its index. */
export const placeOf = ({ lines }: Table, row: number): string =>
  lines === undefined ? `row ${row} (counted from 0)` : `line ${lines[row]}`;

/** Whether a value is a table, as opposed to a tree of tensors. */
export const isTable = (value: unknown): value is Table => {
  const { name, rows, columns } = (value ?? {}) as Partial<Table>;
  return typeof name === 'string' && typeof rows === 'number' && typeof columns === 'object';
};

/** Checks the form of a table. Cells are checked where they are read. */
export const checkTable = (op: string, value: unknown): Table => {
  checkObject(op, 'table', value);
  const { name, rows, columns, lines } = value as Table;
  if (typeof name !== 'string') throw wrongType(op, 'name of the table', 'a string', name);
  const count = checkInteger(op, 'number of rows of the table', rows, 0);
  checkRecord(op, 'columns of the table', columns, 'an object of arrays');
  for (const [key, column] of Object.entries(columns)) checkColumn(op, key, column, count);
  if (lines !== undefined) checkColumn(op, 'lines', lines, count);
  return value as Table;
};

const checkColumn = (op: string, name: string, column: unknown, rows: number): void => {
  if (!Array.isArray(column)) throw wrongType(op, `column ${describe(name)}`, 'an array', column);
  if (column.length !== rows)
    throw rangeError(
      op,
      `columns of the table differ in length: expected ${rows} rows, got ${column.length} in ${describe(name)}`,
    );
};

/** Returns the cells of a column. Throws with the names of all columns if there is none. */
export const columnOf = (op: string, table: Table, name: unknown): readonly Cell[] => {
  if (typeof name !== 'string') throw wrongType(op, 'column', 'the name of a column', name);
  if (Object.hasOwn(table.columns, name)) return table.columns[name];
  const names = Object.keys(table.columns);
  const shown = names
    .slice(0, 20)
    .map((known) => describe(known))
    .join(', ');
  throw badTable(
    op,
    table,
    `unknown column: expected one of ${shown}${names.length > 20 ? ', …' : ''}, got ${describe(name)}`,
  );
};

/** The first name that stands in a list twice, if there is one. */
export const firstRepeated = (names: readonly string[]): string | undefined => {
  const seen = new Set<string>();
  return names.find((name) => {
    const isRepeated = seen.has(name);
    seen.add(name);
    return isRepeated;
  });
};

/** Checks names of columns, each of which must be given once. */
export const checkNames = (op: string, what: string, names: unknown): readonly string[] => {
  const checked = checkList(op, what, names, (name) => {
    if (typeof name !== 'string')
      throw typeError(op, `invalid ${what}: expected strings, got ${describe(name)}`);
    return name;
  });
  const repeated = firstRepeated(checked);
  if (repeated !== undefined)
    throw rangeError(op, `invalid ${what}: expected each name once, got ${describe(repeated)} twice`);
  return checked;
};
