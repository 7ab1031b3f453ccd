/** The network in a checkpoint of `fit`, for programs that do not train. */
import type { Shape } from '@mini/autograd';
import * as random from '@mini/autograd/random';
import { asOp } from '@mini/autograd/check';
import { isNetwork } from '../layers/kinds.ts';
import type { Module, ShapeOf } from '../layers/module.ts';
import type { Need, Network } from '../layers/network.ts';
import { loadSafetensors } from '../safetensors.ts';
import { checkNet } from './arguments.ts';

/** A trained network. */
export interface Trained<P, S> {
  /** The last parameters, or with early stopping those after the best epoch. */
  readonly params: P;
  /** The state of a network that has one, else an empty object. */
  readonly state: S;
}

/**
 * Returns the network in the bytes of a checkpoint. Throws an Error if `fit` did not write them.
 */
export const readTrained = <P, S, X>(
  op: string,
  path: string,
  bytes: Uint8Array,
  given: Module<P, X> | Network<P, S, Need, X>,
  inputShape: ShapeOf<X>,
): Trained<P, S> => {
  const net = checkNet(given, op);
  const { params: all, metadata } = loadSafetensors(bytes);
  if (metadata['fit'] === undefined)
    throw new Error(`${op}: ${path} is not a checkpoint of fit; read it with latestCheckpoint`);
  // With early stopping, `kept` has the parameters of the best epoch, and `tensors` the last ones.
  const branch = Object.keys(all).some((name) => name.startsWith('kept.')) ? 'kept' : 'tensors';
  // Its type is that of the shape of one input.
  const shape = inputShape as Shape;
  const fresh = asOp(op, () => ({
    params: net.init(random.key(0), shape),
    state: isNetwork(net) ? net.initState(shape) : {},
  }));
  const skip = (name: string): boolean =>
    !/^(kept|tensors)\.(params|state)\./.test(name) || !name.startsWith(branch);
  try {
    return loadSafetensors(bytes, { [branch]: fresh }, { skip }).params[branch] as unknown as Trained<P, S>;
  } catch (error) {
    const text = (error as Error).message
      .replace(/^loadSafetensors: the file does not fit the template:\s/, '')
      .replaceAll(new RegExp(`(^|\\s)${branch}\\.`, 'g'), '$1');
    throw new Error(`${op}: ${path} is of another network: ${text}`, { cause: error });
  }
};
