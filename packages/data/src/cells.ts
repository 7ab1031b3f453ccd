/** The values of cells in text files. */
import type { Cell } from './table.ts';

/** A decimal number, or an infinity as Python, R and JavaScript write it. */
const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)$/i;

const toNumber = (text: string): number =>
  /inf/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);

/**
 * Returns the values of the cells of a column.
 *
 * Texts in `missing` become null. The others become numbers if all of them are numbers.
 */
export const toColumn = (texts: readonly string[], missing: ReadonlySet<string>): Cell[] => {
  const cells = texts.map((text) => text.trim()).map((text) => (missing.has(text) ? null : text));
  const isNumeric = cells.every((cell) => cell === null || NUMBER.test(cell));
  return isNumeric ? cells.map((cell) => (cell === null ? null : toNumber(cell))) : cells;
};
