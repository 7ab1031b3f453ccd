/** The sheet that a PNG is drawn on: its sizes, fonts and texts. */
import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas';
import { LIGHT } from '../chart/theme.ts';

/** The width of the sheet, in units of the layout. */
export const WIDTH = 1000;
export const MARGIN = 24;
/** The width between the margins. */
export const INNER_WIDTH: number = WIDTH - 2 * MARGIN;
/** Pixels for each unit of the layout. */
export const SCALE = 2;

/** A part of the sheet. Parts are below each other. */
export interface Part {
  readonly height: number;
  /** Draws the part, whose upper edge is at `top`. */
  draw(context: SKRSContext2D, top: number): void | Promise<void>;
}

/** Registers a font of our own, because a server may not have fonts. */
export const registerFonts = (): void => {
  if (GlobalFonts.has('Inter')) return;
  const require = createRequire(import.meta.url);
  for (const weight of [400, 600])
    GlobalFonts.registerFromPath(
      require.resolve(`@fontsource/inter/files/inter-latin-${weight}-normal.woff2`),
      'Inter',
    );
};

/** The font of a text of a size in bold or normal weight. */
export const fontOf = (size: number, weight: 400 | 600 = 400): string => `${weight} ${size}px Inter`;

/** Writes a text and returns its width. A text that is wider than `room` gets narrow letters. */
export const writeText = (
  context: SKRSContext2D,
  text: string,
  x: number,
  y: number,
  font: string,
  { color = LIGHT.text, room = WIDTH - MARGIN - x }: { color?: string; room?: number } = {},
): number => {
  context.font = font;
  context.fillStyle = color;
  context.fillText(text, x, y, room);
  return Math.min(room, context.measureText(text).width);
};

/** Breaks a text between words into lines that fit between the margins. */
export const linesOf = (text: string, font: string): readonly string[] => {
  const context = createCanvas(1, 1).getContext('2d');
  context.font = font;
  return text.split('\n').flatMap((line) => {
    const [first, ...words] = line.split(' ');
    const lines = [first];
    for (const word of words) {
      const longer = `${lines[lines.length - 1]} ${word}`;
      if (context.measureText(longer).width <= INNER_WIDTH) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  });
};

const TITLE_FONT: string = fontOf(15, 600);
const TITLE_LINE_HEIGHT = 20;

/** Returns the title of a figure, above its other parts. Without a title it is a small space. */
export const titlePart = (title: string): Part => {
  const lines = title === '' ? [] : linesOf(title, TITLE_FONT);
  return {
    height: lines.length === 0 ? 8 : 14 + lines.length * TITLE_LINE_HEIGHT,
    draw(context, top) {
      lines.forEach((line, i) =>
        writeText(context, line, MARGIN, top + 24 + i * TITLE_LINE_HEIGHT, TITLE_FONT),
      );
    },
  };
};
