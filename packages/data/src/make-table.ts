/** Creates tables, which consoles print as text. */
import type { Cell, Table } from './table.ts';

/** The rows and columns that are printed. */
const MAX_ROWS = 8;
const MAX_COLUMNS = 12;
const MAX_WIDTH = 24;

const formatCell = (cell: Cell): string => {
  if (cell === null) return '–';
  const text = String(cell).replaceAll(/\s+/g, ' ');
  return text.length > MAX_WIDTH ? `${text.slice(0, MAX_WIDTH - 1)}…` : text;
};

/** Returns a column as lines of the same width: numbers on the right, texts on the left. */
const formatColumn = (name: string, cells: readonly Cell[]): string[] => {
  const lines = [formatCell(name), ...cells.slice(0, MAX_ROWS).map(formatCell)];
  const width = Math.max(...lines.map((line) => line.length));
  const isText = cells.some((cell) => typeof cell === 'string');
  return lines.map((line) => (isText ? line.padEnd(width) : line.padStart(width)));
};

/** Returns the size of a table, the names of its columns and its first rows. */
const formatTable = ({ name, rows, columns }: Table): string => {
  const entries = Object.entries(columns);
  const shown = entries.slice(0, MAX_COLUMNS).map(([key, cells]) => formatColumn(key, cells));
  const [first = []] = shown;
  const lines = first.map((_line, i) =>
    shown
      .map((column) => column[i])
      .join('  ')
      .trimEnd(),
  );
  const title = `Table${name === '' ? '' : ` ${name}`}: ${rows} rows, ${entries.length} columns`;
  const more = [
    ...(rows > MAX_ROWS ? [`… ${rows - MAX_ROWS} more rows`] : []),
    ...(entries.length > MAX_COLUMNS ? [`… ${entries.length - MAX_COLUMNS} more columns`] : []),
  ];
  return [title, ...lines, ...more].join('\n');
};

/** The key of the function that Node's console calls to print an object. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Creates a table that Node's console prints as lines of text. */
export const makeTable = (
  name: string,
  columns: Readonly<Record<string, readonly Cell[]>>,
  rows: number,
  lines?: readonly number[],
): Table => {
  const table: Table = { name, rows, columns, ...(lines === undefined ? {} : { lines }) };
  return Object.defineProperty(table, INSPECT, { value: () => formatTable(table) });
};
