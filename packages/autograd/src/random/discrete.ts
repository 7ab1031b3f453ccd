/** Samplers of discrete distributions: integers, categories, orders and choices. */
import { asOp, rangeError } from '../base/errors.ts';
import {
  checkAxis,
  checkBoolean,
  checkBroadcast,
  checkIndexable,
  checkInteger,
  checkOptions,
  checkShape,
  checkSize,
  toTensor,
  wrongType,
} from '../core/check.ts';
import { checkedPrimitive } from '../ops/checked.ts';
import { add, mul, sub } from '../ops/arithmetic.ts';
import { less } from '../ops/compare.ts';
import { tensor } from '../ops/creation.ts';
import { take } from '../ops/indexing.ts';
import { argmax, cumsum, forEachLine } from '../ops/lines.ts';
import { log } from '../ops/math.ts';
import { sum } from '../ops/reduce.ts';
import { where } from '../ops/select.ts';
import { withShape } from '../ops/structure.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { MAX_EXACT_INTEGER } from '../base/limits.ts';
import { type Shape, formatShape, sameShape, sizeOf } from '../base/shape.ts';
import { type Tensor, type TensorLike, isTensor } from '../core/tensor.ts';
import { integersKernel } from '../kernels/threefry.ts';
import { type Key, bits, checkKey, rawBits, split } from './keys.ts';
import { gumbel, unit } from './continuous.ts';

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
  checkInteger(op, 'minval', minval, -MAX_EXACT_INTEGER, MAX_EXACT_INTEGER);
  checkInteger(op, 'maxval', maxval, -MAX_EXACT_INTEGER, MAX_EXACT_INTEGER);
  if (minval >= maxval)
    throw rangeError(op, `invalid range: expected minval < maxval, got ${minval} and ${maxval}`);
  const checked = checkShape(op, shape);
  const [first, second] = asOp(op, () => split(key));
  const operands = [rawBits(op, first, checked), rawBits(op, second, checked)];
  return bind(integersPrimitive, operands, { minval, span: maxval - minval });
}

const probabilitiesPrimitive = checkedPrimitive<undefined>('random.bernoulli', (p) => {
  const bad = p.find((value) => !(value >= 0 && value <= 1));
  if (bad !== undefined)
    throw rangeError('random.bernoulli', `invalid p: expected numbers in [0, 1], got ${bad}`);
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
  if (!sameShape(checkBroadcast(op, [out, probability.shape]), out)) {
    throw rangeError(
      op,
      `shapes do not broadcast: expected p to broadcast to ${formatShape(out)}, got ${formatShape(probability.shape)}`,
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
    const [next, use] = asOp(op, () => split(rest));
    rest = next;
    const sortKeys = asOp(op, () => bits(use, [n]));
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
    const order = shuffled(op, key, checkInteger(op, 'size', nOrX.shape[checked], 0, MAX_EXACT_INTEGER));
    return asOp(op, () => take(nOrX, tensor(order), { axis: checked }));
  }
  return tensor(shuffled(op, key, checkInteger(op, 'n', nOrX, 0, MAX_EXACT_INTEGER)));
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
      throw rangeError('random.categorical', `invalid logits: expected numbers below Infinity, got ${bad}`);
    forEachLine(shape, axis, (_line, start, step) => {
      for (let i = 0; i < shape[axis]; i++) if (logits[start + i * step] !== -Infinity) return;
      throw rangeError(
        'random.categorical',
        `no possible category: expected a logit above -Infinity, got only -Infinity along axis ${axis} of shape ${formatShape(shape)}`,
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
    throw rangeError(
      op,
      `no categories to choose from: expected axis ${checked} to have some, got shape ${formatShape(input.shape)}`,
    );
  checkIndexable(op, input.shape, checked);
  const batch = input.shape.filter((_, a) => a !== checked);
  const out = shape === undefined ? batch : checkShape(op, shape);
  const prefix = out.slice(0, Math.max(0, out.length - batch.length));
  if (!sameShape(out, [...prefix, ...batch])) {
    throw rangeError(
      op,
      `invalid shape: expected one that ends with ${formatShape(batch)}, got ${formatShape(out)}`,
    );
  }
  const possible = bind(logitsPrimitive, [input], { axis: checked });
  const noise = asOp(op, () => gumbel(key, [...prefix, ...input.shape]));
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
  const n = checkInteger(op, 'n', x === undefined ? nOrX : x.shape[0], 1, MAX_EXACT_INTEGER);
  const out = checkShape(op, shape);
  const count = sizeOf(out);
  if (x !== undefined) checkSize(op, [...out, ...x.shape.slice(1)]);
  if (!replace && count > n)
    throw rangeError(op, `too many choices without replacement: expected at most ${n}, got ${count}`);
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
    : largestPlaces(add(gumbel(key, [n]), logOrNever(p)), count);
};

/**
 * Checks probabilities, which need not add up to 1, of n things of which `needed` must be possible.
 */
const checkProbabilities = (op: string, p: unknown, n: number, needed: number): void => {
  if (!isTensor(p)) throw wrongType(op, 'p', 'a Tensor', p);
  if (!sameShape(p.shape, [n]))
    throw rangeError(op, `invalid p: expected shape [${n}], got ${formatShape(p.shape)}`);
  const values = p.read(op);
  const bad = values.find((value) => !(value >= 0 && value < Infinity));
  if (bad !== undefined) throw rangeError(op, `invalid p: expected finite numbers ≥ 0, got ${bad}`);
  const possible = values.filter((value) => value > 0).length;
  if (possible === 0) throw rangeError(op, 'invalid p: expected a probability above 0, got only 0');
  if (possible < needed)
    throw rangeError(
      op,
      `too many choices without replacement: expected at most ${possible}, which have a probability above 0, got ${needed}`,
    );
  if (asOp(op, () => sum(p)).item() === Infinity)
    throw rangeError(op, 'invalid p: expected a finite sum, got Infinity');
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
