/** The error function of a number, in double precision. */

/** 2/√π · Σ (-1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)), https://dlmf.nist.gov/7.6.E1 */
export const erfSeries = (x: number): number => {
  let term = x;
  let sum = x;
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};

/** The continued fraction of erfc for large x, https://dlmf.nist.gov/7.9.E1 */
export const erfcFraction = (x: number): number => {
  if (x > 30) return 0;
  let fraction = x;
  for (let n = 100; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
};

export const erf = (x: number): number => {
  const magnitude = Math.abs(x);
  return Math.sign(x) * (magnitude < 2.5 ? erfSeries(magnitude) : 1 - erfcFraction(magnitude)) || x;
};
