/** predict: what a trained network makes of many inputs. */
import { concatenate, jit, slice, type Tensor } from '@mini/autograd';
import { asOp, checkInteger, checkOptions, checkTensor, formatShape, rangeError } from '@mini/autograd/check';
import { type AnyNet, isNetwork } from '../layers/kinds.ts';
import type { Module } from '../layers/module.ts';
import type { Network, NoState } from '../layers/network.ts';
import { checkNet } from './arguments.ts';

/** Options of `predict`. */
export interface PredictOptions<S> {
  /** The state of a network that has one, such as that in the result of `fit`. */
  readonly state?: S;
  /** The number of examples that are computed at a time. Default 256. */
  readonly batchSize?: number;
}

type Forward = (params: object, state: object | undefined, x: Tensor) => Tensor;

/** The compiled evaluation of each network. */
const compiled = new WeakMap<object, Forward>();

const forwardOf = (net: AnyNet): Forward => {
  let forward = compiled.get(net);
  if (forward === undefined) {
    forward = jit(function prediction(params, state, x) {
      if (!isNetwork(net)) return net.apply(params, x);
      // A network without state takes none.
      return net.evaluate(params, x, ...((state === undefined ? [] : [state]) as [object]));
    } satisfies Forward);
    compiled.set(net, forward);
  }
  return forward;
};

/**
 * Returns the outputs [n, …] of a network for inputs x [n, …], in batches.
 *
 * It takes less memory than `apply` on all inputs: a convolutional network needs some MB for each
 * image. The evaluation is compiled once for each network. Networks with dropout or a state are
 * evaluated, not trained.
 *
 * Throws a TypeError for a value that is no network, and a RangeError for inputs without a batch
 * axis and for a network whose outputs have another number of examples.
 *
 * @example
 * const net = Sequential({ hidden: Dense(8), tanh, out: Dense(2) });
 * const params = net.init(random.key(0), [1, 3]);
 * console.log(predict(net, params, ones([1000, 3])).shape); // → [ 1000, 2 ]
 */
export function predict<P, S = NoState>(
  net: Module<P> | Network<P, S>,
  params: NoInfer<P>,
  x: Tensor,
  options: PredictOptions<NoInfer<S>> = {},
): Tensor {
  const op = 'predict';
  const { state, batchSize = 256 } = checkOptions(op, options, ['state', 'batchSize']);
  const size = checkInteger(op, 'batchSize', batchSize, 1);
  const forward = forwardOf(checkNet(net, op));
  const { shape } = checkTensor(op, 'x', x);
  if (shape.length === 0) throw rangeError(op, 'x has no batch axis: expected shape [n, …], got []');
  const [count] = shape;
  const outputs: Tensor[] = [];
  for (let start = 0; start === 0 || start < count; start += size) {
    const inputs = slice(x, [start, Math.min(count, start + size)]);
    const y = asOp(op, () => forward(params as object, state as object | undefined, inputs));
    if (checkTensor(op, 'result of the network', y).shape[0] !== inputs.shape[0])
      throw rangeError(
        op,
        `the network changes the number of examples: expected shape [${inputs.shape[0]}, …], got ${formatShape(y.shape)}`,
      );
    outputs.push(y);
  }
  return concatenate(outputs);
}
