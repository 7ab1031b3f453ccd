/** Products along axes, and their derivatives of every order. */
import { asOp } from '../base/errors.ts';
import type { Values } from '../compiler/loops.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { reducedShape, sizeOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { mul } from './arithmetic.ts';
import { type ReduceOptions, checkReduction } from './reduce.ts';
import { broadcastTo, transpose, withShape } from './structure.ts';

type Multiply = (a: number, b: number) => number;

/**
 * Returns the multiplication a·b for a product of `factors`.
 *
 * If all factors are finite, a partial product of ±Infinity has overflowed. Times 0 it is then 0
 * instead of NaN, as in exact arithmetic.
 */
const multiplyFor = (factors: Values): Multiply =>
  factors.every(Number.isFinite) ? (a, b) => (a === 0 || b === 0 ? 0 : a * b) : (a, b) => a * b;

/**
 * Computes the product of each row.
 *
 * Four rows at a time: each product waits for the one before it in its row. Plain multiplication
 * has the result of `multiplyFor`, unless it is NaN or 0.
 */
const computeProducts = (out: Values, x: Values, rows: number, count: number): void => {
  const rowAt = (row: number): number => Math.min(row, rows - 1) * count;
  // In double precision, products that float32 rounds to 0 are not 0.
  const products = new Float64Array(rows);
  for (let row = 0; row < rows; row += 4) {
    const [i, j, k, l] = [rowAt(row), rowAt(row + 1), rowAt(row + 2), rowAt(row + 3)];
    let [a, b, c, d] = [1, 1, 1, 1];
    for (let at = 0; at < count; at++) {
      a *= x[i + at];
      b *= x[j + at];
      c *= x[k + at];
      d *= x[l + at];
    }
    products[row] = a;
    // Beyond the last row, nothing is written.
    products[row + 1] = b;
    products[row + 2] = c;
    products[row + 3] = d;
  }
  let multiply: Multiply | undefined;
  for (let row = 0; row < rows; row++) {
    let product = products[row];
    if (product === 0 || Number.isNaN(product)) {
      multiply ??= multiplyFor(x);
      product = 1;
      for (let i = row * count; i < (row + 1) * count; i++) product = multiply(product, x[i]);
    }
    out[row] = product;
  }
};

const prodPrimitive: LoopPrimitive<undefined> = {
  name: 'prod',
  shape: ([[rows]]) => [rows],
  loops: ([[rows, count]]) => [
    {
      kind: 'direct',
      mayFail: false,
      compute: (out, x) => computeProducts(out, x, rows, count),
    },
  ],
  vjp: (ct, [x]) => [() => mul(withShape(ct, [ct.size, 1]), otherProducts(x, []))],
};

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
  const multiply = multiplyFor(x);
  /** Writes the product at `from` times the extended factor i to `to`. */
  const extend = (products: Float64Array, to: number, from: number, i: number): void => {
    for (let set = sets - 1; set >= 0; set--) {
      let total = multiply(products[from + set], x[i]);
      for (let d = 0; d < directions.length; d++)
        if (set & (1 << d)) total += multiply(products[from + (set ^ (1 << d))], directions[d][i]);
      products[to + set] = total;
    }
  };
  const before = new Float64Array(sets);
  const after = new Float64Array(count * sets);
  for (let first = 0; first < x.length; first += count) {
    after.fill(0);
    after[(count - 1) * sets] = 1;
    for (let j = count - 1; j > 0; j--) extend(after, (j - 1) * sets, j * sets, first + j);
    before.fill(0);
    before[0] = 1;
    for (let j = 0; j < count; j++) {
      let total = 0;
      for (let set = 0; set < sets; set++) total += multiply(before[set], after[(j + 1) * sets - 1 - set]);
      out[first + j] = total;
      extend(before, 0, 0, first + j);
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
      compute: (out, x, ...directions) => computeOthers(out, x, directions, count),
    },
  ],
  vjp: (ct, [x, ...directions]) => [
    () => otherProducts(x, [...directions, ct]),
    ...directions.map((_, d) => () => otherProducts(x, directions.with(d, ct))),
  ],
};

/**
 * Returns for each element the product of the others in its row, or its derivative along
 * `directions`.
 */
const otherProducts = (x: Tensor, directions: readonly Tensor[]): Tensor =>
  bind(otherProductsPrimitive, [x, ...directions], undefined);

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
  const { input, axes, keepdims, count } = checkReduction('prod', x, options);
  const shape = reducedShape(input.shape, axes, keepdims);
  if (count === 0) return asOp('prod', () => broadcastTo(1, shape));
  const rest = [...input.shape.keys()].filter((a) => !axes.includes(a));
  return asOp('prod', () => {
    const rows = withShape(transpose(input, [...rest, ...axes]), [sizeOf(shape), count]);
    return withShape(bind(prodPrimitive, [rows], undefined), shape);
  });
}
