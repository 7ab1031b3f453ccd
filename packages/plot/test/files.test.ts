import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { afterAll, describe, expect, test } from 'vitest';
import { LIGHT } from '../src/chart/theme.ts';
import { drawReport } from '../src/draw-report.ts';
import type { Figure } from '../src/figure.ts';
import { plot, renderHtml, renderPng } from '../src/plot.ts';
import type { Report } from '../src/report.ts';
import { accuracy, all } from './figures.ts';

const report = (...figures: Figure[]): Report => ({
  title: 'A </script><b>title',
  settings: ['first line', 'second line'],
  results: [['value', '1.5']],
  figures,
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

describe('pictures', () => {
  test('contain lines, points, titles and axes', async () => {
    const png = await renderPng(report(accuracy, { title: 'Loss', series: { loss: [3, 2, 1] } }));
    expect((await loadImage(png)).width).toBe(2000);
    // A line has over 1800 pixels. The legend has a few.
    expect(await countPixels(png, LIGHT.colors.blue, 0, 0.55)).toBeGreaterThan(2000);
    expect(await countPixels(png, LIGHT.colors.blue, 0.6, 1)).toBeGreaterThan(2000);
    expect(await countPixels(png, LIGHT.colors.green)).toBeGreaterThan(200);
    expect(await countPixels(png, LIGHT.text, 0, 0.12)).toBeGreaterThan(1000);
    expect(await countPixels(png, LIGHT.text, 0.9, 1)).toBeGreaterThan(80);
    expect(await countPixels(png, LIGHT.background)).toBeGreaterThan(1_000_000);
  });
  test('show numbers that are nearly equal, and a single one', async () => {
    for (const values of [[1, 1.0000001192092896], [1, 0.99999994, 1], [1000, 1000.0000001], [0.7]]) {
      const x = values.map((_, i) => 1 + 1e-9 * i);
      for (const figure of [{ series: { a: values } }, { x, series: { a: values } }]) {
        const png = await renderPng({ figures: [figure] });
        expect(await countPixels(png, LIGHT.colors.blue), `${values}`).toBeGreaterThan(50);
      }
    }
  });
  test('break long titles and settings into lines', async () => {
    const heightOf = async (text: string): Promise<number> =>
      (
        await loadImage(
          await renderPng({
            title: text,
            settings: [text],
            figures: [{ title: text, series: { a: [1, 2] } }],
          }),
        )
      ).height;
    const words = 'many words that one line cannot hold '.repeat(5);
    expect((await heightOf(words)) - (await heightOf('few words'))).toBeGreaterThanOrEqual(
      2 * (26 + 20 + 20),
    );
  });
  test('contain bars as high as their values', async () => {
    const [low, high] = await Promise.all(
      [0.5, 1].map(async (height) =>
        countPixels(await renderPng({ figures: [{ bars: { tall: 1, other: height } }] }), LIGHT.colors.blue),
      ),
    );
    expect(low / high).toBeCloseTo(0.75, 2);
  });
  test('contain images, pixel by pixel', async () => {
    const png = await renderPng({ figures: [all[2]] });
    // Each of the six pixels of the picture is 20 units wide, and a unit has 2 × 2 pixels.
    expect(await countPixels(png, '#333333')).toBeGreaterThan(30);
    expect(await countPixels(png, '#cccccc')).toBeGreaterThan(30);
  });
  test('have the same bytes each time, and add no globals', async () => {
    const [first, second] = [await renderPng(report(...all)), await renderPng(report(...all))];
    expect(Buffer.compare(first, second)).toBe(0);
    expect('document' in globalThis || 'window' in globalThis).toBe(false);
  });
});

describe('pages', () => {
  test('contain everything, and escape the data', async () => {
    const page = await renderHtml(report(...all));
    expect(page).not.toMatch(/(src|href)="(?!data:,)/);
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    expect(page.match(/<\/script/g)).toHaveLength(2);
    expect(page).toContain('<title>A &lt;/script>&lt;b>title</title>');
    const data = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    expect(JSON.parse(data)).toEqual(drawReport('plot', report(...all)));
  });
});

describe('plot', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mini-plot-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('writes a picture or a page, and makes the folder', async () => {
    await plot(accuracy, join(folder, 'out', 'mine.png'));
    expect(
      readFileSync(join(folder, 'out', 'mine.png'))
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    await plot([accuracy, ...all], join(folder, 'mine.HTML'));
    expect(readFileSync(join(folder, 'mine.HTML'), 'utf8')).toContain('<title>Accuracy</title>');
  });
  test.each([
    [
      accuracy,
      3,
      /^plot: path is not a string: expected one that ends in \.png or \.html, got 3; write plot\(figure, path\)$/,
    ],
    [accuracy, 'mine.svg', /^plot: unknown kind of file: .*, got "mine.svg"$/],
    [undefined, 'mine.png', /^plot: invalid figure: expected an object, got undefined$/],
    [[], 'mine.png', /^plot: no figures/],
    [accuracy, join('no', 'such', 'mine.png'), /^plot: .*mine\.png cannot be written: ENOENT/],
  ])('refuses figures and paths that are invalid (%#)', async (figures, path, message) => {
    await expect(plot(figures as Figure, path as string)).rejects.toThrow(message);
    expect(existsSync('mine.png')).toBe(false);
  });
});
