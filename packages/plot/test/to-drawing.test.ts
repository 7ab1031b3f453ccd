import { describe, expect, test } from 'vitest';
import { tensor, zeros } from '@mini/autograd';
import { chartData, chartOptions } from '../src/chart/options.ts';
import { LIGHT } from '../src/chart/theme.ts';
import type { Chart } from '../src/drawing.ts';
import type { Figure } from '../src/figure.ts';
import { toDrawing } from '../src/to-drawing.ts';
import { accuracy } from './figures.ts';

const draw = (figure: unknown): unknown => toDrawing('plot', figure as Figure);
const chartOf = (figure: Figure): Chart => toDrawing('plot', figure) as Chart;

describe('lines', () => {
  test('take tensors, typed arrays and arrays; x counts from 0', () => {
    const { x, series } = chartOf({
      series: { a: tensor([1, 2]), b: Float64Array.of(3, NaN), c: [null, 5], d: Int8Array.of(1, 2) },
    });
    expect(x).toEqual([0, 1]);
    expect(series.map(({ values }) => values)).toEqual([
      [1, 2],
      [3, null],
      [null, 5],
      [1, 2],
    ]);
  });
  test('have colours in the order of their names, unless they are given', () => {
    const { series } = chartOf({ series: { a: [1], b: { values: [1], color: 'grey' }, c: [1] } });
    expect(series.map(({ color }) => color)).toEqual(['blue', 'grey', 'green']);
  });
  test('skip values that a logarithmic axis cannot show', () => {
    expect(chartData(chartOf({ series: { cost: [10, 0, Infinity, NaN, 1] }, log: true }))).toEqual([
      [0, 1, 2, 3, 4],
      [10, null, null, null, 1],
    ]);
  });
  test('are at integers of x, if x is not given', () => {
    expect(chartOf({ series: { a: [1, 2] } }).xTicks).toBe('integers');
    expect(chartOf({ x: [0, 1], series: { a: [1, 2] } }).xTicks).toBe('numbers');
  });
  test('have names for x, with half a unit of space at both ends', () => {
    const chart = chartOf({ x: ['ours', 'others'], series: { time: [1, 2] } });
    expect(chart).toMatchObject({ categories: ['ours', 'others'], x: [0, 1] });
    expect(chartOptions(chart, LIGHT, 800, 300).scales?.['x']?.range).toEqual([-0.5, 1.5]);
  });
  test('sort points by x', () => {
    const { x, series } = chartOf({
      x: [3, 1, 2],
      series: { a: { values: [30, 10, null], draw: 'points' } },
    });
    expect([x, series[0].values]).toEqual([
      [1, 2, 3],
      [10, null, 30],
    ]);
  });
  test('have error bars between two series', () => {
    expect(chartOf({ series: { a: [1], b: [2], c: [3] }, errorBars: ['c', 'a'] }).whiskers).toEqual([[3, 1]]);
    expect(chartOf({ bars: { a: 1, b: 2 }, spreads: { b: [1, 3] } }).whiskers).toEqual([null, [1, 3]]);
    // Names that every object inherits.
    const named = chartOf({ bars: { constructor: { toString: 1 }, b: { x: 2 } }, spreads: { b: [1, 3] } });
    expect([named.whiskers, named.series.map(({ values }) => values)]).toEqual([
      [null, [1, 3]],
      [
        [1, null],
        [null, 2],
      ],
    ]);
  });
  test('have room for their spreads', () => {
    const rangeOf = (figure: Figure): unknown => {
      const range = chartOptions(chartOf(figure), LIGHT, 800, 300).scales?.['y']?.range;
      return typeof range === 'function' ? range(undefined as never, 3, 5, 'y') : range;
    };
    const bars = { a: 5, b: 3 };
    expect(rangeOf({ bars })).toEqual([0, 5.25]);
    expect(rangeOf({ bars, spreads: { a: [4, 8], b: [-2, 4] } })).toEqual([-2.5, 8.5]);
    expect(rangeOf({ bars, spreads: { a: [4, 80], b: [0.2, 4] }, log: true })).toEqual([0.1, 100]);
    expect(rangeOf({ bars, spreads: { a: [-1, 8e4] }, log: true })).toEqual([1, 1e5]);
  });
  test('take tensors with one element', () => {
    expect(chartOf({ bars: { a: tensor(1), b: tensor([2]) } }).series[0].values).toEqual([1, 2]);
    expect(chartOf({ bars: { a: { x: tensor(1), y: 2 } } }).series.map(({ values }) => values)).toEqual([
      [1],
      [2],
    ]);
    expect(() => draw({ bars: { a: tensor([1, 2]) } })).toThrow(
      'plot: bars is not a list of numbers: expected a number at 0, got a Tensor',
    );
  });
});

test('bars of several names at each place', () => {
  const { categories, series } = chartOf({ bars: { a: { train: 1, test: 2 }, b: { test: 3 } } });
  expect(categories).toEqual(['a', 'b']);
  expect(series.map(({ label, values }) => [label, values])).toEqual([
    ['train', [1, null]],
    ['test', [2, 3]],
  ]);
});

describe('images', () => {
  test('go from black to white, by default from the least to the largest value', () => {
    expect(
      draw({
        images: tensor([
          [0, 1],
          [2, 4],
        ]),
      }),
    ).toMatchObject({ rows: 2, columns: 2, pictures: [[0, 64, 128, 255]] });
    expect(
      draw({
        images: tensor([
          [0, 1],
          [2, 4],
        ]),
        range: [4, 0],
      }),
    ).toMatchObject({ pictures: [[255, 191, 128, 0]] });
    expect(draw({ images: zeros([1, 1, 2]) })).toMatchObject({ pictures: [[0, 0]] });
  });
  test('have colours, if their last axis has three channels', () => {
    expect(draw({ images: tensor([0, 1, 0], [1, 1, 1, 3]) })).toMatchObject({
      channels: 3,
      pictures: [[0, 255, 0]],
    });
  });
});

test.each([
  [
    {},
    /^plot: kind of figure is not clear: expected one of series, bars, images, confusion, got none; write \{ series: /,
  ],
  [{ series: { a: [1] }, bars: { a: 1 } }, /got series and bars$/],
  [
    { series: { a: { values: [1], drow: 'points' } } },
    /^plot: unknown option of series a: expected values, .*, got "drow"$/,
  ],
  [{ series: { a: [1] }, colour: 'red' }, /^plot: unknown option: expected series, x, .*, got "colour"$/],
  [{ series: {} }, /^plot: no series: /],
  [{ series: { a: 3 } }, /^plot: series a is not a list of numbers: expected a Tensor \[n\].*, got 3$/],
  [{ series: { a: ['x'] } }, /^plot: series a is not a list of numbers: expected a number at 0, got "x"$/],
  [
    { series: { a: zeros([2, 2]) } },
    /^plot: series a must have one axis: expected shape \[n\], got \[2, 2\]/,
  ],
  [{ series: { a: [1, 2] }, x: [1] }, /^plot: series a does not fit x: expected 1 values, got 2$/],
  [
    { series: { a: [1, 2] }, x: [2, 1] },
    /^plot: x decreases: expected increasing numbers for lines, got 1 after 2; write \{ values, draw: 'points' \}/,
  ],
  [{ series: { a: [1] }, x: [NaN] }, /^plot: x has a gap/],
  [{ series: { a: [1] }, x: [0], log: 'x' }, /^plot: x has no logarithm: expected positive numbers, got 0$/],
  [
    { series: { a: new Float32Array(300_000) }, x: Array.from({ length: 300_000 }, (_, i) => i), log: 'x' },
    /^plot: x has no logarithm: expected positive numbers, got 0$/,
  ],
  [
    { series: { a: { values: [1], color: 'pink' } } },
    /^plot: invalid color of series a: expected 'blue', .* or 'grey', got "pink"$/,
  ],
  [
    { series: { a: [1] }, xTicks: 'degrees' },
    /^plot: invalid xTicks: expected 'integers' or 'pi', got "degrees"$/,
  ],
  [{ bars: { a: 1 }, spreads: { b: [1, 2] } }, /^plot: invalid spreads: expected names of bars, got "b"$/],
  [{ bars: { a: 1 }, spreads: { a: [1] } }, /^plot: invalid spread of a: expected two numbers, got /],
  [
    { series: { a: [1] }, errorBars: ['a', 'b'] },
    /^plot: invalid errorBars: expected the name of a series, got "b"$/,
  ],
  [{ series: { a: [1] }, title: 3 }, /^plot: title is not a string: expected one, got 3$/],
  [{ bars: {} }, /^plot: no bars/],
  [{ images: [1] }, /^plot: images are not a tensor: /],
  [{ images: zeros([3]) }, /^plot: images must have the shape of pictures: .*, got \[3\]$/],
  [{ images: zeros([2, 2]), range: [1, 1] }, /^plot: invalid range/],
  [{ images: zeros([2, 2, 2]), labels: ['a'] }, /^plot: wrong number of labels: expected 2, got 1$/],
  [{ confusion: [[1, 2]] }, /^plot: confusion is not square: expected 1 columns, got 2 in row 0$/],
  [{ confusion: 3 }, /^plot: confusion is not a matrix/],
  [
    {
      confusion: [
        [1, 2],
        [-1, 0],
      ],
    },
    /^plot: invalid count in row 1 of the confusion matrix: expected a number ≥ 0, got -1$/,
  ],
  [
    { bars: { a: 1 }, log: 'both' },
    /^plot: log does not fit names on the x axis: expected true, false or 'y', got "both"$/,
  ],
  [{ series: { a: [1] }, x: ['one'], log: 'x' }, /^plot: log does not fit names on the x axis: .*, got "x"$/],
  [
    { images: zeros([2, 2, 2]), perRow: 101 },
    /^plot: invalid perRow: expected an integer from 1 to 100, got 101$/,
  ],
])('an invalid figure is an error: %j', (figure, message) => {
  expect(() => draw(figure)).toThrow(message);
});

test('a figure of each kind is plain data', () => {
  expect(structuredClone(draw(accuracy))).toEqual(draw(accuracy));
});
