/** predict: the outputs of a trained network, batch by batch. */
import { concatenate, jit, slice, type Tensor } from '@mini/autograd';
import { asOp, checkInteger, checkOptions, checkTensor, formatShape, rangeError } from '@mini/autograd/check';
import { type AnyNet, isNetwork } from '../layers/kinds.ts';
import type { Module } from '../layers/module.ts';
import type { Need, Network, NoState } from '../layers/network.ts';
import { checkNet } from './arguments.ts';
import { countOf, describeInputs, type Inputs, isTreeOfTensors, mapInputs } from './inputs.ts';

/** Options of `predict`. */
export interface PredictOptions<S> {
  /** The state of a network that has one, such as that in the result of `fit`. */
  readonly state?: S;
  /** The number of examples that are computed at a time. Default 256. */
  readonly batchSize?: number;
}

type Forward = (params: object, state: object | undefined, x: Inputs) => Tensor;

/** The compiled evaluation of each network. */
const compiled = new WeakMap<object, Forward>();

const forwardOf = (net: AnyNet): Forward => {
  let forward = compiled.get(net);
  if (forward === undefined) {
    forward = jit(function prediction(params, state, x) {
      // Its type is that of a network of one input.
      const input = x as Tensor;
      if (!isNetwork(net)) return net.apply(params, input);
      // Networks without a state have no third argument.
      return net.evaluate(params, input, ...((state === undefined ? [] : [state]) as [object]));
    } satisfies Forward);
    compiled.set(net, forward);
  }
  return forward;
};

/**
 * Returns the outputs [n, …] of a network for inputs x [n, …], in batches. x is a tensor, or a tree
 * of tensors for a network of several inputs.
 *
 * It needs memory for one batch only, not for all inputs. The evaluation is compiled once for each
 * network. Networks with dropout or a state are evaluated, not trained.
 *
 * Throws a TypeError if `net` is not a network, or if it needs a state and there is none; and a
 * RangeError for inputs without a batch axis and for a network whose outputs have another number of
 * examples.
 *
 * @example
 * const net = Sequential({ hidden: Dense(8), tanh, out: Dense(2) });
 * const params = net.init(random.key(0), [1, 3]);
 * console.log(predict(net, params, ones([1000, 3])).shape); // → [ 1000, 2 ]
 */
export function predict<P, S = NoState, X = Tensor>(
  net: Module<P, X> | Network<P, S, Need, X>,
  params: NoInfer<P>,
  x: NoInfer<X>,
  options: PredictOptions<NoInfer<S>> = {},
): Tensor {
  const op = 'predict';
  const { state, batchSize = 256 } = checkOptions(op, options, ['state', 'batchSize']);
  const size = checkInteger(op, 'batchSize', batchSize, 1);
  const forward = forwardOf(checkNet(net, op));
  const inputs: Inputs = isTreeOfTensors(x) ? x : checkTensor(op, 'x', x);
  const count = countOf(inputs);
  if (count === undefined)
    throw rangeError(
      op,
      `x has no batch axis: expected shape [n, …], got ${describeInputs(inputs, formatShape)}`,
    );
  const outputs: Tensor[] = [];
  for (let start = 0; start === 0 || start < count; start += size) {
    const end = Math.min(count, start + size);
    const batch = mapInputs(inputs, (own) => slice(own, [start, end]));
    const y = asOp(op, () => forward(params as object, state as object | undefined, batch));
    if (checkTensor(op, 'result of the network', y).shape[0] !== end - start)
      throw rangeError(
        op,
        `the network changes the number of examples: expected shape [${end - start}, …], got ${formatShape(y.shape)}`,
      );
    outputs.push(y);
  }
  return concatenate(outputs);
}
