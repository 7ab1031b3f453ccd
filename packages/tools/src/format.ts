/** Formats a fraction as a percentage: 0.1234 is "12.3%". */
export const formatPercent = (fraction: number, digits: number = 1): string =>
  `${(100 * fraction).toFixed(digits)}%`;

/**
 * Formats a number with a fixed count of decimals, or with an exponent if it is too small for them
 * or at least 100,000: 0.00001234 is "1.23e-5", and 123456789 is "1.23e+8".
 */
export const formatNumber = (value: number, decimals: number): string => {
  const size = Math.abs(value);
  const isPlain = value === 0 || (size >= 10 ** (1 - decimals) && size < 1e5) || !Number.isFinite(value);
  return isPlain ? value.toFixed(decimals) : value.toExponential(2);
};
