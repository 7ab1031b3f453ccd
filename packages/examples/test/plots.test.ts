import { createCanvas, loadImage } from '@napi-rs/canvas';
import { describe, expect, test } from 'vitest';
import { random, tensor } from '@mini/autograd';
import { Net, type Examples } from '../src/classify.ts';
import { classProbabilities, confusionMatrix, predict, worstMistakes } from '../src/evaluation.ts';
import { type Chart, chartData, LIGHT, shortNumber } from '../src/plots/chart.ts';
import { accuracyChart, costChart, lossChart, signalsChart } from '../src/plots/charts.ts';
import { Curve } from '../src/plots/curve.ts';
import { renderHtml } from '../src/plots/html.ts';
import { renderPng } from '../src/plots/png.ts';
import type { Report } from '../src/plots/report.ts';

const report = (...charts: Chart[]): Report => ({
  title: 'A </script><b>title',
  settings: ['first line', 'second line'],
  results: [['value', '1.5']],
  charts,
});
const epochs = [0.5, 0.7, 0.9].map((accuracy) => ({
  loss: 1 - accuracy,
  trainAccuracy: accuracy,
  validationAccuracy: accuracy - 0.1,
}));

/** How many pixels of a PNG have a colour, in a part of its height. */
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
  test('leave out what an axis has no place for', () => {
    const costs = [10, 0, Infinity, NaN, 1];
    expect(chartData(costChart({ x: [1, 2, 3, 4, 5], y: costs }))).toEqual([
      [1, 2, 3, 4, 5],
      [10, null, null, null, 1],
    ]);
  });
  test('show the test accuracy beside the last epoch alone', () => {
    expect(accuracyChart(epochs, 0.85).series[2].values).toEqual([null, null, 0.85]);
    expect(accuracyChart(epochs, null).series[2].values).toEqual([null, null, null]);
  });
  test('write numbers short', () => {
    expect([0, 3, 0.1 + 0.2, 1 / 3, 1e-4, 123456.7, null].map(shortNumber)).toEqual([
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

describe('a curve', () => {
  test('keeps evenly spread points of however many', () => {
    const curve = new Curve(8);
    for (let i = 0; i < 100; i++) curve.push(i, i * i);
    expect(curve.x).toEqual([0, 16, 32, 48, 64, 80, 96]);
    expect(curve.y).toEqual(curve.x.map((x) => x * x));
  });
});

describe('pictures', () => {
  test('hold lines, points, titles and axes', async () => {
    const png = await renderPng(report(accuracyChart(epochs, 0.85), lossChart(epochs)));
    const { width, height } = await loadImage(png);
    expect([width, height]).toEqual([2000, 2 * (46 + 3 * 20 + 2 * (34 + 340) + 24)]);
    // The line alone has over 1800 pixels, the legend beside the title a few.
    expect(await countPixels(png, LIGHT.colors.first, 0, 0.55)).toBeGreaterThan(2000);
    expect(await countPixels(png, LIGHT.colors.first, 0.57, 1)).toBeGreaterThan(2000);
    expect(await countPixels(png, LIGHT.colors.reference)).toBeGreaterThan(200);
    expect(await countPixels(png, LIGHT.text, 0, 0.12)).toBeGreaterThan(1000);
    expect(await countPixels(png, LIGHT.text, 0.9, 1)).toBeGreaterThan(200);
    expect(await countPixels(png, LIGHT.background)).toBeGreaterThan(1_000_000);
  });
  test('are the same bytes each time, and leave no globals behind', async () => {
    const signals = { times: [0, 1, 2], noisy: [1, 2, 0], output: [0, 1, 1], clean: [0, 1, 0] };
    const [first, second] = [
      await renderPng(report(signalsChart(signals))),
      await renderPng(report(signalsChart(signals))),
    ];
    expect(Buffer.compare(first, second)).toBe(0);
    expect('document' in globalThis || 'window' in globalThis).toBe(false);
  });
});

describe('pages', () => {
  test('have everything inside and are safe from what the data hold', async () => {
    const page = await renderHtml(report(costChart({ x: [1, 2, 3], y: [3, 2, 1] })));
    expect(page).not.toMatch(/(src|href)="(?!data:,)/);
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    expect(page.match(/<\/script/g)).toHaveLength(2);
    expect(page).toContain('<title>A &lt;/script>&lt;b>title</title>');
    const data = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    expect(JSON.parse(data)).toEqual(report(costChart({ x: [1, 2, 3], y: [3, 2, 1] })));
  });
});

describe('evaluation', () => {
  const net = Net([4], 'softmax');
  const images = random.normal(random.key(0), [2500, 2, 2]);
  const examples: Examples = { images, labels: random.randint(random.key(1), [2500], 0, 10) };
  const params = net.init(random.key(2), [1, 2, 2]);
  const predictions = predict(net, 'softmax', params, examples);

  test('predicts the most probable class of every example', () => {
    const all = classProbabilities(net, 'softmax')(params, images).toArray() as number[][];
    expect(predictions.map(({ probability }) => probability)).toEqual(all.map((row) => Math.max(...row)));
    expect(predictions.map(({ predicted }) => predicted)).toEqual(
      all.map((row) => row.indexOf(Math.max(...row))),
    );
    expect(predictions.map(({ label }) => label)).toEqual([...examples.labels.data]);
  });
  test('gives the sigmoids of the binary loss as they are', () => {
    const binary = Net([], 'binary');
    const out = classProbabilities(binary, 'binary')(
      binary.init(random.key(0), [1, 4]),
      tensor([[1, 2, 3, 4]]),
    );
    expect(out.data.every((p) => p > 0 && p < 1)).toBe(true);
  });
  test('counts every image once in the confusion matrix', () => {
    const counts = confusionMatrix(predictions);
    expect(counts.flat().reduce((a, b) => a + b)).toBe(2500);
    const right = predictions.filter(({ label, predicted }) => label === predicted).length;
    expect(counts.reduce((sum, row, i) => sum + row[i], 0)).toBe(right);
  });
  test('finds the mistakes that the network was most sure of', () => {
    const data = {
      images: Uint8Array.from({ length: 12 }, (_, i) => i),
      labels: Uint8Array.of(0, 0, 0),
      count: 3,
      rows: 2,
      columns: 2,
    };
    const three = [
      { label: 0, predicted: 1, probability: 0.5 },
      { label: 0, predicted: 0, probability: 0.9 },
      { label: 0, predicted: 2, probability: 0.8 },
    ];
    expect(worstMistakes(data, three, 5)).toEqual([
      { label: 0, predicted: 2, probability: 0.8, columns: 2, pixels: [8, 9, 10, 11] },
      { label: 0, predicted: 1, probability: 0.5, columns: 2, pixels: [0, 1, 2, 3] },
    ]);
    expect(worstMistakes(data, three, 1)).toHaveLength(1);
  });
});
