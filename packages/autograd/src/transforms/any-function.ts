/** Any function of trees. Its parameters are contravariant, so only `any` fits all. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyFunction = (...args: any[]) => unknown;
