import { describe, expect, test } from 'vitest';
import { finite, integer, path, sizes } from '../src/cli.ts';

describe('the options of the programs', () => {
  test.each<[string, (text: string) => unknown, string, unknown]>([
    ['an integer', integer(1), '12', 12],
    ['a number', finite(0), '1e-3', 0.001],
    ['sizes', sizes, '128, 64', [128, 64]],
    ['no sizes', sizes, ' ', []],
    ['a path', path, 'out/x', 'out/x'],
  ])('can be %s', (_name, parse, text, value) => {
    expect(parse(text)).toEqual(value);
  });
  test.each<[(text: string) => unknown, string, string]>([
    [integer(1), '1.5', 'Expected an integer ≥ 1.'],
    [integer(1), '', 'Expected an integer ≥ 1.'],
    [integer(0, 9), '10', 'Expected an integer from 0 to 9.'],
    [integer(0), '1e300', 'Expected an integer ≥ 0.'],
    [finite(0.001, 1e6), '0', 'Expected a number from 0.001 to 1000000.'],
    [finite(0), 'NaN', 'Expected a number from 0 to 1e+38.'],
    [finite(0), '1e39', 'Expected a number from 0 to 1e+38.'],
    [sizes, '128,x', 'Expected an integer from 1 to 1000000.'],
    [sizes, '128,', 'Expected an integer from 1 to 1000000.'],
    [path, '', 'Expected a path.'],
  ])('must fit (case %#)', (parse, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
