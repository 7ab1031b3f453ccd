/** Whether a value is an object with functions of these names, its own or those of its class. */
export const hasFunctions = <N extends string>(
  value: unknown,
  ...names: readonly N[]
): value is Readonly<Record<N, (...args: never) => unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function');
