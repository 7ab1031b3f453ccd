/** Checks of the layers of a network, and errors that name the layer. */
import type { Shape, Tensor } from '@mini/autograd';
import { describe, rangeError, typeError } from '@mini/autograd/check';
import { hasFunctions } from '../has-functions.ts';
import { type AnyNet, isModule, isNetwork, missingFunctions } from './kinds.ts';
import { Activation } from './module.ts';

/** A layer in a network. */
export interface Child {
  readonly name: string;
  readonly layer: AnyNet;
  readonly inputShape: Shape;
}

/** The names of the functions that make layers. */
const FACTORIES =
  /^(Activation|AvgPool|BatchNorm|Conv|ConvTranspose|Dense|Dropout|Embed|GroupNorm|LayerNorm|MaxPool|Parallel|RMSNorm|Residual|Sequential)$/;

/** The only layer of a network has the name 'layer'. */
const badLayer = (name: string): string =>
  name === 'layer' ? 'invalid layer' : `layer ${name} is not a layer`;

const toLayer = (op: string, name: string, layer: unknown): AnyNet => {
  if (typeof layer === 'function') {
    if (FACTORIES.test(layer.name))
      throw typeError(
        op,
        `${badLayer(name)}: expected what ${layer.name}(…) returns, got the function ${layer.name}`,
      );
    return Activation(layer as (x: Tensor) => Tensor);
  }
  if (hasFunctions(layer, 'outputShape') && (isNetwork(layer) || isModule(layer))) return layer;
  throw typeError(
    op,
    `${badLayer(name)}: expected a function, or ${missingFunctions(layer)}, got ${describe(layer)}`,
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
export const checkLayers = (op: string, layers: unknown): (readonly [string, AnyNet])[] => {
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
