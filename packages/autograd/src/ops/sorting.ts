/** Ops that sort. NaN counts as larger than every number, and 0 as equal to -0. */
import { asOp, rangeError } from '../base/errors.ts';
import { makeRadixSorter } from '../core/radix-sort.ts';
import { checkAxis, checkIndexable, checkInteger, checkOptions, toTensor } from '../core/check.ts';
import type { DirectLoop, Values } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { type Shape, formatShape } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { takeAlongAxis } from './indexing.ts';
import type { AxisOption } from './axis-option.ts';
import { mapLines } from './lines.ts';

/** A function that writes the indices that sort a line. */
type Order = (indices: Values, line: Values) => void;

/** Sorts by comparing, for the reference in double precision. */
const orderByComparing = (descending: boolean): Order => {
  const compare = (a: number, b: number): number =>
    Number(a > b) - Number(a < b) || Number(a !== a) - Number(b !== b);
  const sign = descending ? -1 : 1;
  return (indices, line) =>
    indices.set(Uint32Array.from(line.keys()).sort((i, j) => sign * compare(line[i], line[j]) || i - j));
};

const SIGN = 1 << 31;
/** The bits of the largest number, Infinity. Those of NaN without its sign are more. */
const INFINITY_BITS = 0x7f800000;

/**
 * Writes integer keys that sort like the numbers. They are the bits of the numbers, inverted for
 * negative numbers.
 */
const writeKeys = (keys: Int32Array, line: Values, descending: boolean): void => {
  const words = new Int32Array(line.buffer, line.byteOffset, line.length);
  const flip = descending ? -1 : 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    // Keys are unsigned. A choice by the sign would take several times as long, since the
    // processor cannot predict it.
    let key = word ^ ((word >> 31) | SIGN);
    // NaN has the largest key, and -0 has the same key as 0.
    if ((word & ~SIGN) > INFINITY_BITS) key = -1;
    else if (word === SIGN) key = SIGN;
    keys[i] = key ^ flip;
  }
};

/** Sorts by the digits of keys. */
const orderByRadix = (size: number, descending: boolean): Order => {
  const { keys, values, sort } = makeRadixSorter(size);
  return (indices, line) => {
    writeKeys(keys, line, descending);
    for (let i = 0; i < size; i++) values[i] = i;
    sort();
    indices.set(values);
  };
};

/** Returns the loop for the indices that sort each line. Equal elements keep their order. */
const argsortLoop = (shape: Shape, axis: number): DirectLoop => ({
  kind: 'direct',
  mayFail: false,
  compute: (out, x) => {
    const isSingle = x instanceof Float32Array;
    const order = isSingle ? orderByRadix(shape[axis], false) : orderByComparing(false);
    mapLines(out, [x], shape, axis, order);
  },
});

const argsortPrimitive: LoopPrimitive<{ axis: number }> = {
  name: 'argsort',
  shape: ([shape]) => shape,
  loops: ([shape], { axis }) => [argsortLoop(shape, axis)],
};

const checkSort = (op: string, x: TensorLike, options: AxisOption): { input: Tensor; axis: number } => {
  const input = toTensor(op, x);
  const { axis: given = -1 } = checkOptions(op, options, ['axis']);
  if (input.ndim === 0) throw rangeError(op, 'nothing to sort: expected at least one axis, got shape []');
  const axis = checkAxis(op, given, input.ndim, input.shape);
  checkIndexable(op, input.shape, axis);
  return { input, axis };
};

/**
 * Returns the indices that sort x along `axis` (default -1), in ascending order with NaN last.
 *
 * Equal elements keep their order. The derivative is zero. Mirrors numpy.argsort with kind
 * 'stable'.
 *
 * @example console.log(argsort(tensor([3, 1, NaN, 2])).toArray()); // → [ 1, 3, 0, 2 ]
 */
export function argsort(x: TensorLike, options: AxisOption = {}): Tensor {
  const { input, axis } = checkSort('argsort', x, options);
  return bind(argsortPrimitive, [input], { axis });
}

/**
 * Returns x sorted along `axis` (default -1), in ascending order with NaN last. Mirrors numpy.sort.
 *
 * Equal elements keep their order. The cotangent of each result flows to the element of x that it
 * came from.
 *
 * @example console.log(sort(tensor([3, 1, NaN, 2])).toArray()); // → [ 1, 2, 3, NaN ]
 */
export function sort(x: TensorLike, options: AxisOption = {}): Tensor {
  const { input, axis } = checkSort('sort', x, options);
  return asOp('sort', () => takeAlongAxis(input, argsort(input, { axis }), { axis }));
}

/** Up to this many are selected one by one. More are the first of all, sorted. */
const FEW_LARGEST = 32;

/** Writes the indices of the largest numbers of a line, the largest first, as many as fit. */
const selectLargest = (size: number, k: number): Order => {
  const [keys, best] = [new Int32Array(size), new Int32Array(k)];
  return (indices, line) => {
    writeKeys(keys, line, false);
    let count = 0;
    for (let i = 0; i < size; i++) {
      // Unsigned keys sort like signed ones with the other sign.
      const key = keys[i] ^ SIGN;
      if (count === k && key <= best[k - 1]) continue;
      let place = count < k ? count++ : k - 1;
      for (; place > 0 && best[place - 1] < key; place--) {
        best[place] = best[place - 1];
        indices[place] = indices[place - 1];
      }
      best[place] = key;
      indices[place] = i;
    }
  };
};

/** Sorts all, and keeps the first. */
const firstOf =
  (order: Order, k: number): Order =>
  (indices, line) => {
    const all = line.slice();
    order(all, line);
    indices.set(all.subarray(0, k));
  };

const topKPrimitive: LoopPrimitive<{ k: number }> = {
  name: 'topK',
  shape: ([shape], { k }) => [...shape.slice(0, -1), k],
  loops: ([shape], { k }) => [
    {
      kind: 'direct',
      mayFail: false,
      compute: (out, x) => {
        const size = shape[shape.length - 1];
        if (k === 0) return;
        const isSingle = x instanceof Float32Array;
        const order =
          isSingle && k <= FEW_LARGEST
            ? selectLargest(size, k)
            : firstOf(isSingle ? orderByRadix(size, true) : orderByComparing(true), k);
        for (let line = 0; line * size < x.length; line++)
          order(out.subarray(line * k, (line + 1) * k), x.subarray(line * size, (line + 1) * size));
      },
    },
  ],
};

/**
 * Returns the k largest elements along the last axis, in descending order, and their indices.
 *
 * Both results are [..., k]. Of equal elements, the first comes first. NaN counts as largest.
 * Throws a RangeError if k is larger than the axis. Mirrors jax.lax.top_k.
 *
 * @example
 * const [values, indices] = topK(tensor([5, 9, 7]), 2);
 * console.log(values.toArray(), indices.toArray()); // → [ 9, 7 ] [ 1, 2 ]
 */
export function topK(x: TensorLike, k: number): [values: Tensor, indices: Tensor] {
  const { input, axis } = checkSort('topK', x, {});
  const count = checkInteger('topK', 'k', k, 0);
  if (count > input.shape[axis])
    throw rangeError(
      'topK',
      `too few elements: expected at least k = ${count} along the last axis, got shape ${formatShape(input.shape)}`,
    );
  const indices = bind(topKPrimitive, [input], { k: count });
  return asOp('topK', () => [takeAlongAxis(input, indices, { axis }), indices]);
}
