/** `pnpm mnist --classify`: what a trained network sees in a picture of a digit. */
import { readFileSync } from 'node:fs';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { jit, tensor } from '@mini/autograd';
import { normalize } from './data/prepare.ts';
import { toMnistImage } from './drawing.ts';
import { classProbabilities } from './evaluation.ts';
import type { Model } from './model-file.ts';
import { CLASSES, makeNet } from './networks.ts';
import { type Ink, thicken } from './strokes.ts';

/** Larger pictures are scaled down to this side. */
const MAX_SIDE = 560;
/** Differences from the paper up to this part of the largest one are noise. */
const NOISE = 0.2;

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
