/** Formats a fraction as a percentage: 0.1234 is "12.3%". */
export const formatPercent = (fraction: number, digits: number = 1): string =>
  `${(100 * fraction).toFixed(digits)}%`;
