/** Functions that select rows of a table, and tables of records. */
import { isTensor, type Tensor } from '@mini/autograd';
import {
  checkBoolean,
  checkInteger,
  checkList,
  checkRecord,
  checkOptions,
  describe,
  rangeError,
  readIndices,
  typeError,
  wrongType,
} from '@mini/autograd/check';
import { toCell } from './cells.ts';
import { makeTable } from './make-table.ts';
import { badTable, type Cell, checkNames, checkTable, columnOf, isMissing, type Table } from './table.ts';

/** Returns the table with the rows of these indices. */
export const takeRows = (table: Table, rows: readonly number[]): Table => {
  const { name, columns, lines } = table;
  const take = <T>(column: readonly T[]): T[] => rows.map((row) => column[row]);
  const taken = Object.fromEntries(Object.entries(columns).map(([key, column]) => [key, take(column)]));
  return makeTable(name, taken, rows.length, lines === undefined ? undefined : take(lines));
};

const indicesWhere = (rows: number, keep: (row: number) => boolean): number[] => {
  const indices: number[] = [];
  for (let row = 0; row < rows; row++) if (keep(row)) indices.push(row);
  return indices;
};

/**
 * Returns the rows of a table that have no missing value in any of `columns`, by default in all.
 *
 * Throws a RangeError for a column that the table does not have. Mirrors DataFrame.dropna of
 * pandas.
 *
 * @example
 * const columns = { mass: [3750, null, 3250], sex: ['m', 'f', null] };
 * const table = { name: 'birds', rows: 3, columns };
 * console.log(dropMissing(table).rows, dropMissing(table, ['mass']).rows); // → 1 2
 */
export function dropMissing(table: Table, columns?: readonly string[]): Table {
  const op = 'dropMissing';
  const checked = checkTable(op, table);
  const names = columns === undefined ? Object.keys(checked.columns) : checkNames(op, 'columns', columns);
  const cells = names.map((name) => columnOf(op, checked, name));
  const isPresent = (row: number): boolean => !cells.some((column) => isMissing(column[row]));
  return takeRows(checked, indicesWhere(checked.rows, isPresent));
}

/**
 * Returns a table in which missing values are replaced. `values` maps names of columns to values.
 *
 * Fill a test set with the values of the training set. Mirrors DataFrame.fillna of pandas.
 *
 * Throws a RangeError for a column that the table does not have, and for a text in a column of
 * numbers or a number in one of texts. Throws a TypeError for a value that is neither a finite
 * number nor a string.
 *
 * @example
 * const columns = { mass: [3750, null, 3250], sex: ['m', 'f', null] };
 * const table = { name: 'birds', rows: 3, columns };
 * const average = mean(numbers(dropMissing(table, ['mass']), 'mass')).item();
 * const filled = fillMissing(table, { mass: average, sex: 'unknown' });
 * console.log(filled.columns.mass, filled.columns.sex[2]); // → [ 3750, 3500, 3250 ] unknown
 */
export function fillMissing(table: Table, values: Readonly<Record<string, number | string>>): Table {
  const op = 'fillMissing';
  const checked = checkTable(op, table);
  checkRecord(op, 'values', values);
  const { name, columns, rows, lines } = checked;
  const filled: Record<string, readonly Cell[]> = {};
  for (const [key, cells] of Object.entries(columns)) filled[key] = [...cells];
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== 'string' && !Number.isFinite(value))
      throw wrongType(op, `value for column ${describe(key)}`, 'a finite number or a string', value);
    const cells = columnOf(op, checked, key);
    const other = cells.find((cell) => !isMissing(cell) && typeof cell !== typeof value);
    if (other !== undefined)
      throw badTable(
        op,
        checked,
        `value does not fit column ${describe(key)}: expected a ${typeof other}, as in the other rows, got ${describe(value)}`,
      );
    filled[key] = cells.map((cell) => (isMissing(cell) ? value : cell));
  }
  return makeTable(name, filled, rows, lines);
}

/**
 * Returns the rows of a table for which `keep` returns true, or those of a list of indices.
 *
 * `keep` receives the cells of a row by name, and the index of the row. Indices count from 0; the
 * rows are in their order. Mirrors boolean masks and DataFrame.iloc of pandas.
 *
 * Throws a RangeError for an index of no row.
 *
 * @example
 * const table = { name: 'birds', rows: 2, columns: { mass: [3750, 3250], sex: ['m', 'f'] } };
 * console.log(selectRows(table, ({ sex }) => sex === 'f').columns.mass); // → [ 3250 ]
 * console.log(selectRows(table, [1, 0]).columns.sex); // → [ 'f', 'm' ]
 */
export function selectRows(
  table: Table,
  keep: ((cells: Readonly<Record<string, Cell>>, row: number) => boolean) | ArrayLike<number> | Tensor,
): Table {
  const op = 'selectRows';
  const checked = checkTable(op, table);
  if (isTensor(keep) || Array.isArray(keep) || ArrayBuffer.isView(keep)) {
    const rows = [...readIndices(op, keep, 'rows').data];
    if (checked.rows === 0 && rows.length > 0)
      throw rangeError(op, `index of no row: expected none, since the table has no rows, got ${rows[0]}`);
    return takeRows(
      checked,
      rows.map((row) => checkInteger(op, 'row', row, 0, checked.rows - 1)),
    );
  }
  if (typeof keep !== 'function') throw wrongType(op, 'keep', 'a function or indices', keep);
  const columns = Object.entries(checked.columns);
  const cellsOf = (row: number): Readonly<Record<string, Cell>> =>
    Object.fromEntries(columns.map(([name, column]) => [name, column[row]]));
  const isKept = (row: number): boolean => checkBoolean(op, 'result of keep', keep(cellsOf(row), row));
  return takeRows(checked, indicesWhere(checked.rows, isKept));
}

const cellOf = (op: string, value: unknown, key: string, row: number): Cell => {
  const cell = toCell(value);
  if (cell !== undefined) return cell;
  throw typeError(
    op,
    `invalid cell: expected a number, a string, true, false, a Date or null, got ${describe(value)} in column ${describe(key)} of record ${row}`,
  );
};

/**
 * Returns a table of records, such as the rows of a JSON file.
 *
 * The columns are the keys of all records. null, undefined, NaN and keys that a record lacks are
 * missing values; true and false become 1 and 0, and a Date its milliseconds since 1970. Mirrors
 * DataFrame.from_records of pandas.
 *
 * Throws a TypeError for other values that are neither numbers nor strings.
 *
 * @example
 * const table = tableFromRecords(JSON.parse('[{ "mass": 3750, "sex": "m" }, { "mass": 3250 }]'));
 * console.log(table.columns.sex); // → [ 'm', null ]
 */
export function tableFromRecords(
  records: readonly object[],
  options: { readonly name?: string } = {},
): Table {
  const op = 'tableFromRecords';
  const { name = '' } = checkOptions(op, options, ['name']);
  if (typeof name !== 'string') throw wrongType(op, 'name', 'a string', name);
  const rows = checkList(
    op,
    'records',
    records,
    (record) => {
      if (Object.prototype.toString.call(record) !== '[object Object]')
        throw wrongType(op, 'record', 'an object', record);
      return record as Readonly<Record<string, unknown>>;
    },
    2 ** 26,
  );
  const columns = new Map<string, Cell[]>();
  rows.forEach((record, row) => {
    for (const [key, value] of Object.entries(record)) {
      const column = columns.get(key) ?? new Array<Cell>(rows.length).fill(null);
      columns.set(key, column);
      column[row] = cellOf(op, value, key, row);
    }
  });
  return makeTable(name, Object.fromEntries(columns), rows.length);
}
