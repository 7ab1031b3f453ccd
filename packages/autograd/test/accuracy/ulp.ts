/** Distances between float32 numbers and real ones, in units in the last place. */

/** The exponent of the smallest normal number: from there down to 0 float32 numbers lie evenly. */
const LEAST_EXPONENT = -126;
const MANTISSA_BITS = 23;
const GREATEST_EXPONENT = 127;
/**
 * The number that would follow the largest one if there were greater exponents; what infinity
 * stands for as a rounded result.
 */
const BEYOND = 2 ** (GREATEST_EXPONENT + 1);
/** ½ ulp beyond the largest number: from here on the nearest result is infinity. */
const OVERFLOW = BEYOND - 2 ** (GREATEST_EXPONENT - MANTISSA_BITS - 1);

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** ⌊log₂ |x|⌋ of a normal float64 number; below every exponent of float32 for smaller ones. */
const exponentOf = (x: number): number => {
  double[0] = x;
  return ((words[1] >>> 20) & 0x7ff) - 1023;
};

const UNITS = Float64Array.from(
  { length: GREATEST_EXPONENT - LEAST_EXPONENT + 1 },
  (_, i) => 2 ** (LEAST_EXPONENT + i - MANTISSA_BITS),
);

/**
 * The distance of two neighbouring float32 numbers around a real number: 2^(e - 23) from 2^e up to
 * 2^(e + 1), 2^-149 for denormal numbers and 0, and 2^104, as below the largest number, for
 * everything beyond it.
 */
export const unitInTheLastPlace = (x: number): number => {
  const exponent = Math.min(Math.max(exponentOf(x), LEAST_EXPONENT), GREATEST_EXPONENT);
  return UNITS[exponent - LEAST_EXPONENT];
};

/**
 * How far the float32 number `found` is from the real number `expected`, in units in the last place
 * of `expected`. An infinite result counts as 2^128, so it is 1 ulp from the largest number, and
 * right for everything that rounds to it.
 *
 * Infinity for a NaN in place of a number, a number in place of a NaN, and the wrong sign, also of
 * zero.
 */
export const errorInUlps = (found: number, expected: number): number => {
  if (expected !== expected) return found !== found ? 0 : Infinity;
  if (found !== found) return Infinity;
  const isNegative = expected < 0 || Object.is(expected, -0);
  if (isNegative !== (found < 0 || Object.is(found, -0))) return Infinity;
  const magnitude = Math.abs(expected);
  if (Math.abs(found) === Infinity && magnitude >= OVERFLOW) return 0;
  const difference = Math.abs(Math.min(Math.abs(found), BEYOND) - Math.min(magnitude, BEYOND));
  return difference / unitInTheLastPlace(magnitude);
};
