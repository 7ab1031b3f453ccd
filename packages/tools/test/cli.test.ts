import { describe, expect, test } from 'vitest';
import { finite, integer, path, sizes } from '../src/cli.ts';

describe('the options of the programs', () => {
  test.each<[string, (text: string) => unknown, string, unknown]>([
    ['a whole number', integer(1), '12', 12],
    ['a number', finite(0), '1e-3', 0.001],
    ['sizes', sizes, '128, 64', [128, 64]],
    ['no sizes', sizes, ' ', []],
    ['a path', path, 'out/x', 'out/x'],
  ])('may be %s', (_name, parse, text, value) => {
    expect(parse(text)).toEqual(value);
  });
  test.each<[(text: string) => unknown, string, string]>([
    [integer(1), '1.5', 'Not a whole number ≥ 1.'],
    [integer(1), '', 'Not a whole number ≥ 1.'],
    [integer(0, 9), '10', 'Not a whole number from 0 to 9.'],
    [integer(0), '1e300', 'Not a whole number ≥ 0.'],
    [finite(0.001, 1e6), '0', 'Not a number from 0.001 to 1000000.'],
    [finite(0), 'NaN', 'Not a number from 0 to 1e+38.'],
    [finite(0), '1e39', 'Not a number from 0 to 1e+38.'],
    [sizes, '128,x', 'Not a whole number from 1 to 1000000.'],
    [sizes, '128,', 'Not a whole number from 1 to 1000000.'],
    [path, '', 'Not a path.'],
  ])('must fit (case %#)', (parse, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
