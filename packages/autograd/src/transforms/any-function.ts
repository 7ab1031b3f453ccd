/** Makes TypeScript infer a tuple for a list, as opposed to an array. */
export type Tuple = readonly [unknown, ...unknown[]];

/** Any result of a function. A list is inferred as a tuple. */
// oxlint-disable-next-line typescript/no-empty-object-type, typescript/no-invalid-void-type
export type AnyResult = Tuple | {} | null | undefined | void;

/** Any function of trees, which can be called with any arguments. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyFunction = (...args: any[]) => unknown;

/**
 * Any function of trees, as a constraint. Its lists are inferred as tuples.
 *
 * Functions with any parameters are assignable to one with parameters of type never. A parameter
 * without a type gets never from it, where `any` would hide mistakes.
 */
export type TreeFunction = (...args: never[]) => AnyResult;

/** The name of a function, for messages. */
export const nameOf = ({ name }: AnyFunction): string =>
  typeof name === 'string' && name !== '' ? name.slice(0, 100) : 'the function';
