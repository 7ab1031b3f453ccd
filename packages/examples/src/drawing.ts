/**
 * Turns a drawing into an image like MNIST's.
 *
 * http://yann.lecun.com/exdb/mnist/
 */

/** The side of MNIST's images, and of the box that digits are scaled to. */
export const SIDE = 28;
const BOX = 20;
/** The minimum grey value of ink. Fainter pixels do not count for the digit's size. */
const MIN_INK = 24;

interface Extent {
  readonly first: number;
  readonly last: number;
}

/** Returns the first and the last index with ink, or undefined if there is none. */
const findExtent = (sums: readonly number[]): Extent | undefined => {
  const first = sums.findIndex((sum) => sum > 0);
  return first < 0 ? undefined : { first, last: sums.findLastIndex((sum) => sum > 0) };
};

const centreOfMass = (sums: readonly number[]): number => {
  const total = sums.reduce((a, b) => a + b, 0);
  return sums.reduce((sum, value, index) => sum + value * (index + 0.5), 0) / total;
};

/**
 * Returns the position of the image's edge in the drawing.
 *
 * It puts the centre of mass in the middle of the image, or as close as all ink still fits in.
 */
const findEdge = (mass: number, { first, last }: Extent, scale: number): number => {
  const span = SIDE / scale;
  return Math.min(first, Math.max(last + 1 - span, mass - span / 2));
};

/** Averages `line`, 0 beyond its ends, over `count` intervals of width `step` from `start`. */
const resample = (
  line: (index: number) => number,
  length: number,
  start: number,
  step: number,
  count: number,
): number[] =>
  Array.from({ length: count }, (_, interval) => {
    const from = start + interval * step;
    const to = start + (interval + 1) * step;
    let sum = 0;
    for (let i = Math.max(0, Math.floor(from)); i < Math.min(length, Math.ceil(to)); i++) {
      sum += line(i) * (Math.min(to, i + 1) - Math.max(from, i));
    }
    return sum / step;
  });

/**
 * Turns a drawing of `width` × `height` grey values, 255 for ink, into an image like MNIST's.
 *
 * Scales the digit's longer side to 20 pixels, averages the grey values, and puts the centre of
 * mass in the middle of 28 × 28 pixels. Returns undefined for a drawing without ink.
 */
export const toMnistImage = (
  ink: ArrayLike<number>,
  width: number,
  height: number,
): Uint8Array | undefined => {
  const columns = new Array<number>(width).fill(0);
  const rows = new Array<number>(height).fill(0);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = ink[y * width + x];
      if (value < MIN_INK) continue;
      columns[x] += value;
      rows[y] += value;
    }
  }
  const [horizontal, vertical] = [findExtent(columns), findExtent(rows)];
  if (horizontal === undefined || vertical === undefined) return undefined;
  const longer = Math.max(horizontal.last - horizontal.first, vertical.last - vertical.first) + 1;
  const scale = BOX / longer;
  const left = findEdge(centreOfMass(columns), horizontal, scale);
  const top = findEdge(centreOfMass(rows), vertical, scale);
  const lines = Array.from({ length: height }, (_, y) =>
    resample((x) => ink[y * width + x], width, left, 1 / scale, SIDE),
  );
  const image = new Uint8Array(SIDE * SIDE);
  for (let x = 0; x < SIDE; x++) {
    resample((y) => lines[y][x], height, top, 1 / scale, SIDE).forEach((value, y) => {
      image[y * SIDE + x] = Math.round(value);
    });
  }
  return image;
};
