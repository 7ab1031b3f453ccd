/** Any function of trees. Parameters are contravariant, so only `any` accepts all functions. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyFunction = (...args: any[]) => unknown;

/** The name of a function, for messages. */
export const nameOf = ({ name }: AnyFunction): string =>
  typeof name === 'string' && name !== '' ? name.slice(0, 100) : 'the function';
