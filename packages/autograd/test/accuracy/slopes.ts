/**
 * Derivatives of the elementwise functions, as the gradient computes them, each beside an
 * independent reference.
 */
import * as m from '../../src/index.ts';
import type { Subject } from './measure.ts';
import { erfInv, floorDivide, pow, sigmoid } from './reference.ts';

type Unary = (x: m.Tensor) => m.Tensor;
type Binary = (a: m.Tensor, b: m.Tensor) => m.Tensor;

const slopeOf = (f: Unary): Unary => m.grad((x: m.Tensor) => m.sum(f(x)));

const unary = (f: Unary, reference: (x: number) => number): Subject => ({
  name: f.name,
  f: slopeOf(f),
  operands: 1,
  reference,
});

const binary = (f: Binary, byA: Subject['reference'], byB: Subject['reference']): readonly Subject[] => [
  { name: `${f.name}, by the first`, f: (a, b) => slopeOf((x) => f(x, b))(a), operands: 2, reference: byA },
  { name: `${f.name}, by the second`, f: (a, b) => slopeOf((x) => f(a, x))(b), operands: 2, reference: byB },
];

/** b·aᵇ⁻¹; a factor that is infinite does not outweigh a power that vanishes. */
const powBaseSlope = (a: number, b: number): number => {
  const power = pow(a, b - 1);
  return b === 0 || (power === 0 && Math.abs(b) === Infinity) ? 0 : b * power;
};

/** aᵇ·ln a, with its limits at a = 0 and at a = ∞, and 0 for 0⁰. */
const powExponentSlope = (a: number, b: number): number => {
  if (a === 0 && b >= 0) return 0;
  const power = pow(a, b);
  return power === 0 && a > 0 ? power * Math.sign(Math.log(a)) : power * Math.log(a);
};

export const slopes: readonly Subject[] = [
  ...binary(
    m.mul,
    (_a, b) => b,
    (a) => a,
  ),
  ...binary(
    m.div,
    (_a, b) => 1 / b,
    (a, b) => -a / (b * b),
  ),
  ...binary(m.pow, powBaseSlope, powExponentSlope),
  unary(m.square, (x) => 2 * x),
  unary(m.sqrt, (x) => 0.5 / Math.sqrt(x)),
  unary(m.rsqrt, (x) => -0.5 * Math.abs(x) ** -1.5 * (x < 0 ? NaN : 1)),
  unary(m.exp, Math.exp),
  unary(m.expm1, Math.exp),
  unary(m.log, (x) => 1 / x),
  unary(m.log1p, (x) => 1 / (1 + x)),
  unary(m.sin, Math.cos),
  unary(m.cos, (x) => -Math.sin(x)),
  unary(m.tan, (x) => 1 + Math.tan(x) ** 2),
  unary(m.tanh, (x) => Math.cosh(x) ** -2),
  unary(m.erf, (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x)),
  unary(m.sigmoid, (x) => sigmoid(x) * sigmoid(-x)),
  unary(m.softplus, sigmoid),
  unary(m.reciprocal, (x) => -1 / (x * x)),
  unary(m.cbrt, (x) => 1 / (3 * Math.cbrt(x) ** 2)),
  ...binary(
    m.hypot,
    (a, b) => (a === 0 ? 0 : a / Math.hypot(a, b)),
    (a, b) => (b === 0 ? 0 : b / Math.hypot(a, b)),
  ),
  ...binary(
    m.mod,
    () => 1,
    (a, b) => -floorDivide(a, b),
  ),
  ...binary(
    m.fmod,
    () => 1,
    (a, b) => ((a % b) - a) / b,
  ),
  unary(m.exp2, (x) => Math.LN2 * 2 ** x),
  unary(m.log2, (x) => 1 / (x * Math.LN2)),
  unary(m.log10, (x) => 1 / (x * Math.LN10)),
  ...binary(
    m.logaddexp,
    (a, b) => (a === b ? 0.5 : sigmoid(a - b)),
    (a, b) => (a === b ? 0.5 : sigmoid(b - a)),
  ),
  ...binary(
    m.xlogy,
    (_x, y) => Math.log(y),
    (x, y) => x / y,
  ),
  unary(m.arcsin, (x) => 1 / Math.sqrt((1 - x) * (1 + x))),
  unary(m.arccos, (x) => -1 / Math.sqrt((1 - x) * (1 + x))),
  unary(m.arctan, (x) => 1 / (1 + x * x)),
  ...binary(
    m.arctan2,
    (y, x) => x / (x * x + y * y),
    (y, x) => -y / (x * x + y * y),
  ),
  unary(m.sinh, Math.cosh),
  unary(m.cosh, Math.sinh),
  unary(m.arcsinh, (x) => 1 / Math.sqrt(x * x + 1)),
  unary(m.arccosh, (x) => 1 / Math.sqrt(x - 1) / Math.sqrt(x + 1)),
  unary(m.arctanh, (x) => 1 / ((1 - x) * (1 + x))),
  unary(m.erfc, (x) => (-2 / Math.sqrt(Math.PI)) * Math.exp(-x * x)),
  unary(m.erfInv, (y) => (Math.sqrt(Math.PI) / 2) * Math.exp(erfInv(y) ** 2)),
  unary(m.logit, (x) => 1 / (x * (1 - x))),
];
