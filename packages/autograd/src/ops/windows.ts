/**
 * Linear and bilinear ops on sliding windows, and the largest element of each.
 *
 * The gradient of such a linear op is an op of the same form, with the result and one operand
 * swapped.
 */
import { bind } from '../core/bind.ts';
import { sizeOf } from '../base/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { identity } from '../kernels/algebra.ts';
import * as reductions from '../kernels/reductions.ts';
import { arange } from './creation.ts';
import { broadcastTo, withShape } from './structure.ts';
import {
  type WindowAttributes,
  type WindowKind,
  type Windows,
  spatialSizes,
  windowPrimitive,
} from './window-loops.ts';

/** Returns x, which is of the kind `from`, as the kind `to`. */
type WindowSum = (x: Tensor, to: WindowKind, from: WindowKind, windows: Windows) => Tensor;

/** Makes a function that adds the elements of its operand. Its op has the name of the user's op. */
/* @__NO_SIDE_EFFECTS__ */
const windowSumOf = (name: string): WindowSum => {
  const primitive = windowPrimitive(
    name,
    identity,
    reductions.sum,
    (ct, _inputs, _out, { result, operands: [operand], ...windows }) => [
      () => convert(ct, operand, result, windows),
    ],
  );
  const convert: WindowSum = (x, to, from, { axes, groups }) =>
    bind(primitive, [x], { result: to, operands: [from], axes, groups });
  return convert;
};

/** From input to windows it copies them; from windows to input it adds what overlaps. */
export const sumWindows: WindowSum = /* @__PURE__ */ windowSumOf('conv');

/** The same, for transposed convolutions. */
export const sumTransposed: WindowSum = /* @__PURE__ */ windowSumOf('convTranspose');

/**
 * From input to output it adds each window; from output to input it gives each element the sum over
 * the windows that it is in.
 */
export const sumPools: WindowSum = /* @__PURE__ */ windowSumOf('avgPool');

/** An operand with its kind. */
type Operand = readonly [WindowKind, Tensor];

/** Op that adds products of its two operands. */
const productPrimitive = /* @__PURE__ */ windowPrimitive(
  'conv',
  (s, a, b) => s.mul(a, b),
  reductions.sum,
  (ct, [a, b], _out, { result, operands: [first, second], ...windows }) => [
    () => windowProduct(first, [result, ct], [second, b], windows),
    () => windowProduct(second, [result, ct], [first, a], windows),
  ],
);

/**
 * Returns, for each element of the result, the sum of the products of two operands over all
 * triples.
 *
 * The kinds of the result and the operands are input, output and kernel, each once.
 */
export const windowProduct = (result: WindowKind, a: Operand, b: Operand, windows: Windows): Tensor => {
  // The first operand has a batch.
  const [[first, x], [second, y]] = a[0] === 'kernel' ? [b, a] : [a, b];
  const { axes, groups } = windows;
  return bind(productPrimitive, [x, y], { result, operands: [first, second], axes, groups });
};

/** Op that adds the elements of its first operand at one place of each window. */
const selectPrimitive = /* @__PURE__ */ windowPrimitive(
  'maxPool',
  (s, x, chosen, place) => s.select(s.equal(chosen, place), x, s.constant(0)),
  reductions.sum,
  (ct, [, chosen, places], _out, { result, operands: [from], ...windows }) => [
    () => windowSelect(from, [result, ct], chosen, places, windows),
  ],
);

const windowSelect = (
  result: WindowKind,
  [from, x]: Operand,
  chosen: Tensor,
  places: Tensor,
  { axes, groups }: Windows,
): Tensor =>
  bind(selectPrimitive, [x, chosen, places], { result, operands: [from, 'output', 'kernel'], axes, groups });

/** Op that finds the first place of each window with the largest element, or with NaN. */
const placePrimitive = /* @__PURE__ */ windowPrimitive(
  'maxPool',
  (s, x, largest, place) => {
    const isNumber = s.equal(x, x);
    return s.select(s.equal(x, largest), place, s.select(isNumber, s.constant(Infinity), place));
  },
  reductions.min,
);

/** Op that returns the largest element of each window. */
const maxPrimitive = /* @__PURE__ */ windowPrimitive(
  'maxPool',
  identity,
  reductions.max,
  (ct, [x], out, { axes, groups }) => [
    () => {
      const sizes = spatialSizes('kernel', axes);
      const numbers = withShape(arange(sizeOf(sizes)), [...sizes, 1]);
      const places = broadcastTo(numbers, [...sizes, x.shape[x.ndim - 1]]);
      const attrs: WindowAttributes = {
        result: 'output',
        operands: ['input', 'output', 'kernel'],
        axes,
        groups,
      };
      const chosen = bind(placePrimitive, [x, out, places], attrs);
      return windowSelect('input', ['output', ct], chosen, places, { axes, groups });
    },
  ],
);

/**
 * Returns the largest element of each window; NaN if one is NaN. Padding does not count: a window
 * without elements gives -Infinity.
 *
 * The derivative flows to the first place with that element, or with NaN.
 */
export const windowMax = (x: Tensor, { axes, groups }: Windows): Tensor =>
  bind(maxPrimitive, [x], { result: 'output', operands: ['input'], axes, groups });
