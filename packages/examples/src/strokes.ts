/** The width of pen strokes, and how thin ones become as wide as those of MNIST. */

/** The ink of a picture: 0 for paper, 255 for the strongest ink. */
export interface Ink {
  readonly ink: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The width of MNIST's strokes, as a fraction of the longer side of the digit. */
const STROKE = 0.11;
/** Strokes that are thinner than this fraction of that width are widened to it. */
const THIN = 0.6;

/**
 * Returns the width of strokes. A stroke of length l and width w has an area of l·w, and its edges
 * change the ink by l·(|cos| + |sin|) on each side; over all directions, the mean is l·4 / π.
 */
const strokeWidth = ({ ink, width, height }: Ink): number => {
  let [area, change] = [0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      area += ink[i];
      change += Math.abs(ink[i] - (x > 0 ? ink[i - 1] : 0)) + Math.abs(ink[i] - (y > 0 ? ink[i - width] : 0));
    }
  return change === 0 ? 0 : ((8 / Math.PI) * area) / change;
};

/** Returns the longer side of the box around the ink. */
const longerSide = ({ ink, width, height }: Ink): number => {
  let [left, right, top, bottom] = [width, -1, height, -1];
  ink.forEach((value, i) => {
    if (value === 0) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right, top, bottom] = [
      Math.min(left, x),
      Math.max(right, x),
      Math.min(top, y),
      Math.max(bottom, y),
    ];
  });
  return Math.max(right - left, bottom - top) + 1;
};

/** Makes thin strokes as wide as those of MNIST: scaled down to 20 pixels, they would vanish. */
export const thicken = (drawn: Ink): Ink => {
  const { ink, width, height } = drawn;
  const wanted = STROKE * longerSide(drawn);
  const own = strokeWidth(drawn);
  if (own === 0 || own > THIN * wanted) return drawn;
  const radius = Math.ceil((wanted - own) / 2);
  const [wide, high] = [width + 2 * radius, height + 2 * radius];
  const thick = new Uint8Array(wide * high);
  const inside = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius).flatMap((dy) => {
    const reach = Math.floor(Math.sqrt(radius * radius - dy * dy));
    return Array.from({ length: 2 * reach + 1 }, (_, i) => dy * wide + i - reach);
  });
  ink.forEach((value, i) => {
    if (value === 0) return;
    const centre = (Math.floor(i / width) + radius) * wide + (i % width) + radius;
    for (const offset of inside) if (thick[centre + offset] < value) thick[centre + offset] = value;
  });
  return { ink: thick, width: wide, height: high };
};
