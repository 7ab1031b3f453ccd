/** The values of cells. */
import type { Cell } from './table.ts';

/**
 * Returns a value as a cell; undefined for values that no cell can contain. A date becomes its
 * milliseconds since 1970, and an invalid one a missing value.
 */
export const toCell = (given: unknown): Cell | undefined => {
  const value = given instanceof Date ? given.getTime() : given;
  if (value === undefined || value === null || Number.isNaN(value)) return null;
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
  return undefined;
};

/** A decimal number, or an infinity as Python, R and JavaScript write it. */
const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)$/i;

const toNumber = (text: string): number =>
  /inf/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);

/** How a file writes numbers. */
export interface NumberFormat {
  /** The character before the decimals. */
  readonly decimal: string;
  /** The character between groups of three digits; '' if there is none. */
  readonly thousands: string;
}

/** Returns a character as a part of a regular expression. */
const inExpression = (character: string): string =>
  character === '' ? '' : `\\u{${character.codePointAt(0)?.toString(16)}}`;

/**
 * Returns a function from the text of a number to the text that JavaScript reads, and from any
 * other text to undefined.
 */
const numberReader = ({ decimal, thousands }: NumberFormat): ((text: string) => string | undefined) => {
  const read = (text: string): string | undefined => (NUMBER.test(text) ? text : undefined);
  if (decimal === '.' && thousands === '') return read;
  const [point, separator] = [inExpression(decimal), inExpression(thousands)];
  const grouped = new RegExp(`^[+-]?\\d{1,3}(?:${separator}\\d{3})+(?:${point}\\d*)?(?:e[+-]?\\d+)?$`, 'iu');
  return (text) => {
    const isGrouped = thousands !== '' && text.includes(thousands);
    if (isGrouped && !grouped.test(text)) return undefined;
    const digits = isGrouped ? text.replaceAll(thousands, '') : text;
    return decimal !== '.' && digits.includes('.') ? undefined : read(digits.replace(decimal, '.'));
  };
};

const INTEGER = /^[+-]?\d+$/;

/** Whether a text is a number beyond 1.8e308, which would become infinite. */
export const isTooLarge = (text: string): boolean =>
  Math.abs(Number(text)) === Infinity && !/inf/i.test(text);

/** Whether a text is an integer that changes if it becomes a number. */
export const losesDigits = (text: string): boolean =>
  text.length > 15 && INTEGER.test(text) && BigInt(text.replace('+', '')) !== BigInt(Number(text));

/**
 * Returns the values of the cells of a column.
 *
 * Texts in `missing` become null. The others become numbers if all of them are numbers, no integer
 * loses digits, and none is too large.
 */
export const toColumn = (
  texts: readonly string[],
  missing: ReadonlySet<string>,
  format: NumberFormat,
): Cell[] => {
  const read = numberReader(format);
  const cells = texts.map((text) => text.trim()).map((text) => (missing.has(text) ? null : text));
  const numbers: (number | null)[] = [];
  for (const cell of cells) {
    const plain = cell === null ? null : read(cell);
    if (plain === undefined || (plain !== null && (losesDigits(plain) || isTooLarge(plain)))) return cells;
    numbers.push(plain === null ? null : toNumber(plain));
  }
  return numbers;
};
