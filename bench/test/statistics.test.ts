import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareTimes,
  describeDifference,
  formatFactor,
  quantile,
  spread,
  summarize,
  type Summary,
} from '../statistics.ts';

/** A summary with a median, and half of the samples within `range`. */
const around = (median: number, range: number): Summary => ({
  median,
  lowerQuartile: median - range / 2,
  upperQuartile: median + range / 2,
});

describe('quantiles', () => {
  test('interpolate between neighbours, as numpy.quantile does', () => {
    expect([0, 0.25, 0.5, 0.75, 1].map((q) => quantile([1, 2, 3, 10], q))).toEqual([1, 1.75, 2.5, 4.75, 10]);
  });
  test('of one sample are that sample', () => {
    expect(summarize([3])).toEqual({ median: 3, lowerQuartile: 3, upperQuartile: 3 });
  });
  test('of no samples are an error', () => {
    expect(() => summarize([])).toThrow('quantile: expected at least one sample, got none');
  });
  test('do not sort the samples in place', () => {
    const samples = [3, 1, 2];
    expect(summarize(samples)).toEqual({ median: 2, lowerQuartile: 1.5, upperQuartile: 2.5 });
    expect(samples).toEqual([3, 1, 2]);
  });
  test('ignore an outlier', () => {
    expect(summarize([1, 1, 1, 1, 1000])).toEqual({ median: 1, lowerQuartile: 1, upperQuartile: 1 });
  });
  test('are in order, and between the extremes', () => {
    const times = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(times, (samples) => {
        const { median, lowerQuartile, upperQuartile } = summarize(samples);
        expect(lowerQuartile).toBeGreaterThanOrEqual(Math.min(...samples));
        expect(median).toBeGreaterThanOrEqual(lowerQuartile);
        expect(upperQuartile).toBeGreaterThanOrEqual(median);
        expect(upperQuartile).toBeLessThanOrEqual(Math.max(...samples));
      }),
    );
  });
});

test('the spread is the interquartile range as a fraction of the median', () => {
  expect(spread(around(20, 5))).toBe(0.25);
});

describe('a verdict', () => {
  test('has the factor', () => {
    expect(describeDifference(around(21, 1), around(10, 1))).toBe('2.1× slower');
    expect(describeDifference(around(10, 1), around(13, 1))).toBe('1.3× faster');
    expect(describeDifference(around(0.5, 0.01), around(20, 1))).toBe('40× faster');
  });
  test('is no difference if the medians are as close as the quartiles of either time', () => {
    const [steady, unsteady] = [around(12, 0), { median: 10, lowerQuartile: 10, upperQuartile: 12 }];
    expect(describeDifference(steady, unsteady)).toBe('no difference (within the spread)');
    expect(describeDifference(unsteady, steady)).toBe('no difference (within the spread)');
    expect(describeDifference(steady, { ...unsteady, upperQuartile: 11.9 })).toBe('1.2× slower');
  });
  test('is a difference if it exceeds even a wide spread', () => {
    expect(describeDifference({ median: 20, lowerQuartile: 8, upperQuartile: 44 }, around(0.1, 0.05))).toBe(
      '200× slower',
    );
  });
  test('is no difference for equal times without spread', () => {
    expect(describeDifference(around(1, 0), around(1, 0))).toBe('no difference (within the spread)');
  });
  test('is no difference below 1%, even for steady times', () => {
    expect(describeDifference(around(1.009, 0), around(1, 0))).toBe('no difference (below 1%)');
    expect(describeDifference(around(1.02, 0), around(1, 0))).toBe('1.02× slower');
  });
  test('is the opposite if the times are swapped', () => {
    const times = fc.record({
      median: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const opposite = { slower: 'faster', faster: 'slower' } as const;
    fc.assert(
      fc.property(times, times, (first, second) => {
        const [a, b] = [first, second].map(({ median, share }) => around(median, median * share));
        const [there, back] = [compareTimes(a, b), compareTimes(b, a)];
        expect(back.factor).toBeCloseTo(there.factor, 9);
        expect(back.kind).toBe(
          there.kind === 'slower' || there.kind === 'faster' ? opposite[there.kind] : there.kind,
        );
      }),
    );
  });
});

test('factors have only significant digits', () => {
  expect([1, 1.04, 1.26, 9.94, 9.96, 123.4].map(formatFactor)).toEqual([
    '1.00',
    '1.04',
    '1.3',
    '9.9',
    '10',
    '123',
  ]);
});
