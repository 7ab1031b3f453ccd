/** Columns of Arrow as columns of a table. */
import type { Data, tableFromIPC, Vector } from 'apache-arrow';
import { describe } from '@mini/autograd/check';
import { badFile, type Content } from './content.ts';
import { makeTable } from './make-table.ts';
import { toCell } from './cells.ts';
import type { Cell, Table } from './table.ts';

type Arrow = { readonly tableFromIPC: typeof tableFromIPC };

/** Returns the error for a package that cannot be loaded. */
const missing = (op: string, error: unknown): Error =>
  badFile(
    { op, name: '' },
    `the package apache-arrow cannot be loaded: expected it beside @mini/data, got ${(error as Error).message}; run: npm install apache-arrow@21`,
  );

/**
 * Loads the optional package.
 *
 * Bundlers accept that it is missing, because its error is caught right at the import.
 */
export const loadArrow = (op: string): Promise<Arrow> =>
  import('apache-arrow').catch((error: unknown) => {
    throw missing(op, error);
  });

/** Throws unless each text starts where the one before ends, and all are in the buffer. */
const checkOffsets = ({ valueOffsets, values, length, offset }: Data): void => {
  if (valueOffsets === undefined || valueOffsets === null || length === 0) return;
  let last = 0;
  for (let i = 0; i <= length; i++) {
    const next = Number(valueOffsets[i]);
    if (!(next >= last)) throw new RangeError(`offset ${next} of text ${i + offset}`);
    last = next;
  }
  if (last > ((values as ArrayLike<number> | undefined)?.length ?? 0))
    throw new RangeError(`offset ${last} of a text`);
};

/** Returns the values of a column. `onBad` throws for a value that no cell can contain. */
const cellsOf = (vector: Vector, onBad: (value: unknown, row: number) => never): Cell[] => {
  const cells: Cell[] = [];
  /** Each dictionary is decoded once, since rows can share long texts. */
  const dictionaries = new Map<unknown, Cell[]>();
  let row = 0;
  for (const data of vector.data as readonly Data[]) {
    checkOffsets(data);
    const { dictionary } = data;
    if (dictionary === undefined) {
      for (let i = 0; i < data.length; i++) cells.push(checkedCell(vector.get(row + i), row + i, onBad));
    } else {
      const texts = dictionaries.get(dictionary) ?? cellsOf(dictionary, onBad);
      dictionaries.set(dictionary, texts);
      const indices = data.values as ArrayLike<number | bigint>;
      for (let i = 0; i < data.length; i++) {
        const cell = data.getValid(i) ? texts[Number(indices[i])] : null;
        cells.push(cell === undefined ? onBad(indices[i], row + i) : cell);
      }
    }
    row += data.length;
  }
  return cells;
};

const checkedCell = (value: unknown, row: number, onBad: (value: unknown, row: number) => never): Cell => {
  const cell = toCell(value);
  return cell === undefined ? onBad(value, row) : cell;
};

/** Decodes a file that `checkArrow` has checked. */
export const decodeArrow = ({ tableFromIPC }: Arrow, content: Content): Table => {
  const table = tableFromIPC(content.bytes);
  const { numRows, schema } = table;
  const columns = schema.fields.map(({ name, type }, index) => {
    const vector = table.getChildAt(index);
    const cells =
      vector === null
        ? []
        : cellsOf(vector, (value, row) => {
            throw badFile(
              content,
              `column ${describe(name)} of type ${String(type)} has an invalid value: expected a number, a text, a boolean or a date, got ${describe(value)} in row ${row}`,
            );
          });
    if (cells.length !== numRows)
      throw new RangeError(`${cells.length} cells in column ${describe(name)} of ${numRows} rows`);
    return [name, cells] as const;
  });
  return makeTable(content.name, Object.fromEntries(columns), numRows);
};
