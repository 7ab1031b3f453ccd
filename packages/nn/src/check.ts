/** Checks of what public functions are given. All errors name the op, whatever the value is. */
import { isTensor, type Shape, type Tensor, tree } from '@mini/autograd';

/** Any value, short enough for an error message. */
export const describe = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    if (Array.isArray(value))
      return `[${value
        .slice(0, 6)
        .map((item: unknown) => (typeof item === 'object' ? '…' : describe(item)))
        .join(', ')}]`;
    return isTensor(value) ? `a Tensor of shape ${formatShape(value.shape)}` : 'an object';
  } catch {
    return 'an unreadable object';
  }
};

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/** The options of `op`, which may have no other names than `known`. */
export const checkOptions = <T extends object>(
  op: string,
  options: T,
  known: readonly (keyof T & string)[],
): T => {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new TypeError(`${op}: options must be an object, { ${known[0]}: … }: ${describe(options)}`);
  const names: readonly string[] = known;
  for (const name of Object.keys(options)) {
    if (!names.includes(name))
      throw new TypeError(`${op}: there is no option ${describe(name)}, only ${names.join(', ')}`);
  }
  return options;
};

/** A number of which `holds`; `range` says so in words, such as "positive". */
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

export const checkFunction = (op: string, what: string, value: unknown): void => {
  if (typeof value !== 'function')
    throw new TypeError(`${op}: ${what} must be a function: ${describe(value)}`);
};

export const checkBoolean = (op: string, what: string, value: unknown): void => {
  if (typeof value !== 'boolean')
    throw new TypeError(`${op}: ${what} must be true or false: ${describe(value)}`);
};

/** An object whose properties can be read. */
export const checkObject = (op: string, what: string, value: unknown): void => {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${op}: ${what} must be an object: ${describe(value)}`);
};

/** A copy of an array of sizes. */
export const checkShape = (op: string, shape: unknown): Shape => {
  if (!Array.isArray(shape))
    throw new TypeError(`${op}: the input shape must be an array: ${describe(shape)}`);
  // As many axes as a tensor may have.
  const sizes: unknown[] = shape.slice(0, 65);
  if (sizes.length > 64) throw new RangeError(`${op}: the input shape has too many axes: ${describe(shape)}`);
  for (const size of sizes) {
    if (!Number.isSafeInteger(size) || (size as number) < 0)
      throw new RangeError(
        `${op}: the sizes of the input shape must be whole numbers ≥ 0: ${describe(shape)}`,
      );
  }
  return sizes as number[];
};

/** The leaves of a tree of tensors and its form; `what` names the tree in errors. */
export const flattenTree = <P>(op: string, what: string, value: P): [Tensor[], tree.Structure<P>] => {
  try {
    return tree.flatten(value);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    const message = `${op}: ${what}: ${error.message.replace(/^tree\.flatten: /, '')}`;
    throw error instanceof TypeError
      ? new TypeError(message, { cause: error })
      : new RangeError(message, { cause: error });
  }
};
