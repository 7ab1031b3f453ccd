/** Network: a layer or network that needs a random key, or a state, besides its parameters. */
import type { Shape, Tensor } from '@mini/autograd';
import type * as random from '@mini/autograd/random';
import { checkObject, describe, typeError } from '@mini/autograd/check';
import type { NoParams, ShapeOf } from './module.ts';

/** The state of a network without state: an empty object. */
export type NoState = NoParams;

/** What a network can need in training, besides its parameters. */
export type Need = 'key' | 'state';

/** What `train` of a network gets: a key, a state, or both, as far as the network needs them. */
export type Given<S, N extends Need> = Pick<{ readonly state: S; readonly key: random.Key }, N>;

/**
 * A layer or network that behaves differently in training: it needs a random key (as `Dropout`
 * does), or a state (as `BatchNorm` does), or both.
 *
 * P is the type of the parameters, S that of the state, X that of the input (see `Module`), and N
 * says what `train` needs. The state is
 * a tree apart from the parameters: optimizers do not touch it. It has no `apply`,
 * because a call of that would not say whether it is in training.
 *
 * @example
 * // A layer of one's own: it adds noise in training.
 * const Noise = (size: number): Network<NoParams, NoState, 'key'> => ({
 *   init: () => ({}),
 *   initState: () => ({}),
 *   train: (_params, x, { key }) => [add(x, mul(size, random.normal(key, x.shape))), {}],
 *   evaluate: (_params, x) => x,
 *   outputShape: (inputShape) => inputShape,
 * });
 * const net = Sequential({ noise: Noise(0.1), out: Dense(2) });
 * const params = net.init(random.key(0), [1, 3]);
 * const [y] = net.train(params, ones([4, 3]), { key: random.key(1) });
 * console.log(y.shape, net.evaluate(params, ones([4, 3])).shape); // → [ 4, 2 ] [ 4, 2 ]
 */
export interface Network<P, S = NoState, N extends Need = Need, X = Tensor> {
  /** Returns new parameters for inputs of `inputShape`. The sizes of batch axes have no effect. */
  init(key: random.Key, inputShape: ShapeOf<X>): P;
  /** Returns the state before training, for inputs of `inputShape`. */
  initState(inputShape: ShapeOf<X>): S;
  /** Returns the output for the input x in training, and the next state. */
  train(params: P, x: X, given: Given<S, N>): readonly [y: Tensor, state: S];
  /** Returns the output for the input x after training. It needs the state if `train` does. */
  evaluate(params: P, x: X, ...state: 'state' extends N ? [state: S] : []): Tensor;
  /**
   * Returns the shape of the output for inputs of `inputShape`.
   *
   * Throws a RangeError for a shape that does not fit the network.
   */
  outputShape(inputShape: ShapeOf<X>): Shape;
}

/** Returns a network to which JavaScript gives an `apply` that says what to call instead. */
export const network = <P, S, N extends Need>(op: string, own: Network<P, S, N>): Network<P, S, N> => {
  const apply = (): never => {
    throw typeError(
      op,
      'no apply, because training differs from evaluation: expected a call of train or evaluate',
    );
  };
  return { ...own, apply } as Network<P, S, N>;
};

/** Checks the last argument of `train`, an object with the key, the state or both. */
export const checkGiven = (op: string, needs: string, value: unknown): object => {
  if (describe(value) === 'a Key')
    throw typeError(op, `invalid last argument of train: expected { ${needs} }, got a Key`);
  checkObject(op, 'last argument of train', value);
  return value as object;
};

/** Returns a property of the last argument of `train`. */
const readGiven = (op: string, value: unknown, need: Need): unknown => {
  if (value === undefined)
    throw typeError(op, `no ${need}: expected train(params, x, { ${need} }), got none`);
  return (checkGiven(op, need, value) as Readonly<Record<string, unknown>>)[need];
};

/** Returns the key that `train` was given; throws if there is none. */
export const givenKey = (op: string, value: unknown): random.Key => {
  const key = readGiven(op, value, 'key');
  if (key === undefined || key === null)
    throw typeError(op, 'no random key: expected train(params, x, { key }), got none');
  return key as random.Key;
};

/** Returns the state that `train` was given. */
export const givenState = (op: string, value: unknown): object =>
  checkState(op, readGiven(op, value, 'state'));

/** Returns a state, which must be an object. */
export const checkState = (op: string, state: unknown): object => {
  if (typeof state !== 'object' || state === null)
    throw typeError(
      op,
      `no state: expected the one of initState or of the last call of train, got ${describe(state)}`,
    );
  return state;
};
