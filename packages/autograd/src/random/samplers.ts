/** Random numbers from keys: the same bits as JAX (partitionable Threefry, its default since 0.5). */
import type { ScalarRule } from '../compiler/algebra.ts';
import * as doubles from '../compiler/doubles.ts';
import { erf } from '../compiler/erf.ts';
import { checkBoolean, checkNumber, checkOptions } from '../check.ts';
import { add, mul, neg, sub } from '../ops/arithmetic.ts';
import { less } from '../ops/compare.ts';
import { tensor } from '../ops/creation.ts';
import { take } from '../ops/indexing.ts';
import { log } from '../ops/math.ts';
import { argmax, cumsum } from '../ops/lines.ts';
import { where } from '../ops/select.ts';
import { withShape } from '../ops/structure.ts';
import { bind, type ElementwisePrimitive, type LoopPrimitive, toTensor } from '../primitive.ts';
import { checkInteger, describe } from '../describe.ts';
import {
  broadcastShapes,
  checkAxis,
  checkIndexable,
  checkShape,
  checkSize,
  EXACT_INTEGERS,
  formatShape,
  sameShape,
  type Shape,
  sizeOf,
} from '../shape.ts';
import { isTensor, type Tensor, type TensorLike } from '../tensor.ts';
import { integersKernel, unitKernel } from './kernels.ts';
import { bitsFor, checkKey, type Key, rawBits, splitFor } from './keys.ts';
import { debugging } from '../debugging.ts';

const unitPrimitive: LoopPrimitive<{ shape: Shape }> = {
  name: 'random.uniform',
  shape: (_shapes, { shape }) => shape,
  loops: (_shapes, { shape }) => [{ kind: 'bits', kernel: unitKernel, parameters: [0, sizeOf(shape)] }],
};

/** Multiples of 2⁻²³ in [0, 1). */
const unit = (op: string, key: Key, shape: Shape): Tensor => {
  const { words } = checkKey(op, key);
  const checked = checkShape(op, shape);
  debugging.keys?.use(op, words);
  return bind(unitPrimitive, [words], { shape: checked });
};

const scalePrimitive: ElementwisePrimitive<undefined> = {
  name: 'random.uniform',
  scalar: (s, u, low, range) => s.max(low, s.elementary(doubles.multiplyAdd, u, range, low)),
};

/** u in [0, 1) stretched to [low, high), as XLA does it: with one rounding. */
const stretch = (u: Tensor, low: number, high: number): Tensor => {
  const [from, to] = [Math.fround(low), Math.fround(high)];
  return bind(scalePrimitive, [u, from, Math.fround(to - from)], undefined);
};

/** Bounds of uniform numbers; default 0 and 1. */
export interface UniformOptions {
  readonly minval?: number;
  readonly maxval?: number;
}

/** Uniform random numbers in [minval, maxval). Mirrors jax.random.uniform. */
export function uniform(key: Key, shape: Shape = [], options: UniformOptions = {}): Tensor {
  const op = 'random.uniform';
  const { minval = 0, maxval = 1 } = checkOptions(op, options, ['minval', 'maxval']);
  checkNumber(op, 'minval', minval);
  checkNumber(op, 'maxval', maxval);
  if (maxval < minval) throw new RangeError(`${op}: maxval is less than minval: ${minval} and ${maxval}`);
  if (![minval, maxval, maxval - minval].every((bound) => Number.isFinite(Math.fround(bound))))
    throw new RangeError(`${op}: the range is too large for float32: ${minval} to ${maxval}`);
  const u = unit(op, key, shape);
  return minval === 0 && maxval === 1 ? u : stretch(u, minval, maxval);
}

/** A normal number of a uniform one in (-1, 1). */
const normalOf: ScalarRule = (s, u) => s.mul(s.constant(Math.SQRT2), s.elementary(doubles.erfInv, u));

const normalPrimitive: ElementwisePrimitive<undefined> = { name: 'random.normal', scalar: normalOf };

const truncatedPrimitive: ElementwisePrimitive<undefined> = {
  name: 'random.truncatedNormal',
  scalar: (s, u, low, high) => s.min(s.max(normalOf(s, u), low), high),
};

/** The largest float32 number below 1, negative: numbers just inside (-1, 1). */
const JUST_ABOVE_MINUS_ONE = -(1 - 2 ** -24);

/** Random numbers from the normal distribution with mean 0 and standard deviation 1. Mirrors jax.random.normal. */
export function normal(key: Key, shape: Shape = []): Tensor {
  return bind(
    normalPrimitive,
    [stretch(unit('random.normal', key, shape), JUST_ABOVE_MINUS_ONE, 1)],
    undefined,
  );
}

/** The float32 number next to a finite x, towards +∞ or -∞. */
const nextAfter = (x: number, up: boolean): number => {
  if (x === 0) return up ? 2 ** -149 : -(2 ** -149);
  const value = Float32Array.of(x);
  const word = new Int32Array(value.buffer);
  word[0] += x > 0 === up ? 1 : -1;
  return value[0];
};

/** Standard normal numbers, drawn again until they lie in (lower, upper), in effect. Mirrors jax.random.truncated_normal. */
export function truncatedNormal(key: Key, lower: number, upper: number, shape: Shape = []): Tensor {
  const op = 'random.truncatedNormal';
  checkNumber(op, 'lower', lower);
  checkNumber(op, 'upper', upper);
  if (!(lower < upper)) throw new RangeError(`${op}: lower must be less than upper: ${lower} and ${upper}`);
  const bound = (x: number): number => erf(Math.fround(Math.fround(x) / Math.fround(Math.SQRT2)));
  const u = stretch(unit(op, key, shape), bound(lower), bound(upper));
  const limits = [nextAfter(Math.fround(lower), true), nextAfter(Math.fround(upper), false)];
  return bind(truncatedPrimitive, [u, ...limits], undefined);
}

const integersPrimitive: LoopPrimitive<{ minval: number; span: number }> = {
  name: 'random.randint',
  shape: ([high]) => high,
  loops: ([high], { minval, span }) => [
    { kind: 'bits', kernel: integersKernel, parameters: [minval, span, sizeOf(high)] },
  ],
};

/**
 * Random whole numbers in [minval, maxval), both within ±2²⁴, so that float32 holds them exactly. As in JAX, minval alone if
 * maxval is not larger. Mirrors jax.random.randint.
 */
export function randint(key: Key, shape: Shape, minval: number, maxval: number): Tensor {
  const op = 'random.randint';
  checkInteger(op, 'minval', minval, -EXACT_INTEGERS, EXACT_INTEGERS);
  checkInteger(op, 'maxval', maxval, -EXACT_INTEGERS, EXACT_INTEGERS);
  const checked = checkShape(op, shape);
  const [first, second] = splitFor(op, key, 2);
  const operands = [rawBits(op, first, checked), rawBits(op, second, checked)];
  return bind(integersPrimitive, operands, { minval, span: Math.max(1, maxval - minval) });
}

/** 1 with probability p (default ½), else 0, in the given shape or that of p. Mirrors jax.random.bernoulli. */
export function bernoulli(key: Key, p: TensorLike = 0.5, shape?: Shape): Tensor {
  const op = 'random.bernoulli';
  const probability = toTensor(op, p, 'p');
  const out = checkShape(op, shape ?? probability.shape);
  if (!sameShape(broadcastShapes(op, [out, probability.shape]), out)) {
    throw new RangeError(
      `${op}: p of shape ${formatShape(probability.shape)} does not broadcast to ${formatShape(out)}`,
    );
  }
  return less(unit(op, key, out), probability);
}

/** 0 … n - 1 in random order: sorted by random numbers, as often as makes equal ones unlikely. */
const shuffled = (op: string, key: Key, n: number): Float32Array<ArrayBuffer> => {
  let order = Float32Array.from({ length: n }, (_, i) => i);
  let rest = key;
  const rounds = n < 2 ? 0 : Math.ceil((3 * Math.log(n)) / Math.log(2 ** 32 - 1));
  for (let round = 0; round < rounds; round++) {
    const [next, use] = splitFor(op, rest, 2);
    rest = next;
    const sortKeys = bitsFor(op, use, [n]);
    const places = Uint32Array.from(order.keys()).sort((a, b) => sortKeys[a] - sortKeys[b] || a - b);
    order = Float32Array.from(places, (place) => order[place]);
  }
  return order;
};

/** The numbers 0 … n - 1, or the slices of a tensor along `axis` (default 0), in random order. Mirrors jax.random.permutation. */
export function permutation(
  key: Key,
  nOrX: number | Tensor,
  options: { readonly axis?: number } = {},
): Tensor {
  const op = 'random.permutation';
  checkKey(op, key);
  const { axis = 0 } = checkOptions(op, options, ['axis']);
  if (isTensor(nOrX)) {
    const checked = checkAxis(op, axis, nOrX.ndim, nOrX.shape);
    return take(
      nOrX,
      tensor(shuffled(op, key, checkInteger(op, 'size', nOrX.shape[checked], 0, EXACT_INTEGERS))),
      {
        axis: checked,
      },
    );
  }
  return tensor(shuffled(op, key, checkInteger(op, 'n', nOrX, 0, EXACT_INTEGERS)));
}

/** The smallest positive normal float32 number. */
const TINY = 2 ** -126;

/** Random numbers from the standard Gumbel distribution, -log(-log u). Mirrors jax.random.gumbel. */
export function gumbel(key: Key, shape: Shape = []): Tensor {
  return gumbelFor('random.gumbel', key, shape);
}

const gumbelFor = (op: string, key: Key, shape: Shape): Tensor =>
  neg(log(neg(log(stretch(unit(op, key, shape), TINY, 1)))));

/** The axis of the categories (default the last) and the shape of the result (default: that of the logits without it). */
export interface CategoricalOptions {
  readonly axis?: number;
  readonly shape?: Shape;
}

/**
 * Random categories 0 … n - 1 with probabilities softmax(logits). A `shape` must end with the shape of the logits without
 * `axis`. Mirrors jax.random.categorical.
 */
export function categorical(key: Key, logits: TensorLike, options: CategoricalOptions = {}): Tensor {
  const op = 'random.categorical';
  const input = toTensor(op, logits, 'logits');
  const { axis = -1, shape } = checkOptions(op, options, ['axis', 'shape']);
  const checked = checkAxis(op, axis, input.ndim, input.shape);
  if (input.shape[checked] === 0)
    throw new RangeError(`${op}: no categories to choose from: shape ${formatShape(input.shape)}`);
  checkIndexable(op, input.shape, checked);
  const batch = input.shape.filter((_, a) => a !== checked);
  const out = shape === undefined ? batch : checkShape(op, shape);
  const prefix = out.slice(0, Math.max(0, out.length - batch.length));
  if (!sameShape(out, [...prefix, ...batch])) {
    throw new RangeError(`${op}: shape ${formatShape(out)} must end with ${formatShape(batch)}`);
  }
  const noise = gumbelFor(op, key, [...prefix, ...input.shape]);
  return argmax(add(noise, input), { axis: checked - input.ndim });
}

/** How many to choose, whether one may be chosen twice (default true), and the probabilities (default: all the same). */
export interface ChoiceOptions {
  readonly shape?: Shape;
  readonly replace?: boolean;
  readonly p?: Tensor;
}

/** Random choices from 0 … n - 1, or from the slices of a tensor along its first axis. Mirrors jax.random.choice. */
export function choice(key: Key, nOrX: number | Tensor, options: ChoiceOptions = {}): Tensor {
  const op = 'random.choice';
  checkKey(op, key);
  const { shape = [], replace = true, p } = checkOptions(op, options, ['shape', 'replace', 'p']);
  checkBoolean(op, 'replace', replace);
  const x = isTensor(nOrX) ? nOrX : undefined;
  if (x !== undefined) checkAxis(op, 0, x.ndim, x.shape);
  const n = checkInteger(op, 'n', x === undefined ? nOrX : x.shape[0], 1, EXACT_INTEGERS);
  const out = checkShape(op, shape);
  const count = sizeOf(out);
  if (x !== undefined) checkSize(op, [...out, ...x.shape.slice(1)]);
  if (!replace && count > n) throw new RangeError(`${op}: ${count} choices from ${n} without replacement`);
  if (p !== undefined) checkProbabilities(op, p, n);
  let places: Tensor;
  if (p === undefined) places = replace ? randint(key, out, 0, n) : takeFirst(shuffled(op, key, n), count);
  else
    places = replace
      ? searchCumulative(op, key, p, out)
      : largestPlaces(add(gumbelFor(op, key, [n]), logOrNever(p)), count);
  const shaped = withShape(places, out);
  return x === undefined ? shaped : take(x, shaped);
}

const checkProbabilities = (op: string, p: unknown, n: number): void => {
  if (!isTensor(p)) throw new TypeError(`${op}: p must be a Tensor: ${describe(p)}`);
  if (!sameShape(p.shape, [n]))
    throw new RangeError(`${op}: p must have shape [${n}]: ${formatShape(p.shape)}`);
  const bad = p.data.find((value) => !(value >= 0 && value < Infinity));
  if (bad !== undefined) throw new RangeError(`${op}: p must be finite and not negative: ${bad}`);
  if (p.data.every((value) => value === 0)) throw new RangeError(`${op}: p must not be all zero`);
};

/** log p, and -∞ where p is 0, without taking the logarithm of 0. */
const logOrNever = (p: Tensor): Tensor => {
  const isPossible = less(0, p);
  return where(isPossible, log(where(isPossible, p, 1)), -Infinity);
};

const takeFirst = (order: Float32Array<ArrayBuffer>, count: number): Tensor =>
  tensor(order.subarray(0, count));

/** For each r in (0, total]: the first place where the running sum of p reaches it. */
const searchCumulative = (op: string, key: Key, p: Tensor, shape: Shape): Tensor => {
  const running = cumsum(p).data;
  const r = mul(running[running.length - 1], sub(1, unit(op, key, shape))).data;
  return tensor(
    r.map((value) => {
      let [low, high] = [0, running.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (running[middle] < value) low = middle + 1;
        else high = middle;
      }
      return low;
    }),
  );
};

const largestPlaces = (scores: Tensor, count: number): Tensor => {
  const { data } = scores;
  return tensor([...data.keys()].sort((a, b) => data[b] - data[a]).slice(0, count));
};
