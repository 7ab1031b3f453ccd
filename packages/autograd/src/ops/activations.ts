/** Activation functions of networks, elementwise. Each mirrors one of jax.nn. */
import * as elementary from '../kernels/elementary/index.ts';
import * as slopes from '../kernels/elementary/slopes.ts';
import { bind } from '../core/bind.ts';
import { type Composite, bindComposite } from '../core/composite.ts';
import type { ElementwisePrimitive } from '../core/primitive.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { rangeError } from '../base/errors.ts';
import { formatShape } from '../base/shape.ts';
import { checkAxis, checkBoolean, checkNumber, checkOptions, toTensor } from '../core/check.ts';
import { abs } from './rounding.ts';
import { add, clip, div, mul, neg } from './arithmetic.ts';
import { greater, greaterEqual } from './compare.ts';
import { expm1 } from './exponentials.ts';
import { split } from './joining.ts';
import { hypot } from './powers.ts';
import { where } from './select.ts';
import { erfc } from './special.ts';
import { tanh } from './trigonometry.ts';

const sigmoidPrimitive: ElementwisePrimitive = {
  name: 'sigmoid',
  scalar: (s, x) => s.elementary(elementary.sigmoid, x),
  vjp: (ct, [x]) => [() => mul(ct, bind(sigmoidSlopePrimitive, [x], undefined))],
};

/**
 * The derivative of σ, σ(x)·σ(-x). Computed as σ(x)·(1 - σ(x)), it would lose all digits where σ(x)
 * rounds to 1.
 */
const sigmoidSlopePrimitive: ElementwisePrimitive = {
  name: 'sigmoidSlope',
  scalar: (s, x) => s.elementary(slopes.sigmoidSlope, x),
  // The derivative of σ(x)·σ(-x) is σ(x)·σ(-x)·(1 - 2σ(x)), where 1 - 2σ(x) = -tanh(x/2).
  vjp: (ct, [x], out) => [() => mul(ct, mul(out, neg(tanh(mul(x, 0.5)))))],
};

/**
 * Returns σ(x) = 1 / (1 + e⁻ˣ), without overflow. d/dx = σ(x)·(1 - σ(x)) = σ(x)·σ(-x). Mirrors
 * jax.nn.sigmoid.
 *
 * @example
 * console.log(sigmoid(tensor([-1, 0, 1]))); // → Tensor [3] [0.2689, 0.5, 0.7311]
 */
export function sigmoid(x: TensorLike): Tensor {
  return bind(sigmoidPrimitive, [x], undefined);
}

const reluPrimitive: ElementwisePrimitive = {
  name: 'relu',
  scalar: (s, x) => s.max(x, s.constant(0)),
  vjp: (ct, [x]) => [() => where(greater(x, 0), ct, 0)],
};

/**
 * Returns max(x, 0). The derivative at 0 is 0, as in JAX. Mirrors jax.nn.relu.
 *
 * @example
 * console.log(relu(tensor([-1, 0, 2]))); // → Tensor [3] [0, 0, 2]
 */
export function relu(x: TensorLike): Tensor {
  return bind(reluPrimitive, [x], undefined);
}

const softplusPrimitive: ElementwisePrimitive = {
  name: 'softplus',
  scalar: (s, x) => s.elementary(elementary.softplus, x),
  vjp: (ct, [x]) => [() => mul(ct, sigmoid(x))],
};

/**
 * Returns log(1 + eˣ), without overflow. d/dx = σ(x). Mirrors jax.nn.softplus.
 *
 * @example
 * console.log(softplus(tensor([-1, 0, 1]))); // → Tensor [3] [0.3133, 0.6931, 1.3133]
 */
export function softplus(x: TensorLike): Tensor {
  return bind(softplusPrimitive, [x], undefined);
}

const logSigmoidOp: Composite<undefined> = { name: 'logSigmoid', compute: ([x]) => neg(softplus(neg(x))) };

/**
 * Returns log σ(x) = -softplus(-x), without overflow. d/dx = σ(-x). Mirrors jax.nn.log_sigmoid.
 *
 * @example
 * console.log(logSigmoid(tensor([-1, 0, 1]))); // → Tensor [3] [-1.3133, -0.6931, -0.3133]
 */
export function logSigmoid(x: TensorLike): Tensor {
  return bindComposite(logSigmoidOp, [x], undefined);
}

const siluOp: Composite<undefined> = { name: 'silu', compute: ([x]) => mul(x, sigmoid(x)) };

/**
 * Returns x·σ(x), also called swish. d/dx = σ(x)·(1 + x·σ(-x)). Mirrors jax.nn.silu. Source:
 * https://arxiv.org/abs/1702.03118
 *
 * @example
 * console.log(silu(tensor([-1, 0, 1]))); // → Tensor [3] [-0.2689, 0, 0.7311]
 */
export function silu(x: TensorLike): Tensor {
  return bindComposite(siluOp, [x], undefined);
}

const geluOp: Composite<boolean> = {
  name: 'gelu',
  compute: ([x], approximate) => {
    if (!approximate) return mul(mul(x, 0.5), erfc(mul(x, -Math.SQRT1_2)));
    // From ±20 on, σ is 0 or 1. Without the limits, x² would overflow, and its derivative be 0·∞.
    const near = clip(x, -20, 20);
    const inner = mul(near, add(1, mul(0.044715, mul(near, near))));
    return mul(x, sigmoid(mul(2 * Math.sqrt(2 / Math.PI), inner)));
  },
};

/** Whether `gelu` uses tanh; default true, as in JAX. */
export interface GeluOptions {
  /** Whether to compute the approximation by tanh. Default true. */
  readonly approximate?: boolean;
}

/**
 * Returns x·Φ(x), where Φ is the distribution function of the standard normal distribution.
 *
 * By default Φ(x) is approximated by σ(2·√(2/π)·(x + 0.044715·x³)), with an error of at most 5e-4
 * in the result. With `approximate: false`, it is erfc(-x/√2) / 2. Mirrors jax.nn.gelu. Source:
 * https://arxiv.org/abs/1606.08415
 *
 * @example
 * console.log(gelu(1).item().toFixed(4)); // → 0.8412
 * console.log(gelu(1, { approximate: false }).item().toFixed(4)); // → 0.8413
 */
export function gelu(x: TensorLike, options: GeluOptions = {}): Tensor {
  const input = toTensor('gelu', x);
  const { approximate = true } = checkOptions('gelu', options, ['approximate']);
  checkBoolean('gelu', 'approximate', approximate);
  return bindComposite(geluOp, [input], approximate);
}

/** The scale of the exponential part; default 1. */
export interface AlphaOptions {
  /** The scale of the exponential part. Default 1. */
  readonly alpha?: number;
}

const checkAlpha = (op: string, options: AlphaOptions): number => {
  const { alpha = 1 } = checkOptions(op, options, ['alpha']);
  return checkNumber(op, 'alpha', alpha, 'a finite number other than 0', (a) => a !== 0);
};

/** Returns x for x > 0, else alpha·(e^(scale·x) - 1). */
const exponentialUnit = (x: Tensor, alpha: number, scale: number): Tensor => {
  const isPositive = greater(x, 0);
  // For large x, the exponential would overflow, and the derivative would be 0·∞ = NaN.
  const negative = where(isPositive, 0, x);
  return where(isPositive, x, mul(alpha, expm1(mul(scale, negative))));
};

const eluOp: Composite<number> = { name: 'elu', compute: ([x], alpha) => exponentialUnit(x, alpha, 1) };

/**
 * Returns x for x > 0, else alpha·(eˣ - 1). The derivative at 0 is alpha, as in JAX.
 *
 * Throws a RangeError if alpha (default 1) is 0 or not finite. Mirrors jax.nn.elu. Source:
 * https://arxiv.org/abs/1511.07289
 *
 * @example
 * console.log(elu(tensor([-1, 0, 1]))); // → Tensor [3] [-0.6321, 0, 1]
 */
export function elu(x: TensorLike, options: AlphaOptions = {}): Tensor {
  const input = toTensor('elu', x);
  const alpha = checkAlpha('elu', options);
  return bindComposite(eluOp, [input], alpha);
}

const celuOp: Composite<number> = {
  name: 'celu',
  compute: ([x], alpha) => exponentialUnit(x, alpha, 1 / alpha),
};

/**
 * Returns x for x > 0, else alpha·(e^(x/alpha) - 1). The derivative at 0 is 1.
 *
 * Throws a RangeError if alpha (default 1) is 0 or not finite. Mirrors jax.nn.celu. Source:
 * https://arxiv.org/abs/1704.07483
 *
 * @example
 * console.log(celu(tensor([-1, 0, 1]), { alpha: 2 })); // → Tensor [3] [-0.7869, 0, 1]
 */
export function celu(x: TensorLike, options: AlphaOptions = {}): Tensor {
  const input = toTensor('celu', x);
  const alpha = checkAlpha('celu', options);
  return bindComposite(celuOp, [input], alpha);
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

const seluOp: Composite<undefined> = {
  name: 'selu',
  compute: ([x]) => mul(SELU_SCALE, exponentialUnit(x, SELU_ALPHA, 1)),
};

/**
 * Returns λ·elu(x) with alpha 1.673… and λ = 1.050…, which keep the mean at 0 and the variance at 1
 * from layer to layer. Mirrors jax.nn.selu. Source: https://arxiv.org/abs/1706.02515
 *
 * @example
 * console.log(selu(tensor([-1, 0, 1]))); // → Tensor [3] [-1.1113, 0, 1.0507]
 */
export function selu(x: TensorLike): Tensor {
  return bindComposite(seluOp, [x], undefined);
}

const leakyReluOp: Composite<number> = {
  name: 'leakyRelu',
  compute: ([x], negativeSlope) => where(greaterEqual(x, 0), x, mul(negativeSlope, x)),
};

/** The slope for x < 0; default 0.01. */
export interface LeakyReluOptions {
  /** The slope for negative x. Default 0.01. */
  readonly negativeSlope?: number;
}

/**
 * Returns x for x ≥ 0, else negativeSlope·x. The derivative at 0 is 1, as in JAX. Mirrors
 * jax.nn.leaky_relu.
 *
 * @example
 * console.log(leakyRelu(tensor([-1, 0, 1]))); // → Tensor [3] [-0.01, 0, 1]
 */
export function leakyRelu(x: TensorLike, options: LeakyReluOptions = {}): Tensor {
  const input = toTensor('leakyRelu', x);
  const { negativeSlope = 0.01 } = checkOptions('leakyRelu', options, ['negativeSlope']);
  checkNumber('leakyRelu', 'negativeSlope', negativeSlope);
  return bindComposite(leakyReluOp, [input], negativeSlope);
}

const relu6Op: Composite<undefined> = {
  name: 'relu6',
  compute: ([x]) => where(greaterEqual(x, 6), 6, relu(x)),
};

/**
 * Returns min(max(x, 0), 6). The derivative at 0 and 6 is 0, as in JAX. Mirrors jax.nn.relu6.
 *
 * @example
 * console.log(relu6(tensor([-1, 3, 8]))); // → Tensor [3] [0, 3, 6]
 */
export function relu6(x: TensorLike): Tensor {
  return bindComposite(relu6Op, [x], undefined);
}

const hardSigmoidOp: Composite<undefined> = {
  name: 'hardSigmoid',
  compute: ([x]) => div(relu6(add(x, 3)), 6),
};

/**
 * Returns relu6(x + 3) / 6, a piecewise linear sigmoid. The derivative at -3 and 3 is 0, as in JAX.
 * Mirrors jax.nn.hard_sigmoid.
 *
 * @example
 * console.log(hardSigmoid(tensor([-4, 0, 1.5]))); // → Tensor [3] [0, 0.5, 0.75]
 */
export function hardSigmoid(x: TensorLike): Tensor {
  return bindComposite(hardSigmoidOp, [x], undefined);
}

const hardSiluOp: Composite<undefined> = { name: 'hardSilu', compute: ([x]) => mul(x, hardSigmoid(x)) };

/**
 * Returns x·hardSigmoid(x), also called hard swish. Mirrors jax.nn.hard_silu. Source:
 * https://arxiv.org/abs/1905.02244
 *
 * @example
 * console.log(hardSilu(tensor([-4, 0, 3]))); // → Tensor [3] [0, 0, 3]
 */
export function hardSilu(x: TensorLike): Tensor {
  return bindComposite(hardSiluOp, [x], undefined);
}

const hardTanhOp: Composite<undefined> = {
  name: 'hardTanh',
  compute: ([x]) => where(greater(x, 1), 1, where(greater(-1, x), -1, x)),
};

/**
 * Returns x limited to [-1, 1]. The derivative at -1 and 1 is 1, as in JAX. Mirrors
 * jax.nn.hard_tanh.
 *
 * @example
 * console.log(hardTanh(tensor([-2, 0.5, 2]))); // → Tensor [3] [-1, 0.5, 1]
 */
export function hardTanh(x: TensorLike): Tensor {
  return bindComposite(hardTanhOp, [x], undefined);
}

const mishOp: Composite<undefined> = { name: 'mish', compute: ([x]) => mul(x, tanh(softplus(x))) };

/**
 * Returns x·tanh(softplus(x)). Mirrors jax.nn.mish. Source: https://arxiv.org/abs/1908.08681
 *
 * @example
 * console.log(mish(tensor([-1, 0, 1]))); // → Tensor [3] [-0.3034, 0, 0.8651]
 */
export function mish(x: TensorLike): Tensor {
  return bindComposite(mishOp, [x], undefined);
}

const softSignPrimitive: ElementwisePrimitive = {
  name: 'softSign',
  scalar: (s, x) => s.div(x, s.add(s.constant(1), s.abs(x))),
  // The derivative of the quotient would be a difference that loses its digits for large x.
  vjp: (ct, [x]) => {
    const total = add(1, abs(x));
    return [() => div(div(ct, total), total)];
  },
};

/**
 * Returns x / (1 + |x|). d/dx = 1 / (1 + |x|)². Mirrors jax.nn.soft_sign.
 *
 * @example
 * console.log(softSign(tensor([-1, 0, 3]))); // → Tensor [3] [-0.5, 0, 0.75]
 */
export function softSign(x: TensorLike): Tensor {
  return bind(softSignPrimitive, [x], undefined);
}

const squareplusOp: Composite<number> = {
  name: 'squareplus',
  compute: ([x], b) => {
    // Halved before the sum, which could overflow.
    const half = add(mul(0.5, abs(x)), mul(0.5, hypot(x, Math.sqrt(b))));
    return where(greaterEqual(x, 0), half, div(b / 4, half));
  },
};

/** The smoothness of `squareplus`, a number > 0; default 4. */
export interface SquareplusOptions {
  /** How smooth the bend at 0 is. Default 4. */
  readonly b?: number;
}

/**
 * Returns (x + √(x² + b)) / 2, without cancellation for x < 0. d/dx = ½·(1 + x / √(x² + b)).
 *
 * Throws a RangeError unless b (default 4) is a finite number > 0. Mirrors jax.nn.squareplus.
 * Source: https://arxiv.org/abs/2112.11687
 *
 * @example
 * console.log(squareplus(tensor([-1, 0, 1]))); // → Tensor [3] [0.618, 1, 1.618]
 */
export function squareplus(x: TensorLike, options: SquareplusOptions = {}): Tensor {
  const input = toTensor('squareplus', x);
  const { b = 4 } = checkOptions('squareplus', options, ['b']);
  checkNumber('squareplus', 'b', b, 'a finite number > 0', (value) => value > 0);
  return bindComposite(squareplusOp, [input], b);
}

const gluOp: Composite<number> = {
  name: 'glu',
  compute: ([x], axis) => {
    const [a, b] = split(x, 2, { axis });
    return mul(a, sigmoid(b));
  },
};

/** The axis to halve; default -1. */
export interface GluOptions {
  /** The axis that is halved. Default -1. */
  readonly axis?: number;
}

/**
 * Returns a·σ(b), where a and b are the first and second half of x along an axis (default -1).
 *
 * The result has half the size of x along the axis. Throws a RangeError if that size is odd.
 * Mirrors jax.nn.glu. Source: https://arxiv.org/abs/1612.08083
 *
 * @example console.log(glu(tensor([3, 4, 0, 0])).toArray()); // → [ 1.5, 2 ]
 */
export function glu(x: TensorLike, options: GluOptions = {}): Tensor {
  const input = toTensor('glu', x);
  const { axis = -1 } = checkOptions('glu', options, ['axis']);
  const checked = checkAxis('glu', axis, input.ndim, input.shape);
  if (input.shape[checked] % 2 !== 0)
    throw rangeError(
      'glu',
      `axis cannot be halved: expected an even size of axis ${checked}, got shape ${formatShape(input.shape)}`,
    );
  return bindComposite(gluOp, [input], checked);
}
