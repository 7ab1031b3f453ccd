import { createCanvas, loadImage } from '@napi-rs/canvas';
import { describe, expect, test } from 'vitest';
import { type Chart, chartData, formatNumber, LIGHT } from '../src/plots/chart.ts';
import { renderHtml } from '../src/plots/html.ts';
import { renderPng } from '../src/plots/png.ts';
import type { Report } from '../src/plots/report.ts';

/** Lines with markers, and a point beside their ends. */
const lineChart: Chart = {
  title: 'Accuracy',
  xLabel: 'epoch',
  yLabel: 'fraction recognised',
  integerX: true,
  x: [1, 2, 3],
  series: [
    { label: 'training', role: 'first', values: [0.5, 0.7, 0.9] },
    { label: 'validation', role: 'second', values: [0.4, 0.6, 0.8] },
    { label: 'test', role: 'reference', points: true, values: [null, null, 0.85] },
  ],
};
const lossChart: Chart = {
  title: 'Loss',
  xLabel: 'epoch',
  yLabel: 'mean cross-entropy',
  integerX: true,
  x: [1, 2, 3],
  series: [{ label: 'training loss', role: 'first', values: [0.5, 0.3, 0.1] }],
};
/** Costs on a logarithmic axis. */
const costChart = (values: readonly number[]): Chart => ({
  title: 'Cost',
  xLabel: 'update',
  yLabel: 'cost',
  logarithmic: true,
  x: values.map((_, i) => i + 1),
  series: [{ label: 'cost', role: 'first', values }],
});

const report = (...charts: Chart[]): Report => ({
  title: 'A </script><b>title',
  settings: ['first line', 'second line'],
  results: [['value', '1.5']],
  charts,
});

/** Counts the pixels of a colour in a part of a PNG, from the top (0) to the bottom (1). */
const countPixels = async (png: Uint8Array, color: string, from = 0, to = 1): Promise<number> => {
  const image = await loadImage(png);
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const [top, bottom] = [Math.round(from * image.height), Math.round(to * image.height)];
  const { data } = context.getImageData(0, top, image.width, bottom - top);
  const wanted = [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16));
  let count = 0;
  for (let i = 0; i < data.length; i += 4) if (wanted.every((value, c) => data[i + c] === value)) count++;
  return count;
};

describe('charts', () => {
  test('skip values that a logarithmic axis cannot show', () => {
    expect(chartData(costChart([10, 0, Infinity, NaN, 1]))).toEqual([
      [1, 2, 3, 4, 5],
      [10, null, null, null, 1],
    ]);
  });
  test('format numbers with few digits', () => {
    expect([0, 3, 0.1 + 0.2, 1 / 3, 1e-4, 123456.7, null].map(formatNumber)).toEqual([
      '0',
      '3',
      '0.3',
      '0.3333',
      '1e-4',
      '1.23e+5',
      '–',
    ]);
  });
});

describe('pictures', () => {
  test('contain lines, points, titles and axes', async () => {
    const png = await renderPng(report(lineChart, lossChart));
    const { width, height } = await loadImage(png);
    expect([width, height]).toEqual([2000, 2 * (46 + 3 * 20 + 2 * (34 + 340) + 24)]);
    // The line has over 1800 pixels. The legend beside the title has a few.
    expect(await countPixels(png, LIGHT.colors.first, 0, 0.55)).toBeGreaterThan(2000);
    expect(await countPixels(png, LIGHT.colors.first, 0.57, 1)).toBeGreaterThan(2000);
    expect(await countPixels(png, LIGHT.colors.reference)).toBeGreaterThan(200);
    expect(await countPixels(png, LIGHT.text, 0, 0.12)).toBeGreaterThan(1000);
    expect(await countPixels(png, LIGHT.text, 0.9, 1)).toBeGreaterThan(200);
    expect(await countPixels(png, LIGHT.background)).toBeGreaterThan(1_000_000);
  });
  test('have the same bytes each time, and add no globals', async () => {
    const [first, second] = [await renderPng(report(lineChart)), await renderPng(report(lineChart))];
    expect(Buffer.compare(first, second)).toBe(0);
    expect('document' in globalThis || 'window' in globalThis).toBe(false);
  });
});

describe('pages', () => {
  test('contain everything, and escape the data', async () => {
    const page = await renderHtml(report(costChart([3, 2, 1])));
    expect(page).not.toMatch(/(src|href)="(?!data:,)/);
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    expect(page.match(/<\/script/g)).toHaveLength(2);
    expect(page).toContain('<title>A &lt;/script>&lt;b>title</title>');
    const data = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    expect(JSON.parse(data)).toEqual(report(costChart([3, 2, 1])));
  });
});
