import { expect, test } from 'vitest';
import {
  formatLogTicks,
  formatNumber,
  formatPi,
  formatTick,
  formatTicks,
  logTicks,
  multiplesOf,
  NUMBER_STEPS,
  numberTicks,
  rangeOf,
} from '../src/chart/numbers.ts';

test('numbers have few digits', () => {
  expect([0, 3, 0.1 + 0.2, 1 / 3, 1e-4, 123456.7, 1.003e38, -2e7, null].map(formatNumber)).toEqual([
    '0',
    '3',
    '0.3',
    '0.3333',
    '1e-4',
    '1.23e5',
    '1e38',
    '-2e7',
    '–',
  ]);
});
test('ticks of large numbers are short', () => {
  expect([0, 2000, 20_000, 150_000, 2.5e6, -1e9, 1e15].map(formatTick)).toEqual([
    '0',
    '2000',
    '20k',
    '150k',
    '2.5M',
    '-1G',
    '1e15',
  ]);
  expect([999_999.99999, -999_999_999.9].map(formatTick)).toEqual(['1M', '-1G']);
});
test('numbers of any size have ticks', () => {
  const any = NUMBER_STEPS.at(-1) as number;
  expect(numberTicks(any, 0, 2e-40)).toHaveLength(5);
  expect(numberTicks(any, -3e38, 3e38)).toHaveLength(7);
  expect(numberTicks(any, -1.7e308, 1.7e308)).toEqual([-1e308, 0, 1e308]);
  expect(numberTicks(any, 5, 5)).toEqual([5]);
  expect(numberTicks(0.5, 0, 1)).toEqual([0, 0.5, 1]);
});
test('multiples of π are fractions', () => {
  expect([-3, -0.5, 0, 0.25, 0.75, 1, 1.5].map((times) => formatPi(times * Math.PI))).toEqual([
    '-3π',
    '-π/2',
    '0',
    'π/4',
    '3π/4',
    'π',
    '3π/2',
  ]);
  expect(multiplesOf(Math.PI, -3 * Math.PI, 3 * Math.PI)).toHaveLength(7);
});
test('ticks of logarithmic axes are uniform', () => {
  const ticks = (low: number, high: number): string[] => formatLogTicks(logTicks(low, high));
  expect(ticks(0.001, 1000)).toEqual(['0.001', '0.01', '0.1', '1', '10', '100', '1000']);
  expect(ticks(1e-4, 100)).toEqual(['10⁻⁴', '10⁻³', '10⁻²', '10⁻¹', '10⁰', '10¹', '10²']);
  expect(ticks(1, 1e38)).toEqual(['10⁰', '10⁵', '10¹⁰', '10¹⁵', '10²⁰', '10²⁵', '10³⁰', '10³⁵']);
  expect(ticks(10, 10)).toEqual(['10']);
  expect(ticks(0.05, 5)).toEqual(['0.05', '0.1', '0.2', '0.5', '1', '2', '5']);
  expect(logTicks(10 ** -5, 10 ** -4)).toHaveLength(4);
  expect(ticks(0.3, 1)).toEqual(['0.3', '0.4', '0.5', '0.6', '0.7', '0.8', '0.9', '1']);
  expect(ticks(0.31, 0.39)).toEqual(['0.32', '0.34', '0.36', '0.38']);
  expect(ticks(2e-7, 6e-7)).toEqual(['2e-7', '3e-7', '4e-7', '5e-7', '6e-7']);
  expect(ticks(20_000, 60_000)).toEqual(['20k', '30k', '40k', '50k', '60k']);
});

test('ticks have as many digits as tell them apart', () => {
  expect(formatTicks([0, 0.5, null, 1])).toEqual(['0', '0.5', '', '1']);
  expect(formatTicks([1000, 1000.002, 1000.004])).toEqual(['1000', '1000.002', '1000.004']);
  expect(formatTicks([1, 1.0000002])).toEqual(['1', '1.0000002']);
  expect(formatTicks([5])).toEqual(['5']);
  expect(formatTicks([62.175, 62.2, 62.225])).toEqual(['62.175', '62.2', '62.225']);
  expect(formatTicks([-76475, -76474.75, -76474.5])).toEqual(['-76475', '-76474.75', '-76474.5']);
  expect(formatTicks([-1e6, -999_999.5])).toEqual(['-1000000', '-999999.5']);
  expect(formatTicks([null, 20_000, 40_000, null])).toEqual(['', '20k', '40k', '']);
  expect(formatTicks([9999.5, 10_000])).toEqual(['9999.5', '10000']);
  expect(formatTicks([0, 0])).toEqual(['0', '0']);
});
test('the range of an axis is a tenth larger than its values, and never without extent', () => {
  expect(rangeOf(0.05, 0.6)).toEqual([0, 0.66]);
  expect(rangeOf(-100, -3.5)).toEqual([-110, 0]);
  expect(rangeOf(-1, 1).map((end) => end.toFixed(6))).toEqual(['-1.200000', '1.200000']);
  expect([rangeOf(0, 0), rangeOf(5, 5), rangeOf(-2, -2)]).toEqual([
    [0, 1],
    [0, 10],
    [-4, 0],
  ]);
  expect(rangeOf(-1.7e308, 1.7e308)).toEqual([-1.7e308, 1.7e308]);
  expect(rangeOf(0, 1.7e308)).toEqual([0, 1.7e308]);
  expect(rangeOf(1e308, 1e308)).toEqual([1e308, 1.5e308]);
  expect(rangeOf(-1.7e308, -1.7e308)).toEqual([-1.7e308, -0.85e308]);
  for (const base of [1, 0.99999994, -3, 1e9, 1e-20, 1e-300, 5e-324, 1.7e308])
    for (const difference of [0, 1e-16, 1e-12, 6e-8, 1.2e-7, 1e-6, 1e-3]) {
      const values = [base, base * (1 + difference)].toSorted((a, b) => a - b);
      const [low, high] = rangeOf(values[0], values[1]);
      expect([low < high, low <= values[0], values[1] <= high], `${values}`).toEqual([true, true, true]);
      const step = (high - low) / 10;
      expect(multiplesOf(step, low, high).length, `ticks of ${values}`).toBeLessThan(14);
    }
});
