/** The types of layers, and of networks that are made of named layers. */
import type { Tensor } from '@mini/autograd';
import type { Module, NoParams } from './module.ts';
import type { Network, NoState } from './network.ts';

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

/** The type of a network: a module if no layer needs a key or state, or if L is any. */
export type Container<L extends Layers> = [LayerNeeds<L>] extends [never]
  ? Module<LayerParams<L>>
  : // The type any.
    0 extends 1 & L
    ? Module<LayerParams<L>>
    : Network<LayerParams<L>, LayerStates<L>, LayerNeeds<L>>;
