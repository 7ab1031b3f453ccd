/** Tables in text files: CSV and its relatives. */
import {
  checkOptions,
  describe,
  describeContent,
  rangeError,
  TEXT_FILE,
  wrongType,
  checkChoice,
} from '@mini/autograd/check';
import Papa from 'papaparse';
import { toColumn } from './cells.ts';
import { badFile, type Content } from './content.ts';
import { makeTable } from './make-table.ts';
import { readSource, type Source } from './source.ts';
import { checkNames, firstRepeated, type Table } from './table.ts';

export interface ReadCsvOptions {
  /** true (default) if the first line has the names of the columns; otherwise the names. */
  readonly header?: true | readonly string[];
  /** The character between cells; by default the one of , ; | and tab that fits best. */
  readonly delimiter?: string;
  /**
   * The texts of missing values. By default '', NA, N/A, n/a, #N/A, <NA>, NaN, nan, NULL, null and
   * None, as for pandas.read_csv.
   */
  readonly missing?: readonly string[];
  /** The character before the decimals: '.' (default), or ',' as in 3,14. */
  readonly decimal?: '.' | ',';
  /** The character between groups of three digits, such as ',' in 1,000; by default none. */
  readonly thousands?: string;
}

/** The texts of missing values. */
const MISSING = ['', 'NA', 'N/A', 'n/a', '#N/A', '<NA>', 'NaN', 'nan', 'NULL', 'null', 'None'];
const DELIMITERS = [',', '\t', ';', '|'];

/** A record of the file, and the line on which it starts. */
interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Decodes UTF-8, or UTF-16 with a byte order mark. Line breaks become \n. */
const decodeText = (content: Content): string => {
  const { bytes } = content;
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  const found = encoding === 'utf-8' ? describeContent(bytes) : TEXT_FILE;
  if (found !== TEXT_FILE) throw badFile(content, `not a CSV file: expected text, got ${found}`);
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    // Old files of the Macintosh have \r alone.
    return text.includes('\n') ? text.replaceAll('\r\n', '\n') : text.replaceAll('\r', '\n');
  } catch {
    throw badFile(
      content,
      'text is not in UTF-8: expected UTF-8, or UTF-16 with a byte order mark, got other bytes; save the file as UTF-8',
    );
  }
};

type CheckedOptions = Required<ReadCsvOptions>;

/** The problems that the parser finds, in words. */
const PROBLEMS: Readonly<Record<string, string>> = {
  MissingQuotes: 'a quote that is never closed',
  InvalidQuotes: 'text behind a closing quote',
};

/** Counts the line breaks between two positions of a text. */
const countLines = (text: string, start: number, end: number): number => {
  let count = 0;
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
};

/** Whether a record is an empty line, which is a record of one empty cell. */
const isEmpty = (cells: readonly string[]): boolean => cells.length < 2 && (cells[0] ?? '').trim() === '';

/** The records from which a delimiter is detected. */
const PREVIEW = 20;

/**
 * Returns the delimiter with which the first records have the most cells.
 *
 * Delimiters with which they all have as many cells as the header come before others.
 */
const detectDelimiter = (text: string, { decimal, thousands }: CheckedOptions): string => {
  const possible = DELIMITERS.filter((one) => one !== decimal && one !== thousands);
  let best = { delimiter: possible[0], score: 0 };
  for (const delimiter of possible) {
    const { data } = Papa.parse<string[]>(text, { delimiter, newline: '\n', preview: PREVIEW });
    const [header = [], ...records] = data.filter((cells) => !isEmpty(cells));
    const isEven = records.every((cells) => cells.length === header.length);
    const score = header.length < 2 ? 0 : header.length + (isEven ? text.length : 0);
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
};

/** Splits a text into records. Skips empty lines. Throws at the first misplaced quote. */
const parseRows = (content: Content, text: string, options: CheckedOptions): Row[] => {
  const rows: Row[] = [];
  let [start, line] = [0, 1];
  let problem: string | undefined;
  Papa.parse<string[]>(text, {
    delimiter: options.delimiter || detectDelimiter(text, options),
    newline: '\n',
    step: ({ data, errors, meta: { cursor } }, parser) => {
      const error = errors.find(({ type }) => type === 'Quotes');
      if (error !== undefined) {
        const at = line + countLines(text, start, error.index ?? start);
        problem = `misplaced quote on line ${at}: expected "…" around a whole cell, and "" for a quote inside of it, got ${PROBLEMS[error.code] ?? error.code}`;
        parser.abort();
        return;
      }
      // A line with only an empty cell in quotes is a record, not an empty line.
      const isQuoted = data.length === 1 && text.slice(start, cursor).includes('"');
      if (isQuoted || !isEmpty(data)) rows.push({ line, cells: data });
      line += countLines(text, start, cursor);
      start = cursor;
    },
  });
  if (problem !== undefined) throw badFile(content, problem);
  return rows;
};

/** Returns the names of the columns in the first line. Columns without a name get one. */
const readNames = (content: Content, header: readonly string[]): readonly string[] => {
  const names = header.map((name, i) => name.trim() || `column${i + 1}`);
  const repeated = firstRepeated(names);
  if (repeated !== undefined)
    throw badFile(
      content,
      `repeated name in the header: expected each name once, got ${describe(repeated)} twice; for a file without a header, pass { header: [names of the columns] }`,
    );
  return names;
};

const checkCharacter = (op: string, what: string, value: unknown, example: string): void => {
  if (typeof value !== 'string' || !/^[^\r\n"\ufeff]$/.test(value))
    throw rangeError(
      op,
      `invalid ${what}: expected one character, such as '${example}', got ${describe(value)}`,
    );
};

/** Checks the options. The delimiter is '' if it is to be detected. */
const readOptions = (op: string, options: ReadCsvOptions): CheckedOptions => {
  const names = ['header', 'delimiter', 'missing', 'decimal', 'thousands'] as const;
  const checked = checkOptions(op, options, names);
  const { header = true, delimiter = '', missing = MISSING, decimal = '.', thousands = '' } = checked;
  if (checked.delimiter !== undefined) checkCharacter(op, 'delimiter', delimiter, ';');
  if (checked.thousands !== undefined) checkCharacter(op, 'thousands', thousands, ',');
  checkChoice(op, 'decimal', decimal, ['.', ',']);
  if (decimal === thousands || decimal === delimiter)
    throw rangeError(
      op,
      `invalid decimal: expected another character than those between cells and digits, got ${describe(decimal)}`,
    );
  if (header !== true && !Array.isArray(header))
    throw wrongType(op, 'header', 'true, or the names of the columns of a file without a header', header);
  return {
    header: header === true ? true : checkNames(op, 'header', header),
    delimiter,
    missing: checkNames(op, 'missing', missing),
    decimal,
    thousands,
  };
};

/**
 * Reads a table from a CSV file: text with one record a line and a delimiter between cells.
 *
 * The delimiter is detected (comma, tab, semicolon or |) if `delimiter` is not given. Cells can be
 * in quotes, also with line breaks. Spaces around cells and empty lines are dropped. A column is
 * numeric if each cell that is not missing is a number; missing cells are null. If a number
 * cannot hold all digits of an integer, such as a long id, the column stays text.
 * Columns with neither a name nor a value are dropped. Texts are UTF-8, or UTF-16 with a byte order
 * mark. Gzipped files are decompressed. In a browser, pass the bytes.
 *
 * Throws a RangeError for a file that cannot be read or is not text, and for records whose length
 * differs from that of the header. Errors name the line as an editor counts: from 1, with the
 * header. Format: https://www.rfc-editor.org/rfc/rfc4180
 *
 * @example
 * writeFileSync('birds.csv', 'species,mass\nAdelie,3750\nGentoo,NA\n');
 * const { rows, columns } = readCsv('birds.csv');
 * console.log(rows, columns.species, columns.mass); // → 2 [ 'Adelie', 'Gentoo' ] [ 3750, null ]
 */
export function readCsv(source: Source, options: ReadCsvOptions = {}): Table {
  const op = 'readCsv';
  const checked = readOptions(op, options);
  const { header, missing } = checked;
  const content = readSource(op, source);
  const all = parseRows(content, decodeText(content), checked);
  if (all.length === 0) throw badFile(content, 'no records: expected text, got only empty lines');
  const names = header === true ? readNames(content, all[0].cells) : header;
  const rows = header === true ? all.slice(1) : all;
  const bad = rows.find(({ cells }) => cells.length !== names.length);
  if (bad !== undefined)
    throw badFile(
      content,
      `wrong number of cells on line ${bad.line}: expected ${names.length} as in the header, got ${bad.cells.length}`,
    );
  const columns = names.flatMap((name, i) => {
    const texts = rows.map(({ cells }) => cells[i]);
    // A delimiter at the end of each line makes no column.
    const isNothing = header === true && [all[0].cells[i], ...texts].every((text) => text.trim() === '');
    return isNothing ? [] : [[name, toColumn(texts, new Set(missing), checked)] as const];
  });
  return makeTable(
    content.name,
    Object.fromEntries(columns),
    rows.length,
    rows.map(({ line }) => line),
  );
}
