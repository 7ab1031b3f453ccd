/**
 * Errors of public functions.
 *
 * The message starts with the name of the function that the user called. The property `op` of the
 * error holds the same name.
 */

type Kind = typeof RangeError | typeof TypeError;

/**
 * Creates an error with the property `op`.
 *
 * The property is not enumerable, because consoles print enumerable properties below the message.
 */
const opError = (Kind: Kind, op: string, message: string, options?: ErrorOptions): Error =>
  Object.defineProperty(new Kind(`${op}: ${message}`, options), 'op', { value: op });

/** Creates a RangeError of `op`, for a value of the right type that is not allowed. */
export const rangeError = (op: string, message: string): Error => opError(RangeError, op, message);

/** Creates a TypeError of `op`, for a value of the wrong type. */
export const typeError = (op: string, message: string): Error => opError(TypeError, op, message);

/**
 * Returns the class of an error that is exactly a RangeError or a TypeError.
 *
 * Returns undefined for all others, such as subclasses: they keep their names.
 */
const kindOf = (error: unknown): Kind | undefined =>
  [TypeError, RangeError].find((Kind) => error instanceof Kind && error.constructor === Kind);

const opOf = (error: Error): string | undefined => {
  const { op } = error as { readonly op?: unknown };
  return typeof op === 'string' && error.message.startsWith(`${op}: `) ? op : undefined;
};

/**
 * Returns an error of the engine or of memory as an error of `op`.
 *
 * Such errors have no op yet. Other errors are returned unchanged.
 */
export const withOp = (op: string, error: unknown): unknown => {
  const Kind = kindOf(error);
  if (Kind === undefined || opOf(error as Error) !== undefined) return error;
  return opError(Kind, op, (error as Error).message, { cause: error });
};

/** Appends where it happened, such as 'in step 2 of scan', to the message of a RangeError. */
export const addPlace = (error: unknown, place: string): void => {
  if (error instanceof RangeError) error.message += `, ${place}`;
};

/** Errors thrown by functions of the user. */
const userErrors = new WeakSet<object>();

/**
 * Returns an error of another op as an error of `op`.
 *
 * `what` is the argument of `op` that the error is about.
 */
export const renamed = (op: string, error: unknown, what?: string): unknown => {
  const Kind = kindOf(error);
  if (Kind === undefined || userErrors.has(error as Error)) return error;
  const { message } = error as Error;
  const before = opOf(error as Error);
  // Errors of jit stay unchanged: donated and traced tensors cause them, not `op`.
  if (before === undefined || before === op || before === 'jit') return error;
  const detail = message.slice(before.length + 2);
  return opError(Kind, op, what === undefined ? detail : `${what}: ${detail}`, { cause: error });
};

let caller: string | undefined;

/**
 * Runs `f`, the part of a public function `op` that calls other public functions.
 *
 * Its errors become errors of `op`. If calls are nested, they become errors of the outermost op.
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

/** `asOp` for a part that also calls `f`, a function of the user. Errors of `f` stay unchanged. */
export const asOpCalling = <A extends unknown[], R, T>(
  op: string,
  f: (...args: A) => R,
  run: (f: (...args: A) => R) => T,
): T => {
  // In a nested call, `f` is a function of the outer op, not of the user.
  if (caller !== undefined) return run(f);
  const callUser = (...args: A): R => {
    const before = caller;
    caller = undefined;
    try {
      return f(...args);
    } catch (error) {
      if (error instanceof Error) userErrors.add(error);
      throw error;
    } finally {
      caller = before;
    }
  };
  return asOp(op, () => run(callUser));
};

/**
 * Returns the op name for errors that a compiled function throws later, when it runs.
 *
 * This is the outermost public function that is running, or `op` if there is none.
 */
export const callerOr = (op: string): string => caller ?? op;
