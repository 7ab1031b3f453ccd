/** Samplers of discrete distributions: integers, categories, orders and choices. */
import { asOp, checkBoolean, checkOptions } from '../core/check.ts';
import { checkedPrimitive } from '../ops/checked.ts';
import { checkInteger, describe } from '../base/describe.ts';
import { add, mul, sub } from '../ops/arithmetic.ts';
import { less } from '../ops/compare.ts';
import { tensor } from '../ops/creation.ts';
import { take } from '../ops/indexing.ts';
import { argmax, cumsum, forEachLine } from '../ops/lines.ts';
import { log } from '../ops/math.ts';
import { sum } from '../ops/reduce.ts';
import { where } from '../ops/select.ts';
import { withShape } from '../ops/structure.ts';
import { bind, toTensor } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
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
} from '../base/shape.ts';
import { isTensor, type Tensor, type TensorLike } from '../core/tensor.ts';
import { integersKernel } from '../kernels/threefry.ts';
import { bitsFor, checkKey, type Key, rawBits, splitFor } from './keys.ts';
import { gumbelFor, unit } from './continuous.ts';

const integersPrimitive: LoopPrimitive<{ minval: number; span: number }> = {
  name: 'random.randint',
  shape: ([high]) => high,
  loops: ([high], { minval, span }) => [
    { kind: 'bits', kernel: integersKernel, parameters: [minval, span, sizeOf(high)] },
  ],
};

/**
 * Random integers in [minval, maxval), both within ±2²⁴, so that float32 holds them exactly.
 * Mirrors jax.random.randint, but throws a RangeError where there is no such integer; JAX returns
 * minval.
 */
export function randint(key: Key, shape: Shape, minval: number, maxval: number): Tensor {
  const op = 'random.randint';
  checkInteger(op, 'minval', minval, -EXACT_INTEGERS, EXACT_INTEGERS);
  checkInteger(op, 'maxval', maxval, -EXACT_INTEGERS, EXACT_INTEGERS);
  if (minval >= maxval)
    throw new RangeError(`${op}: minval must be less than maxval: ${minval} and ${maxval}`);
  const checked = checkShape(op, shape);
  const [first, second] = splitFor(op, key, 2);
  const operands = [rawBits(op, first, checked), rawBits(op, second, checked)];
  return bind(integersPrimitive, operands, { minval, span: maxval - minval });
}

const probabilitiesPrimitive = checkedPrimitive<undefined>('random.bernoulli', (p) => {
  const bad = p.find((value) => !(value >= 0 && value <= 1));
  if (bad !== undefined) throw new RangeError(`random.bernoulli: p must be in [0, 1]: ${bad}`);
});

/**
 * 1 with probability p (default ½), else 0, in the given shape or that of p. Mirrors
 * jax.random.bernoulli. Throws a RangeError for a p outside of [0, 1]; a compiled function throws
 * when it runs.
 */
export function bernoulli(key: Key, p: TensorLike = 0.5, shape?: Shape): Tensor {
  const op = 'random.bernoulli';
  const probability = toTensor(op, p, 'p');
  const out = checkShape(op, shape ?? probability.shape);
  if (!sameShape(broadcastShapes(op, [out, probability.shape]), out)) {
    throw new RangeError(
      `${op}: p of shape ${formatShape(probability.shape)} does not broadcast to ${formatShape(out)}`,
    );
  }
  const checked = bind(probabilitiesPrimitive, [probability], undefined);
  const u = unit(op, key, out);
  return asOp(op, () => less(u, checked));
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

/**
 * The numbers 0 … n - 1, or the slices of a tensor along `axis` (default 0), in random order.
 * Mirrors jax.random.permutation.
 */
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
    const order = shuffled(op, key, checkInteger(op, 'size', nOrX.shape[checked], 0, EXACT_INTEGERS));
    return asOp(op, () => take(nOrX, tensor(order), { axis: checked }));
  }
  return tensor(shuffled(op, key, checkInteger(op, 'n', nOrX, 0, EXACT_INTEGERS)));
}

/**
 * The axis of the categories (default the last) and the shape of the result (default: that of the
 * logits without it).
 */
export interface CategoricalOptions {
  readonly axis?: number;
  readonly shape?: Shape;
}

const logitsPrimitive = checkedPrimitive<{ axis: number }>(
  'random.categorical',
  (logits, { axis }, shape) => {
    const bad = logits.find((value) => !(value < Infinity));
    if (bad !== undefined)
      throw new RangeError(`random.categorical: logits must be less than Infinity: ${bad}`);
    forEachLine(shape, axis, (_line, start, step) => {
      for (let i = 0; i < shape[axis]; i++) if (logits[start + i * step] !== -Infinity) return;
      throw new RangeError(
        `random.categorical: no category is possible where all logits are -Infinity: axis ${axis} of shape ${formatShape(shape)}`,
      );
    });
  },
);

/**
 * Random categories 0 … n - 1 with probabilities softmax(logits). A `shape` must end with the shape
 * of the logits without `axis`. Mirrors jax.random.categorical. Throws a RangeError for logits that
 * are NaN or Infinity, or all -Infinity along the axis; a compiled function throws when it runs.
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
  const possible = bind(logitsPrimitive, [input], { axis: checked });
  const noise = gumbelFor(op, key, [...prefix, ...input.shape]);
  return asOp(op, () => argmax(add(noise, possible), { axis: checked - input.ndim }));
}

/**
 * How many to choose, whether one may be chosen twice (default true), and the probabilities
 * (default: all the same).
 */
export interface ChoiceOptions {
  readonly shape?: Shape;
  readonly replace?: boolean;
  readonly p?: Tensor;
}

/**
 * Random choices from 0 … n - 1, or from the slices of a tensor along its first axis. Mirrors
 * jax.random.choice. Throws a RangeError if without replacement there are not as many as asked for
 * whose probability is not 0.
 */
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
  if (p !== undefined) checkProbabilities(op, p, n, replace ? 1 : count);
  return asOp(op, () => {
    const places = withShape(choosePlaces(op, key, n, p, out, replace), out);
    return x === undefined ? places : take(x, places);
  });
}

const choosePlaces = (
  op: string,
  key: Key,
  n: number,
  p: Tensor | undefined,
  shape: Shape,
  replace: boolean,
): Tensor => {
  if (replace) return p === undefined ? randint(key, shape, 0, n) : searchCumulative(op, key, p, shape);
  const count = sizeOf(shape);
  return p === undefined
    ? takeFirst(shuffled(op, key, n), count)
    : largestPlaces(add(gumbelFor(op, key, [n]), logOrNever(p)), count);
};

/**
 * Checks probabilities, which need not add up to 1, of n things of which `needed` must be possible.
 */
const checkProbabilities = (op: string, p: unknown, n: number, needed: number): void => {
  if (!isTensor(p)) throw new TypeError(`${op}: p must be a Tensor: ${describe(p)}`);
  if (!sameShape(p.shape, [n]))
    throw new RangeError(`${op}: p must have shape [${n}]: ${formatShape(p.shape)}`);
  const values = p.read(op);
  const bad = values.find((value) => !(value >= 0 && value < Infinity));
  if (bad !== undefined) throw new RangeError(`${op}: p must be finite and not negative: ${bad}`);
  const possible = values.filter((value) => value > 0).length;
  if (possible === 0) throw new RangeError(`${op}: p must not be all zero`);
  if (possible < needed)
    throw new RangeError(
      `${op}: ${needed} choices without replacement, but only ${possible} have a probability above 0`,
    );
  if (asOp(op, () => sum(p)).item() === Infinity) throw new RangeError(`${op}: the sum of p must be finite`);
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
        // Tiny probabilities can round r to 0.
        if (running[middle] < value || running[middle] === 0) low = middle + 1;
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
