/** The two kinds of networks: modules, and networks that behave differently in training. */
import { hasFunctions } from '../has-functions.ts';
import type { Module } from './module.ts';
import type { Network } from './network.ts';

/** A network, or a layer of one, of either kind. */
export type AnyNet = Module<object> | Network<object, object>;

/** The functions of a network; of the modules, only containers have them. */
const OF_NETWORKS = ['initState', 'train', 'evaluate'] as const;

/** Containers that are modules: they have a network's functions, but need no key or state. */
const plain = new WeakSet<object>();

/** Notes that a container is a module, and returns it. */
export const markModule = <M extends object>(container: M): M => {
  plain.add(container);
  return container;
};

export const isNetwork = (net: unknown): net is Network<object, object> =>
  hasFunctions(net, 'init', ...OF_NETWORKS) && !plain.has(net);

export const isModule = (net: unknown): net is Module<object> =>
  !isNetwork(net) && hasFunctions(net, 'init', 'apply');

/** Names the functions that a value needs to be a network. */
export const missingFunctions = (value: unknown): string =>
  `an object with the functions init, outputShape${hasFunctions(value, 'train') ? ', initState, train and evaluate' : ' and apply'}`;
