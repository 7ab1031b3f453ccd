/** Numbers as short texts, and where axes have ticks. */

/** Writes a power of ten as short as JavaScript can: 1.5e20, not 1.5e+20. */
const exponential = (value: number): string =>
  Number(value.toPrecision(3)).toExponential().replace('e+', 'e');

/** Formats a number with about four significant digits. Integers are whole up to 999,999. */
export const formatNumber = (value: number | null | undefined): string => {
  if (value === null || value === undefined) return '–';
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  if (Number.isInteger(value) && magnitude < 1e6) return String(value);
  return magnitude >= 1e5 || magnitude < 1e-3 ? exponential(value) : String(Number(value.toPrecision(4)));
};

/** The suffixes of large ticks. */
const SUFFIXES: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** Formats a number of an axis: 20000 is 20k, and 2500000 is 2.5M. */
export const formatTick = (value: number): string => {
  const rounded = Number(value.toPrecision(6));
  const magnitude = Math.abs(rounded);
  if (magnitude < 1e4 || magnitude >= 1e12) return formatNumber(value);
  const [unit, suffix] = SUFFIXES.find(([size]) => magnitude >= size) ?? [1, ''];
  return `${Number((rounded / unit).toPrecision(6))}${suffix}`;
};

/** Returns how many digits numbers at distances of `step` need. */
const digitsOf = (numbers: readonly number[], step: number): number => {
  const isExact = (digits: number): boolean =>
    numbers.every((value) => Math.abs(Number(value.toPrecision(digits)) - value) <= step / 1000);
  let digits = 1;
  while (digits < 17 && !isExact(digits)) digits++;
  return digits;
};

/** Formats the ticks of an axis, with as many digits as they need. */
export const formatTicks = (ticks: readonly (number | null)[]): string[] => {
  const numbers = ticks.filter((value) => value !== null);
  const step = numbers.length < 2 ? 0 : Math.abs(numbers[1] - numbers[0]);
  const digits = step === 0 ? 1 : digitsOf(numbers, step);
  const areLarge = numbers.every((value) => value === 0 || Math.abs(value) >= 1e4);
  // So many digits are always shown.
  const areShort = digits <= (areLarge ? 6 : 4);
  return ticks.map((value) => {
    if (value === null) return '';
    return areShort ? formatTick(value) : String(Number(value.toPrecision(digits)));
  });
};

/**
 * Values whose relative difference is below this are drawn as equal: float32 rounds by as much.
 */
const LEAST_SPREAD = 4e-7;
/** Its reciprocal, and a power of ten below it, are numbers. */
const LEAST_SIZE = 1e-300;

/**
 * Returns the range of an axis for values from `low` to `high`: a tenth more on each side, but not
 * beyond 0. The range of equal values reaches from 0 to twice their size.
 */
export const rangeOf = (low: number, high: number): [number, number] => {
  const size = Math.max(Math.abs(low), Math.abs(high));
  const spread = high - low;
  if (size < LEAST_SIZE) return [0, 1];
  // Twice the size is a number.
  if (size > Number.MAX_VALUE / 4) return [low, high > low ? high : low + size / 2];
  if (spread <= LEAST_SPREAD * size) return high > 0 ? [0, 2 * high] : [2 * low, 0];
  const unit = 10 ** (Math.floor(Math.log10(spread)) - 1);
  const bottom = Math.floor((low - spread / 10) / unit) * unit;
  const top = Math.ceil((high + spread / 10) / unit) * unit;
  return [low >= 0 && bottom <= 0 ? 0 : bottom, high <= 0 && top >= 0 ? 0 : top];
};

/** Returns these digits times the powers of ten with exponents from `first` to `last`. */
const stepsOf = (digits: readonly number[], first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i).flatMap((exponent) =>
    digits.map((digit) => Number(`${digit}e${exponent}`)),
  );

/** The steps between ticks at integers. */
export const INTEGER_STEPS: number[] = stepsOf([1, 2, 5], 0, 38);

/** The steps between ticks at multiples of π: quarters, halves, and 1, 2, 5, 10, … times π. */
export const PI_STEPS: number[] = [0.25, 0.5, ...INTEGER_STEPS].map((step) => step * Math.PI);

/** The steps between ticks at numbers: those of uPlot, and 1e300 for where no other one fits. */
export const NUMBER_STEPS: number[] = [...stepsOf([1, 2, 2.5, 5], -32, 31), 1e300];

/** Returns the ticks of an axis of numbers: at about five numbers if `step` exceeds the range. */
export const numberTicks = (step: number, low: number, high: number): number[] => {
  const range = high - low;
  if (step <= range && range < Infinity) return multiplesOf(step, low, high);
  // About five ticks. The difference can be larger than the largest number.
  const least = high / 6 - low / 6;
  const power = 10 ** Math.floor(Math.log10(least));
  const digit = [1, 2, 5].find((own) => own * power >= least) ?? 10;
  return least > 0 ? multiplesOf(digit * power, low, high) : [low];
};

/** Formats a multiple of π / 4: -3π, π/2, 3π/4, 0. */
export const formatPi = (value: number): string => {
  const quarters = Math.round((4 * value) / Math.PI);
  if (quarters === 0) return '0';
  const divisor = quarters % 4 === 0 ? 1 : quarters % 2 === 0 ? 2 : 4;
  const count = (quarters * divisor) / 4;
  const digits = Math.abs(count) === 1 ? '' : String(Math.abs(count));
  return `${count < 0 ? '-' : ''}${digits}π${divisor === 1 ? '' : `/${divisor}`}`;
};

/** Returns the multiples of `step` from `low` to `high`. */
export const multiplesOf = (step: number, low: number, high: number): number[] => {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
};

/** The most ticks of a logarithmic axis. */
const MAX_POWERS = 8;

/** Returns powers of ten from `low` to `high`: every one, or every second, third, … of them. */
const powersOfTen = (low: number, high: number): number[] => {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / MAX_POWERS));
  return multiplesOf(step, first, last).map((exponent) => 10 ** exponent);
};

/** Returns these digits times powers of ten, from `low` to `high`. */
const digitsTimesPowers = (digits: readonly number[], low: number, high: number): number[] => {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  return multiplesOf(1, first, last)
    .flatMap((exponent) => digits.map((digit) => Number(`${digit}e${exponent}`)))
    .filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
};

/**
 * Returns the ticks of a logarithmic axis: powers of ten; or, in a short range, also 2 and 5 times
 * powers, all digits, or numbers at equal distances.
 */
export const logTicks = (low: number, high: number): number[] => {
  const powers = powersOfTen(low, high);
  if (powers.length > 2) return powers;
  for (const digits of [
    [1, 2, 5],
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  ]) {
    const ticks = digitsTimesPowers(digits, low, high);
    if (ticks.length > 2) return ticks;
  }
  const power = 10 ** Math.floor(Math.log10(high - low));
  const step = [0.2, 0.5, 1].find((digit) => (high - low) / (digit * power) <= MAX_POWERS) ?? 2;
  return high > low ? multiplesOf(step * power, low, high) : [low];
};

/** Formats ticks of a logarithmic axis, all in one way: 0.01, 1, 100, or 10⁻⁶, 10⁰, 10⁶. */
export const formatLogTicks = (ticks: readonly number[]): string[] => {
  if (ticks.every((tick) => tick > 0.9e-3 && tick < 1.1e4)) return ticks.map(formatNumber);
  const exponents = ticks.map((tick) => Math.log10(tick));
  const arePowers = exponents.every((exponent) => Math.abs(exponent - Math.round(exponent)) < 1e-9);
  if (!arePowers) return ticks.map(formatTick);
  const superscript = (text: string): string =>
    Array.from(text, (character) => (character === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(character)])).join('');
  return exponents.map((exponent) => `10${superscript(String(Math.round(exponent)))}`);
};
