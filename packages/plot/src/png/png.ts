/** A report as a PNG, without a browser. */
import { createCanvas } from '@napi-rs/canvas';
import { LIGHT } from '../chart/theme.ts';
import type { Drawing } from '../drawing.ts';
import type { DrawnReport } from '../report.ts';
import { chartPart } from './charts.ts';
import { confusionPart, imagesPart } from './images.ts';
import { fontOf, linesOf, MARGIN, type Part, registerFonts, SCALE, WIDTH, writeText } from './paper.ts';

const TITLE_FONT = fontOf(20, 600);
const TITLE_LINE_HEIGHT = 26;
const FONT = fontOf(13);
const LINE_HEIGHT = 20;

/** Returns the part with the title, the settings and the results. */
const headPart = ({ title, settings, results }: DrawnReport): Part => {
  const line = results.map(([name, value]) => `${name} ${value}`).join(' · ');
  const lines = [...settings, ...(line === '' ? [] : [line])].flatMap((text) => linesOf(text, FONT));
  const titleLines = title === '' ? [] : linesOf(title, TITLE_FONT);
  const titleHeight = titleLines.length === 0 ? 0 : 20 + titleLines.length * TITLE_LINE_HEIGHT;
  return {
    height: titleHeight + lines.length * LINE_HEIGHT + (lines.length === 0 ? 0 : 8),
    draw(context, top) {
      titleLines.forEach((text, i) =>
        writeText(context, text, MARGIN, top + 38 + i * TITLE_LINE_HEIGHT, TITLE_FONT),
      );
      lines.forEach((text, i) =>
        writeText(context, text, MARGIN, top + titleHeight + 16 + i * LINE_HEIGHT, FONT),
      );
    },
  };
};

const partOf = (drawing: Drawing): Part => {
  switch (drawing.kind) {
    case 'chart':
      return chartPart(drawing);
    case 'images':
      return imagesPart(drawing);
    case 'confusion':
      return confusionPart(drawing);
  }
};

/** Draws all figures of a report below each other. */
export const drawPng = async (report: DrawnReport): Promise<Uint8Array> => {
  registerFonts();
  const parts = [headPart(report), ...report.drawings.map(partOf)];
  const height = Math.ceil(parts.reduce((sum, part) => sum + part.height, MARGIN / 2));
  const canvas = createCanvas(WIDTH * SCALE, height * SCALE);
  const context = canvas.getContext('2d');
  context.scale(SCALE, SCALE);
  context.fillStyle = LIGHT.background;
  context.fillRect(0, 0, WIDTH, height);
  let top = 0;
  for (const part of parts) {
    await part.draw(context, top);
    top += part.height;
  }
  return canvas.encode('png');
};
