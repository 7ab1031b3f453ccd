/**
 * Derivatives of the elementwise functions, as the gradient computes them, each beside an
 * independent reference.
 */
import * as m from '../../src/index.ts';
import type { Subject } from './measure.ts';
import { pow, sigmoid } from './reference.ts';

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
];
