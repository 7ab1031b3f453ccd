/** Checks pictures and confusion matrices, and turns them into drawings. */
import { isTensor, type Tensor } from '@mini/autograd';
import { checkInteger, checkList, describe, formatShape, rangeError, typeError } from '@mini/autograd/check';
import type { Confusion, Images } from './drawing.ts';
import type { ConfusionFigure, ImageFigure } from './figure.ts';
import { readNumbers, readText, readTexts } from './values.ts';

/** Returns the sizes of a tensor of pictures: count, rows, columns and channels. */
const imageSizes = (op: string, images: Tensor): readonly [number, number, number, 1 | 3] => {
  const sizes =
    images.ndim === 2 ? [1, ...images.shape, 1] : images.ndim === 3 ? [...images.shape, 1] : images.shape;
  const [count, rows, columns, channels] = sizes;
  if (sizes.length !== 4 || (channels !== 1 && channels !== 3) || images.size === 0)
    throw rangeError(
      op,
      `images must have the shape of pictures: expected [rows, columns], [count, rows, columns] or [count, rows, columns, 1 or 3], got ${formatShape(images.shape)}`,
    );
  return [count, rows, columns, channels];
};

/** The largest number of pictures in a row. More would have no width. */
const MAX_PER_ROW = 100;

/** Returns the values of black and white. */
const imageRange = (op: string, range: unknown, data: Float32Array): readonly [number, number] => {
  if (range === undefined) {
    let [low, high] = [Infinity, -Infinity];
    for (const value of data)
      if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    return [low, high];
  }
  const valid =
    Array.isArray(range) &&
    range.length === 2 &&
    range.every((end) => Number.isFinite(end)) &&
    range[0] !== range[1];
  if (!valid)
    throw rangeError(
      op,
      `invalid range: expected [black, white], two numbers that differ, got ${describe(range)}`,
    );
  return range as unknown as readonly [number, number];
};

/** Checks a figure of pictures. Errors start with `op`. */
export const toImages = (op: string, { title, images, labels, perRow, range }: ImageFigure): Images => {
  if (!isTensor(images))
    throw typeError(
      op,
      `images are not a tensor: expected a Tensor [count, rows, columns], got ${describe(images)}`,
    );
  const [count, rows, columns, channels] = imageSizes(op, images);
  const { data } = images;
  const [black, white] = imageRange(op, range, data);
  if (perRow !== undefined) checkInteger(op, 'perRow', perRow, 1, MAX_PER_ROW);
  const toByte = (value: number): number => {
    const byte = Math.round((255 * (value - black)) / (white - black));
    return Math.min(255, Math.max(0, byte)) || 0;
  };
  const size = rows * columns * channels;
  const pictures = Array.from({ length: count }, (_, i) =>
    Array.from(data.subarray(i * size, (i + 1) * size), toByte),
  );
  return {
    kind: 'images',
    title: readText(op, 'title', title),
    rows,
    columns,
    channels,
    pictures,
    labels: labels === undefined ? [] : readTexts(op, 'labels', labels, count),
    perRow,
  };
};

/** The most rows of a confusion matrix. */
const MAX_CLASSES = 2 ** 12;

/** Checks a confusion matrix. Errors start with `op`. */
export const toConfusion = (op: string, { title, confusion, labels }: ConfusionFigure): Confusion => {
  const nested: unknown = isTensor(confusion) ? confusion.toArray() : confusion;
  if (!Array.isArray(nested) || nested.length === 0)
    throw typeError(
      op,
      `confusion is not a matrix: expected counts [label][predicted], got ${describe(confusion)}`,
    );
  const readRow = (row: unknown, label: number): number[] => {
    const numbers = readNumbers(op, `row ${label} of the confusion matrix`, row as number[]);
    if (numbers.length !== nested.length)
      throw rangeError(
        op,
        `confusion is not square: expected ${nested.length} columns, got ${numbers.length} in row ${label}`,
      );
    const negative = numbers.find((count) => count < 0);
    if (negative !== undefined)
      throw rangeError(
        op,
        `invalid count in row ${label} of the confusion matrix: expected a number ≥ 0, got ${negative}`,
      );
    return numbers;
  };
  const counts = checkList(op, 'confusion', nested, readRow, MAX_CLASSES);
  return {
    kind: 'confusion',
    title: readText(op, 'title', title),
    counts,
    labels:
      labels === undefined ? counts.map((_, i) => String(i)) : readTexts(op, 'labels', labels, counts.length),
  };
};
