import { expect, test } from 'vitest';
import { formatPercent } from '../src/format.ts';

test('a percentage has one digit after the point, or as many as requested', () => {
  expect([formatPercent(0.1234), formatPercent(0.1234, 0), formatPercent(1)]).toEqual([
    '12.3%',
    '12%',
    '100.0%',
  ]);
});
