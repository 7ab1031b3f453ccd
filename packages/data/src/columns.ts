/** Columns of tables as tensors. */
import { stack, type Tensor, tensor } from '@mini/autograd';
import { asOp, checkOptions, describe, MAX_EXACT_INTEGER, rangeError } from '@mini/autograd/check';
import { isTooLarge, losesDigits } from './cells.ts';
import {
  badTable,
  type Cell,
  checkNames,
  checkTable,
  columnOf,
  firstRepeated,
  isMissing,
  placeOf,
  type Table,
} from './table.ts';

/** Names from an earlier call, such as that for the training data. */
export interface NamesOptions {
  /** The names to use, in this order. A value without a name is an error. */
  readonly names?: readonly string[];
}

const missing = (op: string, table: Table, name: string, row: number): Error =>
  badTable(
    op,
    table,
    `missing value in column ${describe(name)}: expected ${op === 'numbers' ? 'a number' : 'a value'}, got none at ${placeOf(table, row)}; to drop such rows, call dropMissing(table, [${JSON.stringify(name)}]); to fill them, fillMissing(table, { ${JSON.stringify(name)}: value })`,
  );

/** What to do about a cell that is not a number. */
const adviceFor = (cell: unknown): string => {
  if (typeof cell === 'string' && losesDigits(cell))
    return 'a number does not hold all of its digits; for ids, call classes; for times, subtract the first time before writing the file';
  if (typeof cell === 'string' && isTooLarge(cell)) return 'numbers are at most 1.8e308';
  const isGrouped = typeof cell === 'string' && /^[+-]?\d{1,3}(?:[.,' ]\d{3})*(?:[.,]\d+)?$/.test(cell);
  const format = isGrouped ? 'for numbers written so, pass { decimal, thousands } to readCsv; ' : '';
  return `${format}for text, call oneHotColumns or classes; if it means a missing value, pass { missing: [${JSON.stringify(cell)}] } to readCsv`;
};

/** The part of different integers that may become equal: among many large amounts, a few do. */
const MAX_MERGED = 0.01;

/** Throws if many integers are different, such as ids or times, but equal after rounding. */
const checkDistinct = (
  op: string,
  table: Table,
  name: unknown,
  cells: readonly number[],
  rounded: Float32Array,
): void => {
  const rows = new Map<number, number>();
  cells.forEach((cell, row) => {
    if (Math.abs(cell) >= MAX_EXACT_INTEGER && Number.isSafeInteger(cell) && !rows.has(cell))
      rows.set(cell, row);
  });
  const firsts = new Map<number, number>();
  let example: readonly [first: number, second: number, row: number] | undefined;
  for (const [cell, row] of rows) {
    const first = firsts.get(rounded[row]);
    if (first === undefined) firsts.set(rounded[row], cell);
    else example ??= [first, cell, row];
  }
  if (example === undefined || rows.size - firsts.size <= MAX_MERGED * rows.size) return;
  const [first, second, row] = example;
  throw badTable(
    op,
    table,
    `different integers of column ${describe(name)} are equal in float32: expected distinct float32 values, got ${first} and ${second} at ${placeOf(table, row)}; for ids, call classes; for times, first subtract the earliest one`,
  );
};

/** Returns a column of numbers. */
const numbersOf = (op: string, table: Table, name: unknown): Float32Array => {
  const cells = columnOf(op, table, name);
  const out = new Float32Array(cells.length);
  for (let row = 0; row < cells.length; row++) {
    const cell: unknown = cells[row];
    if (typeof cell !== 'number' || Number.isNaN(cell)) {
      // Do not advise to fill a column of texts.
      const hasTexts = cells.some((one) => typeof one === 'string');
      if (isMissing(cell) && !hasTexts) throw missing(op, table, String(name), row);
      // In a column of text, numbers are text, too: name a cell that is none.
      const wrong = cells.findIndex(
        (one) => typeof one === 'string' && (one.trim() === '' || Number.isNaN(Number(one))),
      );
      const long = cells.findIndex((one) => typeof one === 'string' && (losesDigits(one) || isTooLarge(one)));
      const at = wrong >= 0 ? wrong : Math.max(row, long);
      throw badTable(
        op,
        table,
        `column ${describe(name)} is not numeric: expected a number, got ${describe(cells[at])} at ${placeOf(table, at)}; ${adviceFor(cells[at])}`,
      );
    }
    out[row] = cell;
    if (!Number.isFinite(out[row]) && Number.isFinite(cell))
      throw badTable(
        op,
        table,
        `float32 cannot represent a number of column ${describe(name)}: expected numbers up to 3.4e38, got ${cell} at ${placeOf(table, row)}`,
      );
  }
  checkDistinct(op, table, name, cells as readonly number[], out);
  return out;
};

/**
 * Returns a column of numbers as a tensor [rows], or several columns as [rows, columns].
 *
 * The numbers are rounded to float32. It represents integers up to 2²⁴ exactly, and not all of the
 * larger ones.
 *
 * Throws a RangeError for texts, missing values and numbers beyond 3.4e38, if more than a hundredth
 * of different integers are equal after rounding, with the file, the line and the column, and for
 * columns that the table does not have.
 *
 * @example
 * const table = { name: 'birds', rows: 2, columns: { mass: [3750, 3250], wing: [181, 186] } };
 * console.log(numbers(table, 'mass').shape); // → [ 2 ]
 * console.log(numbers(table, ['mass', 'wing']).shape); // → [ 2, 2 ]
 */
export function numbers(table: Table, columns: string | readonly string[]): Tensor {
  const op = 'numbers';
  const checked = checkTable(op, table);
  if (typeof columns === 'string') return asOp(op, () => tensor(numbersOf(op, checked, columns)));
  const names = checkNames(op, 'columns', columns);
  if (names.length === 0)
    throw rangeError(op, 'no columns: expected the names of one column or more, got []');
  const tensors = names.map((name) => tensor(numbersOf(op, checked, name)));
  return asOp(op, () => stack(tensors, { axis: 1 }));
}

const compare = (a: NonNullable<Cell>, b: NonNullable<Cell>): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : Number(left > right);
};

/**
 * Returns the distinct values of a column: numbers in ascending order, texts by code units.
 *
 * Throws for a number and a text of the same name, such as 1 and '1'.
 */
const distinct = (op: string, table: Table, name: string): NonNullable<Cell>[] => {
  const values = new Set<NonNullable<Cell>>();
  columnOf(op, table, name).forEach((cell, row) => {
    if (isMissing(cell)) throw missing(op, table, name, row);
    if (typeof cell !== 'number' && typeof cell !== 'string')
      throw badTable(
        op,
        table,
        `invalid cell in column ${describe(name)}: expected a number or a string, got ${describe(cell)} at ${placeOf(table, row)}`,
      );
    values.add(cell);
  });
  const text = [...values].find(
    (value) => typeof value === 'string' && String(Number(value)) === value && values.has(Number(value)),
  );
  if (text !== undefined)
    throw badTable(
      op,
      table,
      `numbers and texts in column ${describe(name)}: expected one kind, got ${text} and ${describe(text)}`,
    );
  return [...values].sort(compare);
};

/** Returns the index of the name of each cell. */
const indicesOf = (
  op: string,
  table: Table,
  name: string,
  indexOf: ReadonlyMap<string, number>,
  nameOf: (cell: NonNullable<Cell>) => string,
): number[] =>
  columnOf(op, table, name).map((cell, row) => {
    if (isMissing(cell)) throw missing(op, table, name, row);
    const index = indexOf.get(nameOf(cell));
    if (index === undefined)
      throw badTable(
        op,
        table,
        `unknown value in column ${describe(name)}: expected one of the names, got ${describe(cell)} at ${placeOf(table, row)}`,
      );
    return index;
  });

const indexNames = (names: readonly string[]): ReadonlyMap<string, number> =>
  new Map(names.map((name, i) => [name, i]));

/**
 * Returns the classes in a column: labels [rows], integers from 0, and the names of the classes.
 *
 * Label i stands for names[i]. The names are sorted: texts by code units, numbers by size. For a
 * second table, such as a test set, pass the names of the first:
 * classes(test, 'species', { names }).
 *
 * Throws a RangeError for missing values, and for values that are not among given names.
 *
 * @example
 * const columns = { species: ['virginica', 'setosa', 'virginica'] };
 * const table = { name: 'flowers', rows: 3, columns };
 * const { labels, names } = classes(table, 'species');
 * console.log(labels.toArray(), names); // → [ 1, 0, 1 ] [ 'setosa', 'virginica' ]
 */
export function classes(
  table: Table,
  column: string,
  options: NamesOptions = {},
): { labels: Tensor; names: string[] } {
  const op = 'classes';
  const checked = checkTable(op, table);
  columnOf(op, checked, column);
  const { names: given } = checkOptions(op, options, ['names']);
  const names =
    given === undefined ? distinct(op, checked, column).map(String) : checkNames(op, 'names', given);
  const labels = indicesOf(op, checked, column, indexNames(names), String);
  return { labels: tensor(Float32Array.from(labels)), names: [...names] };
}

/**
 * Returns a column of zeros and ones for each value in each of `columns`: x [rows, total].
 *
 * The name of such a column is that of its column and its value, such as `island=Biscoe`. In each
 * row, x is 1 where the row has that value. Columns keep the order of `columns`, and values are
 * sorted. For a second table, pass the names of the first:
 * oneHotColumns(test, ['island'], { names }). Mirrors pandas.get_dummies.
 *
 * Throws a RangeError for missing values, and for values that are not among given names.
 *
 * @example
 * const table = { name: 'birds', rows: 2, columns: { sex: ['m', 'f'] } };
 * const { x, names } = oneHotColumns(table, ['sex']);
 * console.log(x.toArray(), names); // → [ [ 0, 1 ], [ 1, 0 ] ] [ 'sex=f', 'sex=m' ]
 */
export function oneHotColumns(
  table: Table,
  columns: readonly string[],
  options: NamesOptions = {},
): { x: Tensor; names: string[] } {
  const op = 'oneHotColumns';
  const checked = checkTable(op, table);
  const wanted = checkNames(op, 'columns', columns);
  const { names: given } = checkOptions(op, options, ['names']);
  const nameOf =
    (column: string) =>
    (cell: NonNullable<Cell>): string =>
      `${column}=${cell}`;
  const names =
    given === undefined
      ? wanted.flatMap((column) => distinct(op, checked, column).map(nameOf(column)))
      : checkNames(op, 'names', given);
  const repeated = firstRepeated(names);
  if (repeated !== undefined)
    throw badTable(
      op,
      checked,
      `two columns of the result have one name: expected other names of columns, got ${describe(repeated)} twice`,
    );
  const indexOf = indexNames(names);
  const width = names.length;
  return asOp(op, () => {
    const elements = new Float32Array(checked.rows * width);
    for (const column of wanted)
      indicesOf(op, checked, column, indexOf, nameOf(column)).forEach((index, row) => {
        elements[row * width + index] = 1;
      });
    return { x: tensor(elements, [checked.rows, width]), names: [...names] };
  });
}
