/**
 * The elementwise functions of the library whose results are rounded, each beside an independent
 * reference.
 */
import * as m from '../../src/index.ts';
import { float64Tensor, inFloat64 } from '../../src/reference/in-float64.ts';
import { cases } from '../cases.ts';
import type { Subject } from './measure.ts';
import * as exact from './reference.ts';

const unary = (f: (x: m.Tensor) => m.Tensor, reference: (x: number) => number): Subject => ({
  name: f.name,
  f,
  operands: 1,
  reference,
});

const binary = (
  f: (a: m.Tensor, b: m.Tensor) => m.Tensor,
  reference: (a: number, b: number) => number,
): Subject => ({ name: f.name, f, operands: 2, reference });

export const subjects: readonly Subject[] = [
  binary(m.add, (a, b) => a + b),
  binary(m.sub, (a, b) => a - b),
  binary(m.mul, (a, b) => a * b),
  binary(m.div, (a, b) => a / b),
  unary(m.square, (x) => x * x),
  unary(m.sqrt, Math.sqrt),
  unary(m.rsqrt, (x) => 1 / Math.sqrt(x)),
  binary(m.pow, exact.pow),
  unary(m.exp, Math.exp),
  unary(m.expm1, Math.expm1),
  unary(m.log, Math.log),
  unary(m.log1p, Math.log1p),
  unary(m.sin, Math.sin),
  unary(m.cos, Math.cos),
  unary(m.tan, Math.tan),
  unary(m.tanh, Math.tanh),
  unary(m.erf, exact.erf),
  unary(m.sigmoid, exact.sigmoid),
  unary(m.softplus, exact.softplus),
  unary(m.reciprocal, (x) => 1 / x),
  unary(m.cbrt, Math.cbrt),
  binary(m.hypot, Math.hypot),
  binary(m.fmod, (a, b) => a % b),
  binary(m.mod, exact.mod),
  binary(m.floorDivide, exact.floorDivide),
  unary(m.exp2, (x) => 2 ** x),
  unary(m.log2, Math.log2),
  unary(m.log10, Math.log10),
  binary(m.logaddexp, exact.logaddexp),
  binary(m.xlogy, (x, y) => (x === 0 ? 0 : x * Math.log(y))),
  unary(m.arcsin, Math.asin),
  unary(m.arccos, Math.acos),
  unary(m.arctan, Math.atan),
  binary(m.arctan2, Math.atan2),
  unary(m.sinh, Math.sinh),
  unary(m.cosh, Math.cosh),
  unary(m.arcsinh, Math.asinh),
  unary(m.arccosh, Math.acosh),
  unary(m.arctanh, Math.atanh),
  unary(m.erfc, exact.erfc),
  unary(m.erfInv, exact.erfInv),
  unary(m.logit, exact.logit),
];

/** The other elementwise rows of the table, beside the library's own reference. */
export const otherSubjects: readonly Subject[] = cases
  .filter(({ op, args, isElementwise }, i) => {
    const isFirst = cases.findIndex((other) => other.op === op) === i;
    return isElementwise === true && isFirst && args.length <= 2 && !subjects.some(({ name }) => name === op);
  })
  .map(({ op, f, args }) => ({
    name: op,
    f,
    operands: args.length as 1 | 2,
    reference: (...operands) =>
      inFloat64(() => f(...args.map((_, i) => float64Tensor([], [operands[i]]))).storage[0]),
  }));
