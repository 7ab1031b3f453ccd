/** What all targets share: finds the shapes of results, and leaves out what changes nothing. */
import { sameShape } from '@mini/autograd/check';
import type { ElementType, Padding, Range, ReduceName, Shape, Value } from './target.ts';

const isInOrder = (order: readonly number[]): boolean => order.every((axis, i) => axis === i);

const isWhole = (ranges: readonly Range[], shape: Shape): boolean =>
  ranges.every(({ start, end, step }, axis) => start === 0 && end === shape[axis] && step === 1);

/** Operations on arrays: each finds the shape of its result, and leaves the rest to a `write…`. */
export abstract class ShapeRules {
  /** The array before its reshape, by the name of the result. Another reshape starts from it. */
  readonly #origins = new Map<string, Value>();

  protected abstract writeReshape(x: Value, shape: Shape): Value;
  protected abstract writeTranspose(x: Value, order: readonly number[], shape: Shape): Value;
  protected abstract writeBroadcast(x: Value, shape: Shape): Value;
  protected abstract writeSlice(x: Value, ranges: readonly Range[], shape: Shape): Value;
  protected abstract writeReverse(x: Value, axes: readonly number[]): Value;
  protected abstract writeConcatenate(xs: readonly Value[], axis: number, shape: Shape): Value;
  protected abstract writePad(x: Value, paddings: readonly Padding[], shape: Shape): Value;
  /** The axes are in ascending order. */
  protected abstract writeReduce(name: ReduceName, x: Value, axes: readonly number[], shape: Shape): Value;
  protected abstract writeConvert(x: Value, type: ElementType): Value;

  /** The array that x is another shape of, or x itself. */
  protected originOf(x: Value): Value {
    const origin = this.#origins.get(x.name);
    return origin === undefined ? x : { ...origin, type: x.type };
  }

  reshape(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    const origin = this.originOf(x);
    if (sameShape(origin.shape, shape)) return origin;
    const reshaped = this.writeReshape(origin, shape);
    this.#origins.set(reshaped.name, origin);
    return reshaped;
  }

  transpose(x: Value, order: readonly number[]): Value {
    const shape = order.map((axis) => x.shape[axis]);
    return isInOrder(order) ? x : this.writeTranspose(x, order, shape);
  }

  broadcast(x: Value, shape: Shape): Value {
    return sameShape(x.shape, shape) ? x : this.writeBroadcast(x, shape);
  }

  slice(x: Value, ranges: readonly Range[]): Value {
    const shape = ranges.map(({ start, end, step }) => Math.ceil((end - start) / step));
    return isWhole(ranges, x.shape) ? x : this.writeSlice(x, ranges, shape);
  }

  reverse(x: Value, axes: readonly number[]): Value {
    return axes.length === 0 ? x : this.writeReverse(x, axes);
  }

  concatenate(xs: readonly Value[], axis: number): Value {
    const size = xs.reduce((sum, x) => sum + x.shape[axis], 0);
    return xs.length === 1 ? xs[0] : this.writeConcatenate(xs, axis, xs[0].shape.with(axis, size));
  }

  pad(x: Value, paddings: readonly Padding[]): Value {
    const shape = paddings.map(
      ({ low, high, between }, axis) => low + high + x.shape[axis] + between * Math.max(0, x.shape[axis] - 1),
    );
    return sameShape(x.shape, shape) ? x : this.writePad(x, paddings, shape);
  }

  reduce(name: ReduceName, x: Value, axes: readonly number[]): Value {
    const shape = x.shape.filter((_, axis) => !axes.includes(axis));
    return axes.length === 0
      ? x
      : this.writeReduce(
          name,
          x,
          axes.toSorted((a, b) => a - b),
          shape,
        );
  }

  convert(x: Value, type: ElementType): Value {
    return x.type === type ? x : this.writeConvert(x, type);
  }
}
