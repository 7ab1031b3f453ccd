/** What networks of named layers share: names, parameters, states and keys. */
import type { Shape, Tensor } from '@mini/autograd';
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
import { type Network, type NoState, checkState, givenKey, network } from './network.ts';
import { checkInput, checkParams } from './parameters.ts';
import { hasFunctions } from '../has-functions.ts';

/** A layer of a network: a module, a network, or a function such as `relu`. */
export type Layer =
  // The parameters are both an argument and a result of a module, so only any fits all modules.
  // oxlint-disable-next-line typescript/no-explicit-any
  Module<any> | Network<any, any, any> | ((x: Tensor) => Tensor);

/** Layers by name. */
export type Layers = Readonly<Record<string, Layer>>;

/** The parameters of a layer of type L. */
export type ParamsOf<L> =
  // oxlint-disable-next-line typescript/no-explicit-any
  L extends Module<infer P> ? P : L extends Network<infer P, any, any> ? P : NoParams;
/** The state of a layer of type L. */
// oxlint-disable-next-line typescript/no-explicit-any
export type StateOf<L> = L extends Network<any, infer S, any> ? S : NoState;
/** What a layer of type L needs in training; never for a plain one. */
// oxlint-disable-next-line typescript/no-explicit-any
export type NeedsOf<L> = L extends Network<any, any, infer N> ? N : never;
/** Whether a tree of type T has any leaves. */
export type HasLeaves<T> = T extends NoParams ? false : true;

/** The parameters of each layer that has any, by its name. */
export type LayerParams<L extends Layers> = {
  readonly [K in keyof L as HasLeaves<ParamsOf<NonNullable<L[K]>>> extends true ? K : never]: ParamsOf<
    NonNullable<L[K]>
  >;
};
/** The state of each layer that has any, by its name. */
export type LayerStates<L extends Layers> = {
  readonly [K in keyof L as HasLeaves<StateOf<NonNullable<L[K]>>> extends true ? K : never]: StateOf<
    NonNullable<L[K]>
  >;
};
/** What any of the layers needs in training. A layer can be optional. */
export type LayerNeeds<L extends Layers> = { [K in keyof L]-?: NeedsOf<NonNullable<L[K]>> }[keyof L];

/** A network of layers: a module if all layers are plain, or of type any. */
export type Container<L extends Layers> = [LayerNeeds<L>] extends [never]
  ? Module<LayerParams<L>>
  : // The type any.
    0 extends 1 & L
    ? Module<LayerParams<L>>
    : Network<LayerParams<L>, LayerStates<L>, LayerNeeds<L>>;

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

/** A layer in a network. */
export interface Child {
  readonly name: string;
  readonly layer: Module<object> | Network<object, object>;
  readonly inputShape: Shape;
}

/** The property with which `summary` finds the layers of a network. */
export const CHILDREN: unique symbol = Symbol('layers of the network');

type Tree = Readonly<Record<string, object>>;

/** Returns the tree of a layer. Reads own properties only: a layer can be named toString. */
const ownTree = (all: object, name: string): object => (Object.hasOwn(all, name) ? (all as Tree)[name] : {});

/** The functions of a network that a module does not have. */
const OF_NETWORKS = ['initState', 'train', 'evaluate'];

const isNetwork = (layer: Child['layer']): layer is Network<object, object> =>
  hasFunctions(layer, ...OF_NETWORKS);

const toLayer = (op: string, name: string, layer: unknown): Child['layer'] => {
  if (typeof layer === 'function') return Activation(layer as (x: Tensor) => Tensor);
  const isLayer = hasFunctions(layer, 'init', 'outputShape');
  if (isLayer && hasFunctions(layer, ...OF_NETWORKS)) return layer as unknown as Network<object, object>;
  if (isLayer && hasFunctions(layer, 'apply')) return layer as unknown as Module<object>;
  throw typeError(
    op,
    `layer ${name} is not a layer: expected a function, or an object with the functions init, outputShape and apply, got ${describe(layer)}`,
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
const inLayer = <T>(op: string, name: string, f: () => T): T => {
  try {
    return f();
  } catch (error) {
    const { op: kind, message } = error as { readonly op?: unknown; readonly message: string };
    const isOurs = error instanceof TypeError || error instanceof RangeError;
    // What is not known while a function is compiled is not about the layer.
    if (!isOurs || typeof kind !== 'string' || kind === 'jit') throw error;
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
const checkLayers = (op: string, layers: unknown): (readonly [string, Child['layer']])[] => {
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

/**
 * Returns the network of named layers that are wired in one way. Its errors name `op`.
 *
 * The parameters and the state are objects with the names of the layers that have any. Layer
 * number i gets the key foldIn(key, i).
 */
export const container = <L extends Layers>(op: string, layers: L, wiring: Wiring): Container<L> => {
  const entries = checkLayers(op, layers);
  const { flow, joinTensors, joinShapes } = wiring;
  const names = entries.map(([name]) => name);

  /** Calls `visit` for each layer with the shape of its input; returns the shape of the output. */
  const walk = (inputShape: Shape, visit: (child: Child, index: number) => void): Shape =>
    flow<Shape>(
      checkShape(op, inputShape),
      entries.length,
      (index, shape) => {
        const [name, layer] = entries[index];
        visit({ name, layer, inputShape: shape }, index);
        return checkShape(
          op,
          inLayer(op, name, () => layer.outputShape(shape)),
        );
      },
      joinShapes,
    );
  /** Returns what `make` returns for each layer, without empty objects. */
  const collect = (
    inputShape: Shape,
    make: (child: Child, index: number) => unknown,
    what: string,
  ): object => {
    const trees: Record<string, object> = {};
    walk(inputShape, (child, index) => {
      const own = make(child, index);
      checkObject(op, `the ${what} of layer ${child.name}`, own);
      if (Object.keys(own as object).length > 0) trees[child.name] = own as object;
    });
    return trees;
  };
  const run = (
    x: Tensor,
    params: object,
    apply: (layer: Child['layer'], own: object, value: Tensor, index: number) => Tensor,
  ): Tensor => {
    checkParams(op, params, names);
    return flow(
      checkInput(op, x),
      entries.length,
      (index, value) => {
        const [name, layer] = entries[index];
        return checkTensor(
          op,
          `result of layer ${name}`,
          inLayer(op, name, () => apply(layer, ownTree(params, name), value, index)),
        );
      },
      joinTensors,
    );
  };
  const shared = {
    init: (key: random.Key, inputShape: Shape) =>
      collect(
        inputShape,
        ({ name, layer, inputShape: own }, index) => {
          const ownKey = asOp(op, () => random.foldIn(key, index));
          return inLayer(op, name, () => layer.init(ownKey, own));
        },
        'parameters',
      ),
    outputShape: (inputShape: Shape) => walk(inputShape, () => {}),
    [CHILDREN]: (inputShape: Shape): readonly Child[] => {
      const children: Child[] = [];
      walk(inputShape, (child) => children.push(child));
      return children;
    },
  };
  if (!entries.some(([, layer]) => isNetwork(layer))) {
    const module: Module<object> = {
      ...shared,
      apply: (params, x) =>
        run(x, params, (layer, own, value) => (layer as Module<object>).apply(own, value)),
    };
    return module as Container<L>;
  }
  const result: Network<object, object> = {
    ...shared,
    initState: (inputShape) =>
      collect(
        inputShape,
        ({ name, layer, inputShape: own }) =>
          isNetwork(layer) ? inLayer(op, name, () => layer.initState(own)) : {},
        'state',
      ),
    train: (params, x, given) => {
      if (given === undefined)
        throw typeError(op, 'no key or state: expected train(params, x, { key, state }), got neither');
      checkObject(op, 'last argument of train', given);
      const { key, state } = given;
      if (state !== undefined) checkState(op, state);
      const next: Record<string, object> = {};
      const y = run(x, params, (layer, own, value, index) => {
        if (!isNetwork(layer)) return layer.apply(own, value);
        const [name] = entries[index];
        const made: unknown = layer.train(own, value, {
          ...(key === undefined ? {} : { key: asOp(op, () => random.foldIn(givenKey(op, given), index)) }),
          ...(state === undefined ? {} : { state: ownTree(state, name) }),
        } as typeof given);
        if (!Array.isArray(made) || made.length !== 2)
          throw typeError(
            op,
            `result of layer ${name} is not a pair: expected [y, state], got ${describe(made)}`,
          );
        const [output, nextState] = made as [Tensor, object];
        checkObject(op, `state of layer ${name}`, nextState);
        if (Object.keys(nextState).length > 0) next[name] = nextState;
        return output;
      });
      return [y, next];
    },
    evaluate: (params, x, state?: object) => {
      if (state !== undefined) checkState(op, state);
      return run(x, params, (layer, own, value, index) => {
        if (!isNetwork(layer)) return layer.apply(own, value);
        const ownState = state === undefined ? [] : [ownTree(state, entries[index][0])];
        return layer.evaluate(own, value, ...(ownState as [object]));
      });
    },
  };
  return network(op, result) as unknown as Container<L>;
};
