/** Charts of a PNG, drawn by uPlot without a browser. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';
import { type Canvas, createCanvas, Path2D, type SKRSContext2D } from '@napi-rs/canvas';
import { parseHTML } from 'linkedom';
import type uPlot from 'uplot';
import { chartData, chartOptions } from '../chart/options.ts';
import { LIGHT } from '../chart/theme.ts';
import type { Chart } from '../drawing.ts';
import { fontOf, INNER_WIDTH, MARGIN, type Part, SCALE, titlePart, WIDTH, writeText } from './paper.ts';

const CHART_HEIGHT = 340;
const LINE_HEIGHT = 22;
const MARK = 12;

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

const drawChart = (chart: Chart): Promise<Canvas> => {
  const { Plot, body } = loadPlot();
  const options: uPlot.Options = {
    ...chartOptions(chart, LIGHT, INNER_WIDTH, CHART_HEIGHT),
    legend: { show: false },
    cursor: { show: false },
  };
  return new Promise((resolve) => {
    const hooks = { draw: [({ ctx }: uPlot) => resolve(ctx.canvas as unknown as Canvas)] };
    void new Plot({ ...options, hooks }, chartData(chart), body);
  });
};

/** An entry of a legend: its place in units of the layout, from the first line's left end. */
interface Entry {
  readonly label: string;
  readonly color: string;
  readonly x: number;
  readonly line: number;
}

/** Places the entries of a legend on as many lines as they need. */
const placeLegend = (context: SKRSContext2D, { series }: Chart): readonly Entry[] => {
  context.font = fontOf(13);
  let [x, line] = [0, 0];
  return series
    .filter(({ label }) => label !== '')
    .map(({ label, color }) => {
      const width = MARK + 7 + context.measureText(label).width + 20;
      if (x > 0 && x + width > INNER_WIDTH) [x, line] = [0, line + 1];
      const entry = { label, color: LIGHT.colors[color], x, line };
      x += width;
      return entry;
    });
};

const drawLegend = (context: SKRSContext2D, entries: readonly Entry[], top: number): void => {
  for (const { label, color, x, line } of entries) {
    const y = top + line * LINE_HEIGHT;
    context.fillStyle = color;
    context.beginPath();
    context.roundRect(MARGIN + x, y + 3, MARK, MARK, 3);
    context.fill();
    const left = MARGIN + x + MARK + 7;
    writeText(context, label, left, y + 14, fontOf(13), { room: WIDTH - MARGIN - left });
  }
};

/** Returns the part of a chart: its title, its legend with filled marks, and the chart. */
export const chartPart = (chart: Chart): Part => {
  const title = titlePart(chart.title);
  const entries = placeLegend(createCanvas(1, 1).getContext('2d'), chart);
  const legendHeight = entries.length === 0 ? 0 : ((entries.at(-1)?.line ?? 0) + 1) * LINE_HEIGHT + 4;
  return {
    height: title.height + legendHeight + CHART_HEIGHT + 8,
    async draw(context, top) {
      void title.draw(context, top);
      drawLegend(context, entries, top + title.height);
      const canvas = await drawChart(chart);
      context.drawImage(canvas, MARGIN, top + title.height + legendHeight, INNER_WIDTH, CHART_HEIGHT);
    },
  };
};
