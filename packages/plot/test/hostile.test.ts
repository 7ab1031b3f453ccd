/** Calls what checks reports and figures with nonsense. */
import { describe, expect, test } from 'vitest';
import { ones, tensor } from '@mini/autograd';
import { assault, type Kind, kind, options, type Row, values } from '../../autograd/test/hostile.ts';
import { drawReport } from '../src/draw-report.ts';
import type { Figure } from '../src/figure.ts';
import type { Report } from '../src/report.ts';
import { toDrawing } from '../src/to-drawing.ts';

const text: Kind = values('', 'loss <b>');
const texts: Kind = kind(
  () => ['a', 'b'],
  () => [],
);
const bool: Kind = values(true, false);
const numbers: Kind = kind(
  () => [0.5, null],
  () => Float32Array.of(1, NaN),
  () => tensor([3, 4]),
);
const axes = { title: text, xLabel: text, yLabel: text, log: values(true, 'x', 'y', 'both') };
const series: Kind = options({
  values: numbers,
  color: values('blue', 'grey'),
  draw: values('line', 'points', 'dashes'),
  connectGaps: bool,
});

const figures: Readonly<Record<string, Kind>> = {
  lines: options({
    series: options({ loss: numbers, other: series }),
    x: kind(
      () => [1, 2],
      () => ['a', 'b'],
      () => tensor([1, 2]),
    ),
    markers: bool,
    xTicks: values('integers', 'pi'),
    errorBars: kind(() => ['loss', 'other']),
    ...axes,
  }),
  bars: options({
    bars: options({ a: values(1, 2), b: kind(() => ({ x: 1, y: tensor(2) })) }),
    spreads: options({ a: kind(() => [0, 2]) }),
    ...axes,
  }),
  images: options({
    images: kind(
      () => ones([2, 3, 4]),
      () => ones([5, 5]),
      () => ones([1, 2, 2, 3]),
    ),
    labels: texts,
    perRow: values(1, 2),
    range: kind(() => [0, 1]),
    title: text,
  }),
  confusion: options({
    confusion: kind(
      () => [
        [3, 1],
        [0, 2],
      ],
      () => ones([2, 2]),
    ),
    labels: texts,
    title: text,
  }),
};

const reportRow: Row = {
  args: [
    options({
      title: text,
      settings: texts,
      results: kind(() => [['accuracy', '0.9']]),
      figures: kind(
        () => [{ series: { loss: [1, 2] } }],
        () => [],
      ),
      tables: kind(() => [{ title: 'a', columns: ['x', 'y'], rows: [['1', '2']], note: 'n' }]),
    }),
  ],
};

describe('nonsense', () => {
  test.each(Object.entries(figures))('for %s', (_name, figure) => {
    assault('plot', (given) => toDrawing('plot', given as Figure), { args: [figure] });
  });
  test('for a report', () => {
    assault('renderHtml', (given) => drawReport('renderHtml', given as Report), reportRow);
  });
});

test.each([
  [undefined, /^renderPng: invalid report: expected an object, \{ title: … \}, got undefined$/],
  [{}, /^renderPng: invalid figures: expected an array, got undefined$/],
  [{ figures: [], figure: {} }, /^renderPng: unknown option of report: .*, got "figure"$/],
  [{ figures: [], title: 5 }, /^renderPng: title is not a string: expected one, got 5$/],
  [{ figures: [], results: 5 }, /^renderPng: invalid results: expected an array, got 5$/],
  [
    { figures: [], results: [['accuracy', 0.9]] },
    /^renderPng: name and value of a result 1 is not a string: expected one, got 0.9$/,
  ],
  [
    { figures: [], tables: [{ title: 't', columns: ['a', 'b'], rows: [['1']] }] },
    /^renderPng: wrong number of cells of a row: expected 2, got 1$/,
  ],
])('%# of a report that is not valid', (report, message) => {
  expect(() => drawReport('renderPng', report as Report)).toThrow(message);
});
