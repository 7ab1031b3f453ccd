/** Products along axes, and their derivatives of every order. */
import type { Values } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { sizeOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { mul } from './arithmetic.ts';
import {
  type ReduceAttributes,
  type ReduceOptions,
  reduceLoops,
  reduceWith,
  repeatAlong,
  shapeWithout,
} from './reduce.ts';
import { transpose, withShape } from './structure.ts';
import * as reductions from '../kernels/reductions.ts';

type Multiply = (a: number, b: number) => number;

/** Returns the multiplication a·b for the product of a row: see the reduction `prod`. */
const multiplyFor = (x: Values, first: number, count: number): Multiply => {
  // x - x is 0 only if x is finite.
  for (let i = first; i < first + count; i++) if (x[i] - x[i] !== 0) return multiply;
  return multiplyFinite;
};
const multiplyFinite: Multiply = (a, b) => (a === 0 || b === 0 ? 0 : a * b);
const multiply: Multiply = (a, b) => a * b;

/**
 * Computes for each element the product of the others in its row, or the derivative of that product
 * along some directions.
 *
 * With directions v, w, … each factor xⱼ becomes xⱼ + vⱼ·ε + wⱼ·δ + … with ε² = δ² = … = 0, and the
 * result is the coefficient of ε·δ·… in the product. An extended product has one coefficient for
 * each subset of the directions, indexed by bit mask. The result is symmetric in the factors and in
 * the directions, so its derivatives have the same form.
 */
const computeOthers = (out: Values, x: Values, directions: readonly Values[], count: number): void => {
  const sets = 2 ** directions.length;
  let times: Multiply;
  /** Writes the product at `from` times the extended factor i to `to`. */
  const extend = (products: Float64Array, to: number, from: number, i: number): void => {
    for (let set = sets - 1; set >= 0; set--) {
      let total = times(products[from + set], x[i]);
      for (let d = 0; d < directions.length; d++)
        if (set & (1 << d)) total += times(products[from + (set ^ (1 << d))], directions[d][i]);
      products[to + set] = total;
    }
  };
  const before = new Float64Array(sets);
  const after = new Float64Array(count * sets);
  for (let first = 0; first < x.length; first += count) {
    times = multiplyFor(x, first, count);
    after.fill(0);
    after[(count - 1) * sets] = 1;
    for (let j = count - 1; j > 0; j--) extend(after, (j - 1) * sets, j * sets, first + j);
    before.fill(0);
    before[0] = 1;
    for (let j = 0; j < count; j++) {
      let total = 0;
      for (let set = 0; set < sets; set++) total += times(before[set], after[(j + 1) * sets - 1 - set]);
      out[first + j] = total;
      extend(before, 0, 0, first + j);
    }
  }
};

/**
 * Computes for each element the product of the others in its row: `computeOthers` without
 * directions, three times as fast.
 */
const computeGradient = (out: Values, x: Values, count: number): void => {
  const after = new Float64Array(count);
  for (let first = 0; first < x.length; first += count) {
    const times = multiplyFor(x, first, count);
    let product = 1;
    for (let j = count - 1; j >= 0; j--) {
      after[j] = product;
      product = times(product, x[first + j]);
    }
    product = 1;
    for (let j = 0; j < count; j++) {
      out[first + j] = times(product, after[j]);
      product = times(product, x[first + j]);
    }
  }
};

const otherProductsPrimitive: LoopPrimitive<undefined> = {
  name: 'otherProducts',
  shape: ([shape]) => shape,
  loops: ([[, count]]) => [
    {
      kind: 'direct',
      mayFail: false,
      compute: (out, x, ...directions) =>
        directions.length === 0 ? computeGradient(out, x, count) : computeOthers(out, x, directions, count),
    },
  ],
  vjp: (ct, [x, ...directions]) => [
    () => otherProducts(x, [...directions, ct]),
    ...directions.map((_, d) => () => otherProducts(x, directions.with(d, ct))),
  ],
};

/**
 * Returns for each element the product of the other elements in its row. With `directions`, returns
 * the derivatives of these products along them.
 */
const otherProducts = (x: Tensor, directions: readonly Tensor[]): Tensor =>
  bind(otherProductsPrimitive, [x, ...directions], undefined);

/** The derivative of the product along `axes`: the product of the other elements. */
const slopeOfProduct = (x: Tensor, axes: readonly number[]): Tensor => {
  const rest = [...x.shape.keys()].filter((a) => !axes.includes(a));
  const order = [...rest, ...axes];
  const moved = transpose(x, order);
  const count = sizeOf(axes.map((a) => x.shape[a]));
  const rows = withShape(moved, [sizeOf(rest.map((a) => x.shape[a])), count]);
  const back = order.map((_, a) => order.indexOf(a));
  return transpose(withShape(otherProducts(rows, []), moved.shape), back);
};

const prodPrimitive: LoopPrimitive<ReduceAttributes> = {
  name: 'prod',
  shape: shapeWithout,
  loops: reduceLoops(reductions.prod),
  vjp: (ct, [x], _out, { axes }) => [() => mul(repeatAlong(ct, x, axes), slopeOfProduct(x, axes))],
};

/**
 * Returns the product of the elements along the axes; 1 for no elements. Mirrors numpy.prod.
 *
 * The elements are multiplied one after another in double precision, and the result is rounded
 * once. It is accurate if, for every n, the product of the first n elements is in the range of
 * float32. The derivative with respect to an element is the product of the others, also where
 * elements are 0.
 *
 * @example console.log(prod(tensor([2, 3, 4])).item()); // → 24
 */
export function prod(x: TensorLike, options: ReduceOptions = {}): Tensor {
  return reduceWith(prodPrimitive, x, options);
}
