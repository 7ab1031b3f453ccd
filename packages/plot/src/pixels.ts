/** The pixels of pictures, and how large they are shown. */
import type { Images } from './drawing.ts';

/** Returns the bytes red, green, blue and opacity of each pixel of a picture. */
export const toRgba = ({ pictures, channels, rows, columns }: Images, index: number): Uint8ClampedArray => {
  const bytes = pictures[index];
  const rgba = new Uint8ClampedArray(4 * rows * columns).fill(255);
  for (let pixel = 0; pixel < rows * columns; pixel++)
    for (let channel = 0; channel < 3; channel++)
      rgba[4 * pixel + channel] = bytes[pixel * channels + (channels === 1 ? 0 : channel)];
  return rgba;
};

/** Labels below pictures need this width. */
const LABEL_WIDTH = 84;

/** Pictures are at least about this wide or high, so that those of a few pixels can be seen. */
const LEAST_WIDTH = 80;

/**
 * Returns the width of each picture: three times its columns, less if it is large, and more if it
 * is small. Each pixel is a square of whole pixels of the page.
 */
export const widthOf = ({ rows, columns, labels }: Images): number => {
  const scale = Math.max(3, Math.round(LEAST_WIDTH / Math.max(rows, columns)));
  return Math.max(
    labels.length > 0 ? LABEL_WIDTH : 0,
    columns * Math.max(1, Math.min(scale, Math.floor(240 / columns))),
  );
};
