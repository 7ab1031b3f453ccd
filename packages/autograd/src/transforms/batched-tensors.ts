/** Tensors inside of `vmap`, which have the shape of one example. */
import { Missing } from '../base/deferred.ts';
import { typeError } from '../base/errors.ts';
import { frozen } from '../base/frozen-shape.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import { stopGradient } from '../core/bind.ts';
import { Tensor } from '../core/tensor.ts';
import { broadcastTo } from '../ops/structure.ts';

/** One call of `vmap`. Batched tensors refer to it, so that nested calls are told apart. */
export class Level {
  readonly count: number;
  /** Whether the function of this call has returned, or thrown. */
  hasEnded = false;

  constructor(count: number) {
    this.count = count;
  }
}

/** Returns the shape of one example, from the tensor of all examples. */
export const shapeInside = ({ shape }: Tensor): Shape => {
  const [, ...inner] = shape;
  return frozen(inner);
};

/** The source of a tensor inside `vmap`. `outer` holds all examples, [count, ...shape]. */
export class Batched extends Missing {
  readonly level: Level;
  readonly outer: Tensor;

  constructor(level: Level, outer: Tensor) {
    super(
      sizeOf(shapeInside(outer)),
      'a value of one example inside of vmap',
      'use where() instead of branching on it, return it to read it, or compute it outside',
      'vmap',
    );
    this.level = level;
    this.outer = outer;
  }

  override read(): never {
    if (this.level.hasEnded)
      throw typeError(
        'vmap',
        `${this.unreadable}, which has ended: expected a value that the function returned`,
      );
    return super.read();
  }

  override constant(): Batched {
    return new Batched(this.level, stopGradient(this.outer));
  }
}

/**
 * Returns the tensor that stands for one example inside the level, from the tensor of all examples.
 */
export const enter = (level: Level, outer: Tensor): Tensor =>
  new Tensor(shapeInside(outer), new Batched(level, outer));

/** Returns the tensor of all examples, [count, ...shape]; undefined if all examples share x. */
export const outerOf = (level: Level, { source }: Tensor): Tensor | undefined =>
  source instanceof Batched && source.level === level ? source.outer : undefined;

/** Returns the tensor of all examples; repeats x if they share it. Call it outside the level. */
export const leave = (level: Level, x: Tensor): Tensor =>
  outerOf(level, x) ?? broadcastTo(x, [level.count, ...x.shape]);

/** Whether x differs between the examples of a level. */
export const isBatched = (level: Level, x: Tensor): boolean => outerOf(level, x) !== undefined;
