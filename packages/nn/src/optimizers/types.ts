/**
 * What transformations and optimizers are.
 *
 * A transformation of gradients is a pair of pure functions. Its state is an object of trees by
 * name. The name `step` is common to all of them: the number of steps taken. An optimizer adds the
 * updates of a transformation to the parameters.
 */
import type { Tensor } from '@mini/autograd';

/**
 * The trees of a state, by name, for parameters of type P.
 *
 * In S, `true` stands for a tree like the parameters, Tensor for a tensor, and an object for a
 * nested state.
 */
export type Memory<S, P> = { readonly [K in keyof S]: Kept<S[K], P> };
/** The type of the state of one name. */
export type Kept<M, P> = M extends true ? P : M extends Tensor ? M : Memory<M, P>;

/**
 * A transformation of gradients, as in optax.
 *
 * The updates that it returns are for the next transformation of a chain. Those of the last one are
 * added to the parameters.
 */
export interface Transformation<S = object> {
  /** Returns the state before the first step. */
  init<P>(params: P): Memory<S, P>;
  /** Returns the updates that replace the gradients, and the state after the step. */
  update<P>(gradients: P, state: Memory<S, P>, params: NoInfer<P>): [P, Memory<S, P>];
}

/** The memory of a transformation that counts the steps. */
export interface StepMemory {
  readonly step: Tensor;
}

/** The memory of a transformation without state, and of an optimizer that only counts steps. */
export type NoMemory = Readonly<Record<never, never>>;

/**
 * An optimizer: a pair of pure functions, for parameters of any type P.
 *
 * The state is a tree of tensors, of type State<S, P>. Optimizers of all kinds are assignable to
 * `Optimizer` without S.
 */
export interface Optimizer<S = object> {
  /** Returns the state before the first step. */
  init<P>(params: P): State<S, P>;
  /** Returns the parameters and the state after one step along `gradients`. */
  update<P>(params: P, gradients: NoInfer<P>, state: State<S, P>): [P, State<S, P>];
  /**
   * The transformation that computes the updates, which lets an optimizer be a part of a chain.
   *
   * `optimizer` sets it. A hand-written optimizer needs it only inside a chain.
   */
  readonly transformation?: Transformation<S>;
}

/**
 * The state of an optimizer, a tree of tensors.
 *
 * `step` is the number of steps taken. For each name in S there is a tree of the same structure as
 * the parameters, or what `Memory` describes.
 */
export type State<S, P> = { readonly step: Tensor } & Memory<S, P>;
