/** The error function, its complement and its inverse for single numbers, in double precision. */

/** The series of erf: 2/√π · Σ (-1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)), https://dlmf.nist.gov/7.6.E1 */
const erfSeries = (x: number): number => {
  let term = x;
  let sum = x;
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};

/** The continued fraction of erfc for large x, https://dlmf.nist.gov/7.9.E1 */
const erfcFraction = (x: number): number => {
  if (x > 30) return 0;
  let fraction = x;
  for (let n = 100; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
};

export const erf = (x: number): number => {
  const magnitude = Math.abs(x);
  return Math.sign(x) * (magnitude < 2.5 ? erfSeries(magnitude) : 1 - erfcFraction(magnitude)) || x;
};

export const erfc = (x: number): number => {
  const magnitude = Math.abs(x);
  const tail = magnitude < 2.5 ? 1 - erfSeries(magnitude) : erfcFraction(magnitude);
  return x < 0 ? 2 - tail : tail;
};

/** Newton's method on erf (on erfc in the tail), from a rough initial value. */
export const erfInverse = (y: number): number => {
  if (!(Math.abs(y) < 1)) return Math.abs(y) === 1 ? y * Infinity : NaN;
  const target = Math.abs(y);
  const w = Math.log1p(-y * y);
  const k = 2 / (Math.PI * 0.147) + w / 2;
  let x = Math.sqrt(Math.sqrt(k * k - w / 0.147) - k);
  for (let i = 0; i < 4 && x > 0; i++) {
    const error = x < 2.5 ? erfSeries(x) - target : 1 - target - erfcFraction(x);
    x -= (error * Math.sqrt(Math.PI)) / 2 / Math.exp(-x * x);
  }
  return Math.sign(y) * x;
};
