/** Any function of trees. */
// oxlint-disable-next-line typescript/no-explicit-any -- the parameters of a function are
// contravariant: only any fits all.
export type AnyFunction = (...args: any[]) => unknown;
