/**
 * Checks of what public functions are given. All errors name the op, whatever the value is: a symbol, a proxy, a sparse array …
 */
import { checkInteger, describe } from '../base/describe.ts';
import { isTensor, type Tensor } from './tensor.ts';

export { checkInteger, describe, typeNameOf } from '../base/describe.ts';
export { checkShape, formatShape } from '../base/shape.ts';

/** The options of `op`, which may have no other names than `known`. Public functions default them to {}. */
export const checkOptions = <T extends object>(
  op: string,
  options: T,
  known: readonly (keyof T & string)[],
): T => {
  // A Map or a Date has no properties that could be looked at.
  if (Object.prototype.toString.call(options) !== '[object Object]')
    throw new TypeError(`${op}: options must be an object, { ${known[0]}: … }: ${describe(options)}`);
  const names: readonly string[] = known;
  for (const name of Object.keys(options)) {
    if (!names.includes(name))
      throw new TypeError(`${op}: there is no option ${describe(name)}, only ${names.join(', ')}`);
  }
  return options;
};

/**
 * A copy of an array with every item checked, holes included. Each is read once, so that what was checked is what is used. `limit` is the most items of a list that is no
 * tensor data, such as the operands of `concatenate`.
 */
export const checkList = <T>(
  op: string,
  what: string,
  list: unknown,
  check: (item: unknown, place: number) => T,
  limit: number = 2 ** 20,
): T[] => {
  if (!Array.isArray(list)) throw new TypeError(`${op}: ${what} must be an array: ${describe(list)}`);
  const length = checkInteger(op, `the length of ${what}`, list.length, 0, limit);
  const checked: T[] = [];
  for (let place = 0; place < length; place++) checked.push(check(list[place], place));
  return checked;
};

export const checkFunction = (op: string, what: string, value: unknown): void => {
  if (typeof value !== 'function')
    throw new TypeError(`${op}: ${what} must be a function: ${describe(value)}`);
};

export const checkBoolean = (op: string, what: string, value: unknown): boolean => {
  if (typeof value !== 'boolean')
    throw new TypeError(`${op}: ${what} must be true or false: ${describe(value)}`);
  return value;
};

/** A finite number of which `holds`; `range` says so in words, such as "positive". */
export const checkNumber = (
  op: string,
  what: string,
  value: unknown,
  range: string = 'finite',
  holds: (value: number) => boolean = () => true,
): number => {
  if (typeof value !== 'number') throw new TypeError(`${op}: ${what} must be a number: ${describe(value)}`);
  if (!Number.isFinite(value) || !holds(value))
    throw new RangeError(`${op}: ${what} must be ${range}: ${value}`);
  return value;
};

export const checkTensor = (op: string, what: string, value: unknown): Tensor => {
  if (!isTensor(value)) throw new TypeError(`${op}: ${what} must be a Tensor: ${describe(value)}`);
  return value;
};

/** The elements of a tensor. Throws a TypeError if they are gone, as `data` does not. */
export const elementsOf = (op: string, x: Tensor): Float32Array => {
  x.read(op);
  return x.data;
};

/** An object whose properties can be read. */
export const checkObject = (op: string, what: string, value: unknown): void => {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${op}: ${what} must be an object: ${describe(value)}`);
};

/** Throws for a promise, of any realm, which an async function returns instead of its result. */
export const checkNoPromise = (op: string, what: string, value: unknown): void => {
  if (Object.prototype.toString.call(value) === '[object Promise]')
    throw new TypeError(`${op}: ${what} must not be async: it returned a Promise`);
};

/** So many zeros to be filled in, or a copy of the elements of a typed array, whatever its own `length` and iterator say. Throws if the engine has no room, or the elements are no numbers. */
export const newElements = (op: string, of: number | ArrayBufferView): Float32Array<ArrayBuffer> => {
  try {
    return new Float32Array(of as number);
  } catch (error) {
    throw named(op, error);
  }
};

let caller: string | undefined;

/**
 * Runs `f`, the part of a public function `op` that calls other public functions. Its errors start
 * with the name of `op`, or of the outermost function that runs so. `f` must not call functions of
 * the user; getters of user data may run, and their errors are renamed only if they look like ours.
 */
export const asOp = <T>(op: string, f: () => T): T => {
  if (caller !== undefined) return f();
  caller = op;
  try {
    return f();
  } catch (error) {
    throw renamed(op, error);
  } finally {
    caller = undefined;
  }
};

/** The op name for errors thrown later, when a compiled function runs: `op`, or what called it. */
export const callerOr = (op: string): string => caller ?? op;

const NAME = /^[\w.]+: /;

/** An error with the name of `op` instead of the one that it begins with. */
const renamed = (op: string, error: unknown): unknown => {
  if (!(error instanceof Error) || error.message.startsWith(`${op}: `) || !NAME.test(error.message))
    return error;
  // What was donated to a compiled function, or is not known in one, is not the fault of `op`.
  if (error.message.startsWith('jit: ')) return error;
  // Others, such as NonFiniteError, tell on purpose which op it was.
  const Kind = [TypeError, RangeError].find(({ prototype }) => Object.getPrototypeOf(error) === prototype);
  return Kind === undefined ? error : new Kind(error.message.replace(NAME, `${op}: `), { cause: error });
};

/** An error that the engine or the memory of the kernels gave, which do not know for which op they work, with its name in front. */
export const named = (op: string, error: unknown): unknown => {
  if (!(error instanceof RangeError || error instanceof TypeError) || NAME.test(error.message)) return error;
  const Kind = error instanceof RangeError ? RangeError : TypeError;
  return new Kind(`${op}: ${error.message}`, { cause: error });
};
