/** Sequential: a network of named layers, applied one after another. */
import { type Wiring, container } from './container.ts';
import type { Container, HasLeaves, LayerParams, LayerStates, Layers } from './layer-types.ts';

/** Whether parameters of type P have any leaves. */
export type HasParams<P> = HasLeaves<P>;
/** The parameters of each layer that has any, by its name. */
export type SequentialParams<L extends Layers> = LayerParams<L>;
/** The state of each layer that has any, by its name. */
export type SequentialState<L extends Layers> = LayerStates<L>;

const oneAfterAnother: Wiring = {
  flow: (start, layers, run) => {
    let value = start;
    for (let layer = 0; layer < layers; layer++) value = run(layer, value);
    return value;
  },
  joinTensors: ([value]) => value,
  joinShapes: ([shape]) => shape,
};

/**
 * A network that applies its layers in the order in which they are written.
 *
 * The parameters are an object whose keys are the names of the layers. It does not contain layers
 * without parameters. `init` calls each layer with the key foldIn(key, index of the layer).
 *
 * If no layer needs a key or a state, it is a `Module`, with `apply`. Otherwise it is a `Network`,
 * with `train` and `evaluate`; the state is an object like the parameters, and layer number i
 * trains with the key foldIn(key, i).
 *
 * @example
 * const net = Sequential({ hidden: Dense(128), activation: relu, out: Dense(10) });
 * const params = net.init(random.key(0), [1, 784]);
 * console.log(Object.keys(params)); // → [ 'hidden', 'out' ]
 * console.log(net.apply(params, zeros([32, 784])).shape); // → [ 32, 10 ]
 */
export function Sequential<const L extends Layers>(layers: L): Container<L> {
  return container('Sequential', layers, oneAfterAnother);
}
