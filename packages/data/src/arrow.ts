/** Tables in Apache Arrow's format. */
import type { Data, tableFromIPC, Vector } from 'apache-arrow';
import { describe } from '@mini/autograd/check';
import { checkArrow } from './arrow-check.ts';
import { badFile, type Content } from './content.ts';
import { describeContent } from './describe-content.ts';
import { makeTable } from './make-table.ts';
import { readSource, type Source } from './source.ts';
import { type Cell, type Table } from './table.ts';

type Arrow = { readonly tableFromIPC: typeof tableFromIPC };

/** Loads the optional package. */
export const loadArrow = async (
  op: string,
  load: () => Promise<Arrow> = () => import('apache-arrow'),
): Promise<Arrow> => {
  try {
    return await load();
  } catch (error) {
    throw badFile(
      { op, name: '' },
      `the package apache-arrow cannot be loaded: expected it beside @mini/data, got ${(error as Error).message}; run: npm install apache-arrow@21`,
    );
  }
};

/** Returns a value of Arrow as a cell; undefined for values that no cell can contain. */
const toCell = (value: unknown): Cell | undefined => {
  if (value === undefined || value === null || Number.isNaN(value)) return null;
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
  if (value instanceof Date) return value.getTime();
  return undefined;
};

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

const decode = ({ tableFromIPC }: Arrow, content: Content): Table => {
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

/**
 * Reads a table from an Arrow file or stream (IPC), such as a Feather file of version 2.
 *
 * Texts, also those of dictionaries, become strings, and numbers stay numbers. Booleans become 1
 * and 0. Dates and timestamps become milliseconds since 1970. 64-bit integers must be safe
 * integers. NaN and null are missing values. The rows have no lines, so errors count them from 0.
 * Compressed files are not supported: write them without compression.
 *
 * This needs the package apache-arrow, version 21, which you install yourself. It is loaded at the
 * first call.
 *
 * The promise is rejected with a RangeError if the package is missing, if the file cannot be read,
 * for other and damaged files, and for columns of other types. Format:
 * https://arrow.apache.org/docs/format/Columnar.html
 *
 * @example
 * const load = async () => {
 *   const flights = await readArrow('flights.arrow');
 *   return numbers(flights, 'delay');
 * };
 */
export async function readArrow(source: Source): Promise<Table> {
  const op = 'readArrow';
  const content = readSource(op, source);
  const found = describeContent(content.bytes);
  if (!found.includes('Arrow'))
    throw badFile(
      content,
      `not an Arrow file: expected the bytes ARROW1, or those of a stream, got ${found}`,
    );
  const arrow = await loadArrow(op);
  try {
    checkArrow(content);
    return decode(arrow, content);
  } catch (error) {
    if ((error as { readonly op?: unknown }).op === op) throw error;
    throw badFile(
      content,
      `damaged Arrow file: expected valid data, got the error ${describe((error as Error).message)}`,
    );
  }
}
