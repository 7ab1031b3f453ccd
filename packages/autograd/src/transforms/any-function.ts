/** Any function of trees. Parameters are contravariant, so only `any` accepts all functions. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyFunction = (...args: any[]) => unknown;
