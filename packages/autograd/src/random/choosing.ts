/** Permutations and choices. */
import { asOp, rangeError } from '../base/errors.ts';
import { makeRadixSorter } from '../core/radix-sort.ts';
import {
  checkAxis,
  checkBoolean,
  checkInteger,
  checkOptions,
  checkShape,
  checkSize,
  wrongType,
} from '../core/check.ts';
import { checkedPrimitive } from '../ops/checked.ts';
import { add, mul, neg, sub } from '../ops/arithmetic.ts';
import { less } from '../ops/compare.ts';
import { zeros } from '../ops/creation.ts';
import { take } from '../ops/indexing.ts';
import { cumsum } from '../ops/cumulative.ts';
import { where } from '../ops/select.ts';
import { slice } from '../ops/slicing.ts';
import { argsort } from '../ops/sorting.ts';
import { withShape } from '../ops/structure.ts';
import { bind } from '../core/bind.ts';
import type { ElementwisePrimitive, LoopPrimitive } from '../core/primitive.ts';
import { MAX_EXACT_INTEGER } from '../base/limits.ts';
import { type Shape, formatShape, sameShape, sizeOf } from '../base/shape.ts';
import { type Tensor, isTensor } from '../core/tensor.ts';
import * as elementary from '../kernels/elementary/index.ts';
import { type Key, checkKey, rawBits, split } from './keys.ts';
import { unit } from './continuous.ts';
import { gumbel } from './transformed.ts';
import { randint } from './discrete.ts';

/** Sorts 0 … n - 1 by the random bits of each round in turn. */
const permutationPrimitive: LoopPrimitive<undefined> = {
  name: 'random.permutation',
  shape: ([shape]) => shape,
  loops: ([[n]]) => [
    {
      kind: 'direct',
      mayFail: false,
      compute: (out, ...rounds) => {
        const { keys, values, sort } = makeRadixSorter(n);
        for (let i = 0; i < n; i++) values[i] = i;
        for (const { buffer, byteOffset } of rounds) {
          keys.set(new Int32Array(buffer, byteOffset, n));
          sort();
        }
        out.set(values);
      },
    },
  ],
};

/**
 * Returns 0 … n - 1 in random order.
 *
 * As in JAX, it sorts them by random 32-bit sort keys, in as many rounds as make equal sort keys
 * unlikely to affect the order.
 */
const shuffleIntegers = (op: string, key: Key, n: number): Tensor => {
  if (n < 2) return zeros([n]);
  let rest = key;
  const count = Math.ceil((3 * Math.log(n)) / Math.log(2 ** 32 - 1));
  const rounds = Array.from({ length: count }, () => {
    const [next, subkey] = asOp(op, () => split(rest));
    rest = next;
    return rawBits(op, subkey, [n]);
  });
  return asOp(op, () => bind(permutationPrimitive, rounds, undefined));
};

/**
 * Returns the numbers 0 … n - 1, or the slices of a tensor along `axis` (default 0), in random
 * order.
 *
 * Mirrors jax.random.permutation. To give the same order, it sorts by random numbers: once for up
 * to 1,625 elements, twice for more, and three times above 2.6 million. That takes several times as
 * long as to swap elements. Throws a RangeError for a number that is not an integer ≥ 0, for a
 * scalar tensor, and for an axis out of range.
 *
 * @example
 * const order = random.permutation(random.key(0), 5);
 * console.log(order.shape, sum(order).item()); // → [ 5 ] 10
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
    const order = shuffleIntegers(
      op,
      key,
      checkInteger(op, 'size', nOrX.shape[checked], 0, MAX_EXACT_INTEGER),
    );
    return asOp(op, () => take(nOrX, order, { axis: checked }));
  }
  return shuffleIntegers(op, key, checkInteger(op, 'n', nOrX, 0, MAX_EXACT_INTEGER));
}

/**
 * The shape of the result (default []), whether one element can be chosen more than once (default
 * true), and the probabilities p, of shape [n] (default: all equal).
 */
export interface ChoiceOptions {
  /** The shape of the choices. Default []. */
  readonly shape?: Shape;
  /** Whether an element can be chosen again. Default true. */
  readonly replace?: boolean;
  /** The probability of each element. By default all are equal. */
  readonly p?: Tensor;
}

/**
 * Returns random choices from 0 … n - 1, or from the slices of a tensor along its first axis.
 *
 * The probabilities `p` do not have to add up to 1. Throws a RangeError if one of them is negative
 * or not finite. Without replacement, also throws if fewer elements have a probability above 0 than
 * `shape` requires. A compiled function throws when it runs. Mirrors jax.random.choice.
 *
 * @example
 * const options = { shape: [2], replace: false };
 * const result = random.choice(random.key(0), tensor([10, 20, 30]), options);
 * console.log(result); // → Tensor [2] [10, 20]
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
  const probabilities = p === undefined ? undefined : checkProbabilities(op, p, n, replace ? 1 : count);
  return asOp(op, () => {
    const indices = withShape(chooseIndices(op, key, n, probabilities, out, replace), out);
    return x === undefined ? indices : take(x, indices);
  });
}

/** Returns sizeOf(shape) random indices in [0, n); the caller reshapes them. */
const chooseIndices = (
  op: string,
  key: Key,
  n: number,
  p: Tensor | undefined,
  shape: Shape,
  replace: boolean,
): Tensor => {
  if (replace) return p === undefined ? randint(key, shape, 0, n) : searchCumulative(op, key, p, shape);
  const count = sizeOf(shape);
  const order =
    p === undefined ? shuffleIntegers(op, key, n) : argsort(neg(add(gumbel(key, [n]), logProbabilities(p))));
  return slice(order, [0, count]);
};

/** Returns the probabilities of n elements, at least `needed` of which must be above 0. */
const choicePrimitive = checkedPrimitive<{ needed: number }>('random.choice', (p, { needed }) => {
  const op = 'random.choice';
  const bad = p.find((value) => !(value >= 0 && value < Infinity));
  if (bad !== undefined) throw rangeError(op, `invalid p: expected finite numbers ≥ 0, got ${bad}`);
  let [possible, total] = [0, 0];
  for (let i = 0; i < p.length; i++) {
    if (p[i] > 0) possible++;
    total += p[i];
  }
  if (possible === 0) throw rangeError(op, 'invalid p: expected a probability above 0, got only 0');
  if (possible < needed)
    throw rangeError(
      op,
      `too many choices without replacement: expected at most ${possible}, which have a probability above 0, got ${needed}`,
    );
  if (Math.fround(total) === Infinity) throw rangeError(op, 'invalid p: expected a finite sum, got Infinity');
});

/** Checks the probabilities of n elements. They do not have to add up to 1. */
const checkProbabilities = (op: string, p: unknown, n: number, needed: number): Tensor => {
  if (!isTensor(p)) throw wrongType(op, 'p', 'a Tensor', p);
  if (!sameShape(p.shape, [n]))
    throw rangeError(op, `invalid p: expected shape [${n}], got ${formatShape(p.shape)}`);
  return bind(choicePrimitive, [p], { needed });
};

/** A logarithm that is rounded once, so that choices stay the same. */
const logPrimitive: ElementwisePrimitive = {
  name: 'log',
  scalar: (s, p) => s.elementary(elementary.doubleLog, p),
};

/** Returns log p, and -∞ where p is 0, without computing log 0. */
const logProbabilities = (p: Tensor): Tensor => {
  const isPossible = less(0, p);
  return where(isPossible, bind(logPrimitive, [where(isPossible, p, 1)], undefined), -Infinity);
};

/** Finds, for each r, the first index where running sums reach r, by binary search. */
const searchPrimitive: LoopPrimitive<undefined> = {
  name: 'searchRunningSums',
  shape: ([, shape]) => shape,
  loops: ([[n]]) => [
    {
      kind: 'direct',
      mayFail: false,
      compute: (out, running, r) => {
        for (let i = 0; i < out.length; i++) {
          let [low, high] = [0, n - 1];
          while (low < high) {
            const middle = (low + high) >> 1;
            // If all probabilities are tiny, r can round to 0. Then skip indices of probability 0.
            if (running[middle] < r[i] || running[middle] === 0) low = middle + 1;
            else high = middle;
          }
          out[i] = low;
        }
      },
    },
  ],
};

/**
 * Returns random indices with probabilities proportional to p, where the running sum of p reaches a
 * uniform number in (0, total].
 */
const searchCumulative = (op: string, key: Key, p: Tensor, shape: Shape): Tensor => {
  const running = cumsum(p);
  const r = mul(slice(running, -1), sub(1, unit(op, key, shape)));
  return bind(searchPrimitive, [running, r], undefined);
};
