/** A report's charts as a PNG, drawn by uPlot without a browser. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';
import { type Canvas, createCanvas, GlobalFonts, Path2D, type SKRSContext2D } from '@napi-rs/canvas';
import { parseHTML } from 'linkedom';
import type uPlot from 'uplot';
import { type Chart, chartData, chartOptions, DASH, LIGHT } from './chart.ts';
import type { Picture, Report } from './report.ts';

const WIDTH = 1000;
const CHART_HEIGHT = 340;
const MARGIN = 24;
const TITLE_HEIGHT = 46;
const LINE_HEIGHT = 20;
const CAPTION_HEIGHT = 34;
/** Pixels for each unit of the layout. */
const SCALE = 2;

/** Registers a font of our own, because a server may not have fonts. */
const registerFonts = (): void => {
  if (GlobalFonts.has('Inter')) return;
  const require = createRequire(import.meta.url);
  for (const weight of [400, 600])
    GlobalFonts.registerFromPath(
      require.resolve(`@fontsource/inter/files/inter-latin-${weight}-normal.woff2`),
      'Inter',
    );
};

/**
 * Loads uPlot in a context of its own.
 *
 * The context has the few browser objects that uPlot needs, and canvases from @napi-rs/canvas.
 */
const loadPlot = (): { readonly Plot: typeof uPlot; readonly body: HTMLElement } => {
  const { document, HTMLElement } = parseHTML('<!doctype html><html><body></body></html>');
  const createElement = document.createElement.bind(document);
  const createCanvasElement = (): HTMLElement => {
    const canvas = createCanvas(1, 1);
    const element = Object.assign(createElement('canvas'), { getContext: () => canvas.getContext('2d') });
    for (const side of ['width', 'height'] as const) {
      Object.defineProperty(element, side, {
        get: () => canvas[side],
        set(value: number) {
          canvas[side] = value;
        },
      });
    }
    return element;
  };
  document.createElement = ((tag: string) =>
    tag === 'canvas' ? createCanvasElement() : createElement(tag)) as typeof document.createElement;
  const world = {
    document,
    HTMLElement,
    Path2D,
    devicePixelRatio: SCALE,
    navigator: { language: 'en-US' },
    queueMicrotask,
    CustomEvent,
    matchMedia: () => ({ addEventListener() {}, removeEventListener() {} }),
    window: { addEventListener() {}, removeEventListener() {}, dispatchEvent() {} },
  };
  const path = createRequire(import.meta.url).resolve('uplot/dist/uPlot.iife.js');
  const Plot: unknown = runInNewContext(`${readFileSync(path, 'utf8')}; uPlot`, world);
  return { Plot: Plot as typeof uPlot, body: document.body };
};

const draw = (chart: Chart): Promise<Canvas> => {
  const { Plot, body } = loadPlot();
  const options: uPlot.Options = {
    ...chartOptions(chart, LIGHT, WIDTH - 2 * MARGIN, CHART_HEIGHT),
    legend: { show: false },
    cursor: { show: false },
  };
  return new Promise((resolve) => {
    const hooks = { draw: [({ ctx }: uPlot) => resolve(ctx.canvas as unknown as Canvas)] };
    void new Plot({ ...options, hooks }, chartData(chart), body);
  });
};

const drawText = (
  context: SKRSContext2D,
  content: string,
  x: number,
  y: number,
  font: string,
  color: string,
): number => {
  context.font = `${font} Inter`;
  context.fillStyle = color;
  // Narrow the letters if the text is too long.
  context.fillText(content, x, y, WIDTH - MARGIN - x);
  return context.measureText(content).width;
};

/** Draws the chart's title, and its legend to the right of it. */
const drawCaption = (context: SKRSContext2D, { title, series }: Chart, y: number): void => {
  let x = MARGIN + drawText(context, title, MARGIN, y, '600 15px', LIGHT.text) + 28;
  for (const { label, role, points = false, dashed = false } of series) {
    context.fillStyle = context.strokeStyle = LIGHT.colors[role];
    if (points) {
      context.beginPath();
      context.arc(x + 9, y - 5, 5, 0, 2 * Math.PI);
      context.fill();
    } else {
      context.lineWidth = 3;
      context.setLineDash(dashed ? DASH : []);
      context.beginPath();
      context.moveTo(x, y - 5);
      context.lineTo(x + 19, y - 5);
      context.stroke();
    }
    x += 24 + drawText(context, label, x + 24, y, '400 13px', LIGHT.text) + 20;
  }
};

/** Returns how many times larger than its pixels a picture is drawn. */
const zoomOf = ({ columns }: Picture): number => Math.min(3, (WIDTH - 2 * MARGIN) / columns);

const heightOf = (picture: Picture): number => (picture.pixels.length / picture.columns) * zoomOf(picture);

const drawPicture = (context: SKRSContext2D, picture: Picture, y: number): void => {
  const { pixels, columns } = picture;
  const canvas = createCanvas(columns, pixels.length / columns);
  const own = canvas.getContext('2d');
  const image = own.createImageData(canvas.width, canvas.height);
  pixels.forEach((ink, i) => image.data.set([255 - ink, 255 - ink, 255 - ink, 255], 4 * i));
  own.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, MARGIN, y, columns * zoomOf(picture), heightOf(picture));
  context.imageSmoothingEnabled = true;
};

/**
 * Draws all charts and pictures of a report below each other, with titles, axes and legends.
 */
export const renderPng = async (report: Report): Promise<Uint8Array> => {
  const { title, settings, results, charts, pictures = [] } = report;
  registerFonts();
  const lines = [...settings, results.map(([name, value]) => `${name} ${value}`).join(' · ')];
  const chartsTop = TITLE_HEIGHT + lines.length * LINE_HEIGHT;
  const picturesTop = chartsTop + charts.length * (CAPTION_HEIGHT + CHART_HEIGHT);
  const height = pictures.reduce((sum, one) => sum + CAPTION_HEIGHT + heightOf(one), picturesTop) + MARGIN;
  const picture = createCanvas(WIDTH * SCALE, height * SCALE);
  const context = picture.getContext('2d');
  context.scale(SCALE, SCALE);
  context.fillStyle = LIGHT.background;
  context.fillRect(0, 0, WIDTH, height);
  drawText(context, title, MARGIN, 38, '600 20px', LIGHT.text);
  lines.forEach((line, i) =>
    drawText(context, line, MARGIN, TITLE_HEIGHT + 16 + i * LINE_HEIGHT, '400 13px', LIGHT.text),
  );
  for (const [i, chart] of charts.entries()) {
    const top = chartsTop + i * (CAPTION_HEIGHT + CHART_HEIGHT);
    drawCaption(context, chart, top + 26);
    context.drawImage(await draw(chart), MARGIN, top + CAPTION_HEIGHT, WIDTH - 2 * MARGIN, CHART_HEIGHT);
  }
  let top = picturesTop;
  for (const one of pictures) {
    drawText(context, one.title, MARGIN, top + 24, '600 15px', LIGHT.text);
    drawPicture(context, one, top + CAPTION_HEIGHT);
    top += CAPTION_HEIGHT + heightOf(one);
  }
  return picture.encode('png');
};
