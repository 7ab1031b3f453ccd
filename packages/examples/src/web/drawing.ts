/** From a drawing to an image as MNIST has them. */

/** The side of MNIST's images, and of the box that a digit is scaled into (http://yann.lecun.com/exdb/mnist/). */
const SIDE = 28;
const BOX = 20;
/** Fainter ink does not count for the size of the digit. */
const FAINT = 24;

interface Extent {
  readonly first: number;
  readonly last: number;
}

/** The first and last places with ink, or undefined without any. */
const extent = (sums: readonly number[]): Extent | undefined => {
  const first = sums.findIndex((sum) => sum > 0);
  return first < 0 ? undefined : { first, last: sums.findLastIndex((sum) => sum > 0) };
};

const centre = (sums: readonly number[]): number => {
  const total = sums.reduce((a, b) => a + b, 0);
  return sums.reduce((sum, value, place) => sum + value * (place + 0.5), 0) / total;
};

/** Where the picture's edge lies in the drawing so that the centre of mass comes to the middle and all ink inside. */
const origin = (mass: number, { first, last }: Extent, scale: number): number => {
  const span = SIDE / scale;
  return Math.min(first, Math.max(last + 1 - span, mass - span / 2));
};

/** Means over intervals of a line of numbers: `count` of them from `start`, each `step` wide. Outside of the line is 0. */
const resample = (
  line: (place: number) => number,
  length: number,
  start: number,
  step: number,
  count: number,
): number[] =>
  Array.from({ length: count }, (_, i) => {
    const [from, to] = [start + i * step, start + (i + 1) * step];
    let sum = 0;
    for (let place = Math.max(0, Math.floor(from)); place < Math.min(length, Math.ceil(to)); place++) {
      sum += line(place) * (Math.min(to, place + 1) - Math.max(from, place));
    }
    return sum / step;
  });

/**
 * A drawing of `width` × `height` ink values 0 … 255 as MNIST would have it: scaled so that the digit's longer side is 20 pixels, with grey levels from averaging, and with
 * its centre of mass in the middle of 28 × 28. Undefined for a drawing without ink.
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
      if (value < FAINT) continue;
      columns[x] += value;
      rows[y] += value;
    }
  }
  const [horizontal, vertical] = [extent(columns), extent(rows)];
  if (horizontal === undefined || vertical === undefined) return undefined;
  const longer = Math.max(horizontal.last - horizontal.first, vertical.last - vertical.first) + 1;
  const scale = BOX / longer;
  const left = origin(centre(columns), horizontal, scale);
  const top = origin(centre(rows), vertical, scale);
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
