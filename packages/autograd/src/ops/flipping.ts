/** Reversing the order of elements along axes. */
import { type AxisArgument, checkAxes, readAxis, toTensor } from '../core/check.ts';
import { bind } from '../core/bind.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { stridesOf } from '../base/shape.ts';
import type { Tensor, TensorLike } from '../core/tensor.ts';
import { copyLoop } from './structure.ts';

const flipPrimitive: LoopPrimitive<{ axes: readonly number[] }> = {
  name: 'flip',
  shape: ([shape]) => shape,
  loops: ([shape], { axes }) => {
    const strides = stridesOf(shape);
    const offset = axes.reduce((sum, axis) => sum + (shape[axis] - 1) * strides[axis], 0);
    return [
      copyLoop(shape, { input: 0, offset, strides: strides.map((s, a) => (axes.includes(a) ? -s : s)) }),
    ];
  },
  vjp: (ct, _inputs, _out, { axes }) => [() => flip(ct, axes)],
};

/**
 * Returns x in reverse order along one axis or several; without `axis`, along all.
 *
 * `axis` is given alone or as an option. Mirrors numpy.flip.
 *
 * @example
 * console.log(flip(tensor([[1, 2], [3, 4]]), { axis: 1 }).toArray()); // → [ [ 2, 1 ], [ 4, 3 ] ]
 */
export function flip(x: TensorLike, axis?: AxisArgument): Tensor {
  const input = toTensor('flip', x);
  return bind(flipPrimitive, [input], { axes: checkAxes('flip', readAxis('flip', axis), input.shape) });
}
