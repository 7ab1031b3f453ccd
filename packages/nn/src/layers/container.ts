/** What networks of named layers share: parameters, states and keys by the names of the layers. */
import type { Shape, Tensor } from '@mini/autograd';
import * as random from '@mini/autograd/random';
import { asOp, checkObject, checkShape, checkTensor, describe, typeError } from '@mini/autograd/check';
import { type Child, checkLayers, inLayer } from './layer-checks.ts';
import { isNetwork, markModule } from './kinds.ts';
import type { Container, Layers } from './layer-types.ts';
import type { Module } from './module.ts';
import { type Network, checkGiven, checkState, givenKey, network } from './network.ts';
import { checkInput, checkParams } from './parameters.ts';

/** Runs layers on values: on tensors, or on their shapes. */
export type Flow = <T>(
  start: T,
  layers: number,
  run: (layer: number, value: T) => T,
  join: (values: readonly T[]) => T,
) => T;

/** How a network passes tensors through its layers, and joins the results of several. */
export interface Wiring {
  readonly flow: Flow;
  joinTensors(values: readonly Tensor[]): Tensor;
  joinShapes(shapes: readonly Shape[]): Shape;
}

/** The property with which `summary` finds the layers of a network. */
export const CHILDREN: unique symbol = Symbol('layers of the network');

type Tree = Readonly<Record<string, object>>;

/** Returns the tree of a layer. Reads own properties only: a layer can be named toString. */
const ownTree = (all: object, name: string): object => (Object.hasOwn(all, name) ? (all as Tree)[name] : {});

/** Throws for parameters of other layers. */
const checkOwner = (op: string, params: object, names: readonly string[]): void => {
  const keys = Object.keys(params);
  if (keys.every((key) => names.includes(key))) return;
  const advice = keys.includes('params') ? '; write result.params' : '';
  throw typeError(
    op,
    `params are not of this network: expected those of ${names.join(', ')}, got { ${keys.join(', ')} }${advice}`,
  );
};

/** Named layers that are wired in one way. Errors name `op`, the function that made the network. */
class NamedLayers {
  readonly #op: string;
  readonly #entries: readonly (readonly [name: string, layer: Child['layer']])[];
  readonly #wiring: Wiring;

  constructor(op: string, layers: Layers, wiring: Wiring) {
    this.#op = op;
    this.#entries = checkLayers(op, layers);
    this.#wiring = wiring;
  }

  /** Whether all layers are modules, which need neither a key nor a state. */
  get arePlain(): boolean {
    return !this.#entries.some(([, layer]) => isNetwork(layer));
  }

  /** Calls `visit` for each layer with the shape of its input; returns the shape of the output. */
  walk(inputShape: Shape, visit: (child: Child, index: number) => void): Shape {
    const { flow, joinShapes } = this.#wiring;
    const run = (index: number, shape: Shape): Shape => {
      const [name, layer] = this.#entries[index];
      visit({ name, layer, inputShape: shape }, index);
      return checkShape(
        this.#op,
        inLayer(this.#op, name, () => layer.outputShape(shape)),
      );
    };
    return flow<Shape>(checkShape(this.#op, inputShape), this.#entries.length, run, joinShapes);
  }

  /** Returns what `make` returns for each layer, without empty objects. */
  collect(inputShape: Shape, what: string, make: (child: Child, index: number) => unknown): object {
    const trees: Record<string, object> = {};
    this.walk(inputShape, (child, index) => {
      const own = make(child, index);
      checkObject(this.#op, `${what} of layer ${child.name}`, own);
      if (Object.keys(own as object).length > 0) trees[child.name] = own as object;
    });
    return trees;
  }

  /** Passes x through the layers. `apply` runs one of them with its own parameters. */
  run(
    x: Tensor,
    params: object,
    apply: (child: Omit<Child, 'inputShape'>, own: object, value: Tensor, index: number) => Tensor,
  ): Tensor {
    const names = this.#entries.map(([name]) => name);
    checkParams(this.#op, params, names);
    const { flow, joinTensors } = this.#wiring;
    const run = (index: number, value: Tensor): Tensor => {
      const [name, layer] = this.#entries[index];
      let y: unknown;
      try {
        y = inLayer(this.#op, name, () => apply({ name, layer }, ownTree(params, name), value, index));
      } catch (error) {
        const isMissing = !Object.hasOwn(params, name);
        if (isMissing && error instanceof TypeError && error.message.endsWith('got undefined'))
          checkOwner(this.#op, params, names);
        throw error;
      }
      return checkTensor(this.#op, `result of layer ${name}`, y);
    };
    return flow(checkInput(this.#op, x), names.length, run, joinTensors);
  }
}

/** The functions of a network whose layers need a key or a state. */
const networkOf = (
  op: string,
  layers: NamedLayers,
): Pick<Network<object, object>, 'initState' | 'train' | 'evaluate'> => ({
  initState: (inputShape) =>
    layers.collect(inputShape, 'state', ({ name, layer, inputShape: own }) =>
      isNetwork(layer) ? inLayer(op, name, () => layer.initState(own)) : {},
    ),
  train: (params, x, given) => {
    if (given === undefined)
      throw typeError(op, 'no key or state: expected train(params, x, { key, state }), got neither');
    checkGiven(op, 'key, state', given);
    const { key, state } = given;
    if (state !== undefined) checkState(op, state);
    const keyOf = (index: number): random.Key => random.foldIn(givenKey(op, given), index);
    // A key that is none is not an error of the first layer.
    if (key !== undefined) asOp(op, () => keyOf(0));
    const next: Record<string, object> = {};
    const y = layers.run(x, params, ({ name, layer }, own, value, index) => {
      if (!isNetwork(layer)) return layer.apply(own, value);
      const made: unknown = layer.train(own, value, {
        ...(key === undefined ? {} : { key: asOp(op, () => keyOf(index)) }),
        ...(state === undefined ? {} : { state: ownTree(state, name) }),
      } as typeof given);
      // The error names the layer already.
      if (!Array.isArray(made) || made.length !== 2)
        throw typeError('train', `result is not a pair: expected [y, state], got ${describe(made)}`);
      const [output, nextState] = made as [Tensor, object];
      checkObject('train', 'state', nextState);
      if (Object.keys(nextState).length > 0) next[name] = nextState;
      return output;
    });
    return [y, next];
  },
  evaluate: (params, x, state?: object) => {
    if (state !== undefined) checkState(op, state);
    return layers.run(x, params, ({ name, layer }, own, value) => {
      if (!isNetwork(layer)) return layer.apply(own, value);
      const ownState = state === undefined ? [] : [ownTree(state, name)];
      return layer.evaluate(own, value, ...(ownState as [object]));
    });
  },
});

/**
 * Returns the network of named layers that are wired in one way. Its errors name `op`.
 *
 * The parameters and the state are objects with the names of the layers that have any. Layer
 * number i gets the key foldIn(key, i).
 */
export const container = <L extends Layers>(op: string, given: L, wiring: Wiring): Container<L> => {
  const layers = new NamedLayers(op, given, wiring);
  const shared = {
    init: (key: random.Key, inputShape: Shape) => {
      // The key is checked first: an error in it should not name the shape or the first layer.
      asOp(op, () => random.foldIn(key, 0));
      return layers.collect(inputShape, 'parameters', ({ name, layer, inputShape: own }, index) => {
        const ownKey = asOp(op, () => random.foldIn(key, index));
        return inLayer(op, name, () => layer.init(ownKey, own));
      });
    },
    outputShape: (inputShape: Shape) => layers.walk(inputShape, () => {}),
    [CHILDREN]: (inputShape: Shape): readonly Child[] => {
      const children: Child[] = [];
      layers.walk(inputShape, (child) => children.push(child));
      return children;
    },
  };
  const ofNetwork = networkOf(op, layers);
  if (!layers.arePlain) return network(op, { ...shared, ...ofNetwork }) as unknown as Container<L>;
  const module: Module<object> = {
    ...shared,
    apply: (params, x) =>
      layers.run(x, params, ({ layer }, own, value) => (layer as Module<object>).apply(own, value)),
  };
  // Its type can still be Network, if layers are chosen or listed when the program runs. Copies by
  // `...` lack these functions: they can have an `apply`, or a `train`, of their own.
  for (const [name, value] of Object.entries(ofNetwork)) Object.defineProperty(module, name, { value });
  return markModule(module) as unknown as Container<L>;
};
