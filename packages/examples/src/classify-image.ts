/** `pnpm mnist --classify`: what a trained network sees in a picture of a digit. */
import { readFileSync } from 'node:fs';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { jit, tensor } from '@mini/autograd';
import { normalize } from './data/prepare.ts';
import { toMnistImage } from './drawing.ts';
import { classProbabilities } from './evaluation.ts';
import type { Model } from './model-file.ts';
import { CLASSES, makeNet } from './networks.ts';

/** Larger pictures are scaled down to this side. */
const MAX_SIDE = 560;
/** Differences from the paper up to this part of the largest one are noise. */
const NOISE = 0.2;

/** The ink of a picture: 0 for paper, 255 for the strongest ink. */
interface Ink {
  readonly ink: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Finds the ink: what differs from the middle grey value of the edges, dark or bright. */
const findInk = (grey: Float64Array, width: number, height: number): Ink => {
  const edges = Array.from(grey).filter((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
  const paper = edges.sort((a, b) => a - b)[edges.length >> 1];
  const difference = grey.map((value) => Math.abs(value - paper));
  const most = difference.reduce((a, b) => Math.max(a, b), 0);
  const ink = Uint8Array.from(difference, (value) => {
    const part = most < 1 ? 0 : value / most;
    return part <= NOISE ? 0 : Math.round((255 * (part - NOISE)) / (1 - NOISE));
  });
  return { ink, width, height };
};

const readInk = async (path: string): Promise<Ink> => {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Error(`--classify ${path}: ${(error as Error).message}`, { cause: error });
  }
  const picture = await loadImage(bytes).catch(() => {
    throw new Error(`--classify ${path}: not a picture that can be read: expected a PNG, JPEG or WebP file`);
  });
  const scale = Math.min(1, MAX_SIDE / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((side) =>
    Math.max(1, Math.round(scale * side)),
  );
  const context = createCanvas(width, height).getContext('2d');
  // What is transparent is paper.
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const grey = Float64Array.from(
    { length: width * height },
    (_, i) => 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2],
  );
  return findInk(grey, width, height);
};

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
const thicken = (drawn: Ink): Ink => {
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

/** From paper to ink, for terminals. */
const SHADES = ' ░▒▓█';

/** Shows an image of grey values as text, with two characters for each pixel. */
const imageText = (image: Uint8Array, columns: number): string[] => {
  const shadeOf = (grey: number): string => SHADES[Math.round((grey / 255) * (SHADES.length - 1))].repeat(2);
  const rows = Array.from({ length: image.length / columns }, (_, row) =>
    Array.from(image.subarray(row * columns, (row + 1) * columns), shadeOf).join(''),
  );
  return ['┌', '└'].flatMap((corner, i) => {
    const edge = `${corner}${'─'.repeat(2 * columns)}${i === 0 ? '┐' : '┘'}`;
    return i === 0 ? [edge, ...rows.map((row) => `│${row}│`)] : [edge];
  });
};

/** The width of the bar of a probability of 1, in characters. */
const BAR = 40;

/** Returns what the network makes of a picture, line by line; the digit comes last. */
export const classifyImage = async (path: string, model: Model): Promise<string[]> => {
  const { rows, columns, mean, std, loss, params, state } = model;
  const { ink, width, height } = thicken(await readInk(path));
  const image = toMnistImage(ink, width, height);
  if (image === undefined)
    throw new Error(`--classify ${path}: no digit found: expected ink on paper of another colour`);
  if (image.length !== rows * columns)
    throw new Error(`the model is for images of ${rows}×${columns} pixels: expected 28×28`);
  const probabilities = jit(classProbabilities(makeNet({ ...model, dropout: 0 }), loss));
  const normalized = normalize(tensor(image, [1, rows, columns]), mean, std).data;
  const found = [...probabilities(params, normalized, state).data];
  const digit = found.indexOf(Math.max(...found));
  return [
    'what the network sees:',
    ...imageText(image, columns),
    ...Array.from({ length: CLASSES }, (_, i) =>
      `${i}  ${found[i].toFixed(4)}  ${'█'.repeat(Math.round(BAR * found[i]))}`.trimEnd(),
    ),
    ...(loss === 'binary' ? ['(with the binary loss, the probabilities do not add up to 1)'] : []),
    `${path}: ${digit}`,
  ];
};
