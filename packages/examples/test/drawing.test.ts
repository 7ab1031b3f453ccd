import { describe, expect, test } from 'vitest';
import { tensor } from '@mini/autograd';
import { trainClassifier, TRAINING_DEFAULTS } from '../src/classify.ts';
import { normalize, prepareData } from '../src/data/prepare.ts';
import { Net } from '../src/networks.ts';
import { readEmbeddedDigits } from '../src/data/embedded-digits.ts';
import { predict } from '../src/evaluation.ts';
import { toMnistImage } from '../src/drawing.ts';

const SIDE = 280;
/** Draws ink in the pixels for which `hasInk` returns true. */
const drawing = (hasInk: (x: number, y: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (hasInk(i % SIDE, Math.floor(i / SIDE)) ? 255 : 0));
const imageOf = (ink: Uint8Array): number[][] => {
  const image = toMnistImage(ink, SIDE, SIDE) ?? new Uint8Array(784);
  return Array.from({ length: 28 }, (_, row) => [...image.subarray(28 * row, 28 * row + 28)]);
};
/** The first and the last index with any ink. */
const extent = (sums: readonly number[]): number[] => [
  sums.findIndex((sum) => sum > 0),
  sums.findLastIndex((sum) => sum > 0),
];
const rowSums = (image: number[][]): number[] => image.map((row) => row.reduce((a, b) => a + b));
const columnSums = (image: number[][]): number[] =>
  image[0].map((_, x) => image.reduce((sum, row) => sum + row[x], 0));

describe("a drawing as an image like MNIST's", () => {
  test('is undefined without ink', () => {
    expect(toMnistImage(new Uint8Array(SIDE * SIDE), SIDE, SIDE)).toBeUndefined();
    expect(toMnistImage(new Uint8Array(SIDE * SIDE).fill(10), SIDE, SIDE)).toBeUndefined();
  });
  test.each([
    ['small, in a corner', 3, 5, 20, 40],
    ['large', 30, 0, 220, 280],
    ['wide', 0, 100, 280, 30],
  ])('is scaled to 20 pixels and put in the middle: a box that is %s', (_name, left, top, width, height) => {
    const image = imageOf(drawing((x, y) => x >= left && x < left + width && y >= top && y < top + height));
    const [columns, rows] = [columnSums(image), rowSums(image)];
    const longer = width > height ? columns : rows;
    expect(extent(longer)).toEqual([4, 23]);
    for (const sums of [columns, rows]) {
      const total = sums.reduce((a, b) => a + b);
      expect(sums.reduce((sum, value, i) => sum + value * (i + 0.5), 0) / total).toBeCloseTo(14, 1);
    }
    // The area of the ink, in pixels of the image, stays the same.
    const area = rows.reduce((a, b) => a + b) / 255;
    expect(area).toBeCloseTo((width * height * 20 ** 2) / Math.max(width, height) ** 2, 0);
  });
  test('keeps all ink inside when the mass is at one end', () => {
    const image = imageOf(
      drawing((x, y) => (y > 240 && x > 20 && x < 260) || (x === 140 && y < 250 && y > 10)),
    );
    const [first, last] = extent(rowSums(image));
    expect(last - first).toBe(19);
  });
  test('leaves digits of MNIST recognisable, however large they are drawn', () => {
    const splits = readEmbeddedDigits();
    const data = prepareData(splits);
    const net = Net([64], 'softmax');
    const steps = [...trainClassifier(net, data.train, { ...TRAINING_DEFAULTS, hidden: [64], epochs: 3 })];
    const params = steps.at(-1)?.state.params;
    if (params === undefined) throw new Error('no steps');
    const count = 300;
    const { images, labels } = splits.test;
    const redrawn = new Uint8Array(count * 784);
    for (let i = 0; i < count; i++) {
      // Enlarges the digit by a factor of 3 to 9, somewhere on the pad.
      const factor = 3 + (i % 7);
      const shift = (i * 13) % (SIDE - 28 * factor);
      const ink = Uint8Array.from({ length: SIDE * SIDE }, (_, pixel) => {
        const x = Math.floor(((pixel % SIDE) - shift) / factor);
        const y = Math.floor((Math.floor(pixel / SIDE) - shift) / factor);
        return x >= 0 && x < 28 && y >= 0 && y < 28 ? images[784 * i + 28 * y + x] : 0;
      });
      redrawn.set(toMnistImage(ink, SIDE, SIDE) ?? [], 784 * i);
    }
    const right = (pixels: Uint8Array): number => {
      const examples = {
        images: normalize(tensor(pixels, [count, 28, 28]), data.mean, data.std).data,
        labels: tensor(labels.subarray(0, count)),
      };
      return predict(net, 'softmax', params, examples).filter((p) => p.label === p.predicted).length / count;
    };
    const original = right(images.subarray(0, count * 784));
    expect(original).toBeGreaterThan(0.9);
    expect(right(redrawn)).toBeGreaterThan(original - 0.02);
  });
});
