/** Chains of transformations. */
import { checkFunction, checkObject, describe, typeError } from '@mini/autograd/check';
import { checkLike, checkNames, checkOrder } from './checks.ts';
import type { Memory, Optimizer, Transformation } from './types.ts';

/** The memories of the parts of a chain, joined. */
export type Joined<S extends readonly unknown[]> = S extends readonly [infer First, ...infer Rest]
  ? First & Joined<Rest>
  : object;

type Trees = Readonly<Record<string, unknown>>;
/** The names in the state of a part, and the names of the same trees in the state of the chain. */
type Names = readonly (readonly [own: string, joined: string])[];

/** Whether a part is an optimizer, which has a transformation. */
export const isOptimizer = <S>(
  part: Transformation<S> | Optimizer<S>,
): part is Optimizer<S> & Required<Pick<Optimizer<S>, 'transformation'>> =>
  'transformation' in part && part.transformation !== undefined;

/** Returns the transformation of a part of `op`, which can also be an optimizer. */
export const toTransformation = <S>(
  op: string,
  what: string,
  part: Transformation<S> | Optimizer<S>,
): Transformation<S> => {
  checkObject(op, what, part);
  const transformation = isOptimizer(part) ? part.transformation : (part as Transformation<S>);
  checkObject(op, what, transformation);
  checkFunction(op, `init of ${what}`, transformation.init);
  checkFunction(op, `update of ${what}`, transformation.update);
  return transformation;
};

/**
 * Chooses the names of the trees in the state of a chain.
 *
 * All parts share `step`. Any other name that an earlier part already uses gets a number.
 */
const namesOf = (states: readonly object[]): readonly Names[] => {
  const taken = new Set<string>();
  const choose = (own: string): readonly [string, string] => {
    let joined = own;
    if (own !== 'step') for (let n = 2; taken.has(joined); n++) joined = `${own.replace(/\d+$/, '')}${n}`;
    taken.add(joined);
    return [own, joined];
  };
  return states.map((state) => Object.keys(state).map(choose));
};

const join = (states: readonly Trees[], names: readonly Names[]): Trees =>
  Object.fromEntries(states.flatMap((state, i) => names[i].map(([own, joined]) => [joined, state[own]])));

/** `chain` whose errors start with `op`. */
export const chainFor = <S>(op: string, parts: readonly Transformation[]): Transformation<S> => {
  const start = (params: unknown): readonly Trees[] =>
    parts.map((part, i) => {
      const state: unknown = part.init(params);
      checkObject(`${op}.init`, `state of part ${i}`, state);
      return state as Trees;
    });
  // The names depend only on the parts, not on the parameters.
  let names: readonly Names[] | undefined;
  return {
    init: <P>(params: P) => {
      checkLike(`${op}.init`, 'params', params, params);
      const states = start(params);
      names = namesOf(states);
      return join(states, names) as Memory<S, P>;
    },
    update: <P>(gradients: P, state: Memory<S, P>, params: P) => {
      const all = checkOrder(`${op}.update`, 'transformation', [gradients, state, params], () => {
        checkLike(`${op}.update`, 'gradients', params, gradients);
        names ??= namesOf(start(params));
        checkNames(
          `${op}.update`,
          names.flat().map(([, joined]) => joined),
          state,
          true,
        );
        return names;
      });
      let updates = gradients;
      const states = parts.map((part, i) => {
        const own = all[i].map(([name, joined]) => [name, (state as Trees)[joined]]);
        const result: unknown = part.update(updates, Object.fromEntries(own), params);
        if (!Array.isArray(result) || result.length !== 2)
          throw typeError(
            `${op}.update`,
            `invalid result of part ${i}: expected [updates, state], got ${describe(result)}`,
          );
        checkNames(
          `${op}.update`,
          all[i].map(([name]) => name),
          result[1],
        );
        updates = result[0] as P;
        return result[1] as Trees;
      });
      return [updates, join(states, all) as Memory<S, P>];
    },
  };
};

/**
 * Applies transformations one after another: each one receives the updates of the one before.
 *
 * The state of a chain has the trees of all its parts. They share `step`. If two parts have another
 * name in common, the later one gets a number: `velocity`, `velocity2`. A part can also be an
 * optimizer; the chain then uses its transformation. Mirrors optax.chain.
 *
 * @example
 * const clipped = optimizer(chain(clipByGlobalNorm(1), scaleByAdam(), scaleByLearningRate(0.1)));
 * const params = { w: tensor([1, 2]) };
 * const state = clipped.init(params);
 * console.log(Object.keys(state).join()); // → step,mean,square
 * const [next] = clipped.update(params, { w: tensor([30, 40]) }, state);
 * console.log(next.w); // → Tensor [2] [0.9, 1.9]
 */
export function chain<S extends readonly unknown[]>(
  ...parts: { readonly [K in keyof S]: Transformation<S[K]> | Optimizer<S[K]> }
): Transformation<Joined<S>> {
  return chainFor(
    'chain',
    (parts as readonly Transformation[]).map((part, i) => toTransformation('chain', `part ${i}`, part)),
  );
}
