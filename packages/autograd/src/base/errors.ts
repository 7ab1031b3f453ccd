/**
 * Errors of public functions. The message starts with the name of the function that the user
 * called, which is also the error's field `op`.
 */

type Kind = typeof RangeError | typeof TypeError;

/** The field is not enumerable: consoles print enumerable fields below the message. */
const opError = (Kind: Kind, op: string, message: string, options?: ErrorOptions): Error =>
  Object.defineProperty(new Kind(`${op}: ${message}`, options), 'op', { value: op });

/** A RangeError of `op`: a value of the right type that is not allowed. */
export const rangeError = (op: string, message: string): Error => opError(RangeError, op, message);

/** A TypeError of `op`: a value of the wrong type. */
export const typeError = (op: string, message: string): Error => opError(TypeError, op, message);

/** The class of an error, if it is exactly RangeError or TypeError: others keep their names. */
const kindOf = (error: unknown): Kind | undefined =>
  [TypeError, RangeError].find((Kind) => error instanceof Kind && error.constructor === Kind);

const opOf = (error: Error): string | undefined => {
  const { op } = error as { readonly op?: unknown };
  return typeof op === 'string' && error.message.startsWith(`${op}: `) ? op : undefined;
};

/** An error of the engine or of memory, which do not know for which op they work, as one of `op`. */
export const withOp = (op: string, error: unknown): unknown => {
  const Kind = kindOf(error);
  if (Kind === undefined || opOf(error as Error) !== undefined) return error;
  return opError(Kind, op, (error as Error).message, { cause: error });
};

/** Errors that come from functions of the user. */
const foreign = new WeakSet<object>();

/** An error of another op as one of `op`, about its argument `what`. */
export const renamed = (op: string, error: unknown, what?: string): unknown => {
  const Kind = kindOf(error);
  if (Kind === undefined || foreign.has(error as Error)) return error;
  const { message } = error as Error;
  const before = opOf(error as Error);
  // What was donated to a compiled function, or is unknown in one, is not the fault of `op`.
  if (before === undefined || before === op || before === 'jit') return error;
  const detail = message.slice(before.length + 2);
  return opError(Kind, op, what === undefined ? detail : `${what}: ${detail}`, { cause: error });
};

let caller: string | undefined;

/**
 * Runs `f`, the part of a public function `op` that calls other public functions. Its errors are
 * those of `op`, or of the outermost function that runs so.
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

/** `asOp` for a part that also calls `f`, a function of the user, whose errors stay as they are. */
export const asOpCalling = <A extends unknown[], R, T>(
  op: string,
  f: (...args: A) => R,
  run: (f: (...args: A) => R) => T,
): T => {
  // Inside of another op, `f` is a function of that op.
  if (caller !== undefined) return run(f);
  const outside = (...args: A): R => {
    const before = caller;
    caller = undefined;
    try {
      return f(...args);
    } catch (error) {
      if (error instanceof Error) foreign.add(error);
      throw error;
    } finally {
      caller = before;
    }
  };
  return asOp(op, () => run(outside));
};

/** The op name for errors thrown later, when a compiled function runs: `op`, or what called it. */
export const callerOr = (op: string): string => caller ?? op;
