/** Checks of the layers of a network, and errors that name the layer. */
import type { Shape, Tensor } from '@mini/autograd';
import { describe, rangeError, typeError } from '@mini/autograd/check';
import { hasFunctions } from '../has-functions.ts';
import { Activation, type Module } from './module.ts';
import type { Network } from './network.ts';

/** A layer in a network. */
export interface Child {
  readonly name: string;
  readonly layer: Module<object> | Network<object, object>;
  readonly inputShape: Shape;
}

/** The functions of a network that a module does not have. */
const OF_NETWORKS = ['initState', 'train', 'evaluate'];

export const isNetwork = (layer: Child['layer']): layer is Network<object, object> =>
  hasFunctions(layer, ...OF_NETWORKS);

/** The names of the functions that make layers. */
const FACTORIES =
  /^(Activation|AvgPool|BatchNorm|Conv|ConvTranspose|Dense|Dropout|Embed|GroupNorm|LayerNorm|MaxPool|Parallel|RMSNorm|Residual|Sequential)$/;

const toLayer = (op: string, name: string, layer: unknown): Child['layer'] => {
  if (typeof layer === 'function') {
    if (FACTORIES.test(layer.name))
      throw typeError(
        op,
        `layer ${name} is not a layer: expected what ${layer.name}(…) returns, got the function ${layer.name}`,
      );
    return Activation(layer as (x: Tensor) => Tensor);
  }
  const isLayer = hasFunctions(layer, 'init', 'outputShape');
  if (isLayer && hasFunctions(layer, ...OF_NETWORKS)) return layer as unknown as Network<object, object>;
  if (isLayer && hasFunctions(layer, 'apply')) return layer as unknown as Module<object>;
  const expected = hasFunctions(layer, 'train') ? ', initState, train and evaluate' : ' and apply';
  throw typeError(
    op,
    `layer ${name} is not a layer: expected a function, or an object with the functions init, outputShape${expected}, got ${describe(layer)}`,
  );
};

/** Errors in a layer: its path, its kind and what is wrong. */
const layerErrors = new WeakMap<
  object,
  { readonly path: string; readonly kind: string; readonly detail: string }
>();

/**
 * Runs a part of a layer. Errors of functions of the library become errors of `op`, the network,
 * and name the layer. Other errors stay.
 */
export const inLayer = <T>(op: string, name: string, f: () => T): T => {
  try {
    return f();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    const { op: kind, message } = error as { readonly op?: unknown; readonly message: string };
    // What is not known while a function is compiled is not about the layer.
    if (typeof kind !== 'string' || kind === 'jit') throw error;
    const inner = layerErrors.get(error) ?? { path: '', kind, detail: message.slice(kind.length + 2) };
    const found = { ...inner, path: inner.path === '' ? name : `${name}.${inner.path}` };
    const make = error instanceof TypeError ? typeError : rangeError;
    const made = make(op, `layer ${found.path} (${found.kind}): ${found.detail}`);
    made.cause = error;
    layerErrors.set(made, found);
    throw made;
  }
};

/** Whether a value is one layer, where layers by name are expected. */
const isOneLayer = (layers: object): boolean => hasFunctions(layers, 'init', 'outputShape');

/** Checks the names and the types of layers. */
export const checkLayers = (op: string, layers: unknown): (readonly [string, Child['layer']])[] => {
  const isObject = Object.prototype.toString.call(layers) === '[object Object]';
  if (!isObject || isOneLayer(layers as object)) {
    const found = isObject ? 'one layer' : describe(layers);
    throw typeError(
      op,
      `layers have no names: expected { name: layer, … }, got ${found}; write ${op}({ hidden: Dense(128), relu, out: Dense(10) })`,
    );
  }
  return Object.entries(layers as object).map(([name, layer]) => {
    // JavaScript moves keys that are integers to the front of an object.
    if (/^\d+$/.test(name))
      throw rangeError(op, `name of a layer is a number: expected another name, got ${name}`);
    if (name === '__proto__')
      throw rangeError(op, 'name of a layer is reserved: expected another name, got __proto__');
    return [name, toLayer(op, name, layer)] as const;
  });
};
