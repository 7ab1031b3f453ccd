/** Sequential: a network of named layers, applied one after another. */
import { type Tensor } from '@mini/autograd';
import * as random from '@mini/autograd/random';
import {
  asOp,
  checkObject,
  checkShape,
  checkTensor,
  describe,
  rangeError,
  typeError,
} from '@mini/autograd/check';
import { Activation, type Module, type NoParams } from './module.ts';

/** A layer of a network: a module, or a function such as `relu`. */
// The parameters are both an argument and a result of a module, so only any fits all modules.
// oxlint-disable-next-line typescript/no-explicit-any
export type Layer = Module<any> | ((x: Tensor) => Tensor);

/** The parameters of a layer of type L. */
export type ParamsOf<L> = L extends Module<infer P> ? P : NoParams;
/** Whether a layer with parameters of type P has any. */
export type HasParams<P> = P extends NoParams ? false : true;

/** The parameters of each layer that has any, by its name. */
export type SequentialParams<L extends Readonly<Record<string, Layer>>> = {
  readonly [K in keyof L as HasParams<ParamsOf<L[K]>> extends true ? K : never]: ParamsOf<L[K]>;
};

/**
 * A network that applies its layers in the order in which they are written.
 *
 * The parameters are an object whose keys are the names of the layers. It does not contain layers
 * without parameters. `init` calls each layer with the key foldIn(key, index of the layer).
 *
 * @example
 * const net = Sequential({ hidden: Dense(128), activation: relu, out: Dense(10) });
 * const params = net.init(random.key(0), [1, 784]);
 * console.log(Object.keys(params)); // → [ 'hidden', 'out' ]
 * console.log(net.apply(params, zeros([32, 784])).shape); // → [ 32, 10 ]
 */
export function Sequential<const L extends Readonly<Record<string, Layer>>>(
  layers: L,
): Module<SequentialParams<L>> {
  if (Object.prototype.toString.call(layers) !== '[object Object]')
    throw typeError(
      'Sequential',
      `layers are not an object: expected { name: layer, … }, got ${describe(layers)}`,
    );
  const entries = Object.entries(layers).map(([name, layer]) => {
    // JavaScript moves keys that are integers to the front of an object.
    if (/^\d+$/.test(name))
      throw rangeError('Sequential', `name of a layer is a number: expected another name, got ${name}`);
    if (name === '__proto__')
      throw rangeError('Sequential', 'name of a layer is reserved: expected another name, got __proto__');
    return [name, toModule(name, layer)] as const;
  });
  type Params = SequentialParams<L>;
  return {
    init(key, inputShape) {
      const params: Record<string, object> = {};
      let shape = checkShape('Sequential', inputShape);
      entries.forEach(([name, layer], index) => {
        const layerKey = asOp('Sequential', () => random.foldIn(key, index));
        const value: unknown = layer.init(layerKey, shape);
        checkObject('Sequential', `the parameters of layer ${name}`, value);
        const own = value as object;
        if (Object.keys(own).length > 0) params[name] = own;
        shape = layer.outputShape(shape);
      });
      return params as Params;
    },
    apply(params, x) {
      checkObject('Sequential', 'params', params);
      const all = params as Readonly<Record<string, object>>;
      // Reads only own properties, since a layer can be named toString.
      const own = (name: string): object => (Object.hasOwn(all, name) ? all[name] : {});
      return entries.reduce(
        (value, [name, layer]) => layer.apply(own(name), value),
        checkTensor('Sequential', 'the input', x),
      );
    },
    outputShape: (inputShape) =>
      entries.reduce((shape, [, layer]) => layer.outputShape(shape), checkShape('Sequential', inputShape)),
  };
}

const toModule = (name: string, layer: unknown): Module<object> => {
  if (typeof layer === 'function') return Activation(layer as (x: Tensor) => Tensor);
  if (
    typeof layer === 'object' &&
    layer !== null &&
    ['init', 'apply', 'outputShape'].every(
      (name) => typeof (layer as Readonly<Record<string, unknown>>)[name] === 'function',
    )
  ) {
    return layer as Module<object>;
  }
  throw typeError(
    'Sequential',
    `layer ${name} is not a layer: expected a module or a function, got ${describe(layer)}`,
  );
};
