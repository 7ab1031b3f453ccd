/** Sequential: layers one after another, with names. */
import { type Tensor } from '@mini/autograd';
import * as random from '@mini/autograd/random';
import { asOp, checkObject, checkShape, checkTensor, describe } from '@mini/autograd/check';
import { Activation, type Module, type NoParams } from './module.ts';

/** A layer of a network: a module, or a function such as `relu`. */
// oxlint-disable-next-line typescript/no-explicit-any -- a module's parameters occur as argument and result: only any fits all.
export type Layer = Module<any> | ((x: Tensor) => Tensor);

/** The parameters of a layer. */
export type ParamsOf<L> = L extends Module<infer P> ? P : NoParams;
/** Whether parameters of this type are any. */
export type HasParams<P> = P extends NoParams ? false : true;

/** The parameters of each named layer that has some. */
export type SequentialParams<L extends Readonly<Record<string, Layer>>> = {
  readonly [K in keyof L as HasParams<ParamsOf<L[K]>> extends true ? K : never]: ParamsOf<L[K]>;
};

/**
 * Layers applied in the order in which they are written. The parameters are an object with the layers' names as keys; layers without
 * parameters do not show up in it. Each layer's key is foldIn(key, its place).
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
    throw new TypeError(`Sequential: needs an object of layers: ${describe(layers)}`);
  const entries = Object.entries(layers).map(([name, layer]) => {
    // JavaScript would move such a name to the front.
    if (/^\d+$/.test(name)) throw new RangeError(`Sequential: a layer's name must not be a number: ${name}`);
    if (name === '__proto__') throw new RangeError("Sequential: a layer's name must not be __proto__");
    return [name, toModule(name, layer)] as const;
  });
  type Params = SequentialParams<L>;
  return {
    init(key, inputShape) {
      const params: Record<string, object> = {};
      let shape = checkShape('Sequential', inputShape);
      entries.forEach(([name, layer], place) => {
        const layerKey = asOp('Sequential', () => random.foldIn(key, place));
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
      // Not what objects inherit: a layer may be named toString.
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
  throw new TypeError(`Sequential: layer ${name} must be a module or a function: ${describe(layer)}`);
};
