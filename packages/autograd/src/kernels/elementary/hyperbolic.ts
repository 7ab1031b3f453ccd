/** Hyperbolic functions and their inverses. */
import { abs, add, const as constant, div, equal, less, mul, sub } from '../../wasm/instructions/f64x2.ts';
import * as f64x2 from '../../wasm/instructions/f64x2.ts';
import * as v128 from '../../wasm/instructions/v128.ts';
import { expCode, expm1Code, minusOne, reduceLimitedExp2 } from './exponential-code.ts';
import { log1pCode } from './logarithm-code.ts';
import { elementary, type ElementaryFunction, clamp, withSignOf } from './function.ts';

/** e/(e + 2) with e = exp(2x) - 1. */
export const tanh: ElementaryFunction = /* @__PURE__ */ elementary(Math.tanh, (keep, x) => {
  const t = keep(mul(clamp(keep, x, 20), constant(2 * Math.LOG2E)));
  const e = minusOne(keep, reduceLimitedExp2(keep, t));
  return withSignOf(keep, x, div(e, add(e, constant(2))));
});

/** (e + e/(e + 1)) / 2 with e = exp(|x|) - 1. */
export const sinh: ElementaryFunction = /* @__PURE__ */ elementary(Math.sinh, (keep, x) => {
  const e = keep(expm1Code(keep, keep(abs(x))));
  return withSignOf(keep, x, mul(constant(0.5), add(e, div(e, add(e, constant(1))))));
});

export const cosh: ElementaryFunction = /* @__PURE__ */ elementary(Math.cosh, (keep, x) => {
  const e = keep(expCode(keep, keep(abs(x))));
  return keep(mul(constant(0.5), add(e, div(constant(1), e))));
});

/** log(a + √(a² + 1)) = log1p(a + a² / (1 + √(a² + 1))) with a = |x|. */
export const arcsinh: ElementaryFunction = /* @__PURE__ */ elementary(Math.asinh, (keep, x) => {
  const a = keep(abs(x));
  const square = keep(mul(a, a));
  const rest = div(square, add(constant(1), f64x2.sqrt(add(square, constant(1)))));
  const result = log1pCode(keep, keep(add(a, rest)));
  return withSignOf(keep, x, v128.select(a, result, equal(a, constant(Infinity))));
});

/** log(x + √(x² - 1)) = log1p(t + √(t·(t + 2))) with t = x - 1. */
export const arccosh: ElementaryFunction = /* @__PURE__ */ elementary(Math.acosh, (keep, x) => {
  const t = keep(sub(x, constant(1)));
  const result = log1pCode(keep, keep(add(t, f64x2.sqrt(mul(t, add(t, constant(2)))))));
  return keep(v128.select(constant(NaN), result, less(x, constant(1))));
});

/** ½·log((1 + a) / (1 - a)) = ½·log1p(2a / (1 - a)) with a = |x|. */
export const arctanh: ElementaryFunction = /* @__PURE__ */ elementary(Math.atanh, (keep, x) => {
  const a = keep(abs(x));
  const result = log1pCode(keep, keep(div(mul(constant(2), a), sub(constant(1), a))));
  return withSignOf(keep, x, mul(constant(0.5), result));
});
