/** Reads the numbers and texts of a figure. Errors start with `op`. */
import { isTensor } from '@mini/autograd';
import { checkInteger, describe, formatShape, rangeError, typeError } from '@mini/autograd/check';
import type { Values } from './figure.ts';

/** The most values of a series. */
const MAX_VALUES = 2 ** 24;

/** Returns numbers along an axis; null for what is missing. `what` is their name in errors. */
export const readValues = (op: string, what: string, values: unknown): (number | null)[] => {
  if (isTensor(values) && values.ndim !== 1)
    throw rangeError(
      op,
      `${what} must have one axis: expected shape [n], got ${formatShape(values.shape)}; write reshape(x, [-1])`,
    );
  const list: unknown = isTensor(values) ? values.data : values;
  const isList = Array.isArray(list) || (ArrayBuffer.isView(list) && !(list instanceof DataView));
  if (!isList)
    throw typeError(
      op,
      `${what} is not a list of numbers: expected a Tensor [n], a typed array or numbers, got ${describe(values)}`,
    );
  const { length } = list as ArrayLike<unknown>;
  checkInteger(op, `length of ${what}`, length, 0, MAX_VALUES);
  return Array.from({ length }, (_, i) => {
    const value = (list as ArrayLike<unknown>)[i];
    if (value === null || value === undefined) return null;
    if (typeof value !== 'number')
      throw typeError(
        op,
        `${what} is not a list of numbers: expected a number at ${i}, got ${describe(value)}`,
      );
    return Number.isFinite(value) ? value : null;
  });
};

/** Returns numbers none of which is missing. */
export const readNumbers = (op: string, what: string, values: Values): number[] =>
  readValues(op, what, values).map((value, i) => {
    if (value === null) throw rangeError(op, `${what} has a gap: expected a finite number at ${i}, got none`);
    return value;
  });

/** Returns a text, or '' where there is none. */
export const readText = (op: string, what: string, text: unknown): string => {
  if (text === undefined) return '';
  if (typeof text !== 'string')
    throw typeError(op, `${what} is not a string: expected one, got ${describe(text)}`);
  return text;
};

/** Returns a list of `count` texts. */
export const readTexts = (op: string, what: string, texts: unknown, count: number): string[] => {
  if (!Array.isArray(texts))
    throw typeError(op, `${what} are not a list: expected ${count} strings, got ${describe(texts)}`);
  if (texts.length !== count)
    throw rangeError(op, `wrong number of ${what}: expected ${count}, got ${texts.length}`);
  return texts.map((text: unknown, i) => readText(op, `${what} ${i}`, text));
};
