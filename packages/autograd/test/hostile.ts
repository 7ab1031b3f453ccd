/**
 * Invalid arguments for every public function, and what must hold for all of them. The
 * hostile.test.ts of both packages use this.
 */
import { fc } from '@fast-check/vitest';
import { expect } from 'vitest';
import * as m from '../src/index.ts';
import { random, tensor, type Tensor } from '../src/index.ts';
import { Tensor as TensorClass } from '../src/core/tensor.ts';
import { allocatedBytes } from '../src/runtime/memory.ts';

/**
 * A value that is made afresh for each call, so that a call cannot spoil the next one, with a name
 * to show in a failure.
 */
export interface Value {
  readonly name: string;
  readonly make: () => unknown;
}

const named = (name: string, make: () => unknown): Value =>
  Object.assign({ name, make }, { [fc.toStringMethod]: () => name });

/** What getters, traps and callbacks of the caller throw: it must come through as it is. */
class CallerError extends Error {}
const fail = (): never => {
  throw new CallerError('thrown by the caller');
};

const proxyThatThrows = (target: object): unknown =>
  new Proxy(target, {
    get: fail,
    has: fail,
    ownKeys: fail,
    getPrototypeOf: fail,
    getOwnPropertyDescriptor: fail,
    apply: fail,
  });

const revoked = (target: object): unknown => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

const withLength = (length: unknown, item: unknown): unknown =>
  new Proxy([item], {
    get: (target, key, receiver) => {
      if (key === 'length') return length;
      return typeof key === 'string' && /^\d+$/.test(key) ? item : Reflect.get(target, key, receiver);
    },
  });

const detach = <T extends ArrayBufferView>(view: T): T => {
  structuredClone(view, { transfer: [view.buffer as ArrayBuffer] });
  return view;
};

const resized = (): Float32Array => {
  const buffer = new (ArrayBuffer as unknown as new (
    size: number,
    options: object,
  ) => ArrayBuffer & { resize(size: number): void })(16, { maxByteLength: 64 });
  const view = new Float32Array(buffer, 4, 3);
  buffer.resize(8);
  return view;
};

const lyingArray = (): Float32Array =>
  Object.defineProperties(Float32Array.of(1, 2, 3), {
    length: { value: 5 },
    [Symbol.iterator]: { value: fail },
  });

const nested = (depth: number, wrap: (inner: unknown) => unknown, inner: unknown): unknown => {
  let value = inner;
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
};

const cycle = (empty: object, key: string): unknown => Object.assign(empty, { [key]: empty });

const matrix = (): Tensor =>
  tensor([
    [1, -2, 3],
    [4, 0.5, 6],
  ]);

const primitives: readonly unknown[] = [
  ...[undefined, null, true, false, 0, -0, 1, 3, -1, 1.5, NaN, Infinity, -Infinity],
  ...[1e308, 5e-324, 70_000, 2 ** 31, 2 ** 32 + 1, 2 ** 53, -(2 ** 53)],
  ...[
    '',
    '3',
    'axis',
    'ij,jk->ik',
    '\ud800',
    'x'.repeat(10_000),
    1n,
    2n ** 70n,
    Symbol('s'),
    Symbol.iterator,
  ],
];

const shown = (value: unknown): string =>
  typeof value === 'string'
    ? JSON.stringify(value.slice(0, 20))
    : `${String(value)}${typeof value === 'bigint' ? 'n' : ''}`;

const objects: Readonly<Record<string, () => unknown>> = {
  'a class': () =>
    class Thing {
      x = 1;
    },
  'an async function': () => async (x: unknown) => x,
  'a generator function': () =>
    function* generate() {
      yield 1;
    },
  'a function that throws': () => fail,
  'a function that gives null': () => () => null,
  'a function that gives a symbol': () => () => Symbol('result'),
  'a function that gives NaN': () => () => NaN,
  'a function that gives its argument': () => (x: unknown) => x,
  'a function that gives a cycle': () => () => [tensor(1), cycle([], '0')],
  'a function that gives a tensor': () => matrix,
  'a function that differentiates': () => () =>
    m.grad((y: Tensor) => m.sum(m.square(y)))(tensor([1, 2])).data[0],
  'a revoked function': () => revoked(() => 1),
  'a proxy of a function that throws': () => proxyThatThrows(() => 1),
  'an empty object': () => ({}),
  'an object without prototype': () => Object.create(null),
  'an object with the key __proto__': () => JSON.parse('{"__proto__": {"axis": 1}}'),
  'a length alone': () => ({ length: 2 ** 32 }),
  'a negative length': () => ({ length: -1 }),
  'a date': () => new Date(0),
  'a map': () => new Map(),
  'a promise': () => Promise.resolve(tensor(1)),
  'a class instance': () =>
    new (class Point {
      x = 1;
    })(),
  'a getter that throws': () => ({
    get axis() {
      return fail();
    },
  }),
  'a proxy that throws': () => proxyThatThrows({}),
  'a proxy of an array that throws': () => proxyThatThrows([]),
  'a proxy of a tensor that throws': () => proxyThatThrows(matrix()),
  'a proxy of a tensor': () => new Proxy(matrix(), {}),
  'a revoked proxy': () => revoked({}),
  'a revoked array': () => revoked([]),
  'a revoked tensor': () => revoked(matrix()),
  'a frozen object': () => Object.freeze({ a: matrix() }),
  'an object in a cycle': () => cycle({}, 'self'),
  'an array in a cycle': () => cycle([], '0'),
  'a deep array': () => nested(10_000, (x) => [x], 1),
  'a deep tree': () => nested(10_000, (x) => ({ x }), tensor(1)),
  'a tree of 2^40 leaves': () => nested(40, (x) => [x, x], tensor(1)),
  'an empty array': () => [],
  'an array of an empty array': () => [[]],
  'a sparse array': () => new Array(3),
  'a very long sparse array': () => new Array(2 ** 32 - 1),
  'an array that starts with a hole': () => Object.assign(new Array(3), { 2: 1 }),
  'a frozen array': () => Object.freeze([1]),
  ...Object.fromEntries(
    [2 ** 40, 2 ** 28, -1, NaN, Infinity, 'x', undefined, 1.5].flatMap((length) =>
      [0, undefined].map((item) => [
        `an array that claims to hold ${String(length)} times ${String(item)}`,
        () => withLength(length, item),
      ]),
    ),
  ),
  'a typed array': () => Float32Array.of(1, 2, 3),
  bytes: () => Uint8Array.of(0, 1),
  'big integers': () => new BigInt64Array(2),
  'big integers in disguise': () => Object.setPrototypeOf(new BigInt64Array(2), Float32Array.prototype),
  'a detached array': () => detach(Float32Array.of(1, 2, 3)),
  'a shrunk array': resized,
  'a shared array': () => new Float32Array(new SharedArrayBuffer(8)),
  'an array that lies': lyingArray,
  'a data view': () => new DataView(new ArrayBuffer(8)),
  'a buffer': () => new ArrayBuffer(8),
  'a scalar': () => tensor(2),
  'a vector': () => tensor([1, 2, 3]),
  'a matrix': matrix,
  'no elements': () => m.zeros([0]),
  'no columns': () => m.zeros([3, 0]),
  'very many empty rows': () => m.zeros([2 ** 30, 0, 2]),
  'NaN and infinities': () => tensor([NaN, Infinity, -0]),
  'a tensor of 64 axes': () => m.ones(new Array<number>(64).fill(1)),
  'a tall matrix': () => m.ones([70_000, 1]),
  'a wide matrix': () => m.ones([1, 70_000]),
  'a detached tensor': () => {
    const x = matrix();
    detach(x.data);
    return x;
  },
  'what only inherits from Tensor': () => Object.create(TensorClass.prototype),
  'what inherits from a tensor': () => Object.create(matrix()),
  'a key': () => random.key(3),
  'what only inherits from Key': () => Object.create(Object.getPrototypeOf(random.key(3)) as object),
  'sizes of 2^31': () => [65_536, 32_768],
  'sizes just above 2^31': () => [46_341, 46_341],
  'sizes beyond 2^53': () => [2 ** 30, 2 ** 30, 2 ** 30],
  'sizes of infinity times 0': () => [1e308, 1e308, 0],
  'a size of 0 and a large one': () => [0, 2 ** 53],
  'a thousand sizes': () => new Array(1000).fill(1),
};

const single: fc.Arbitrary<Value> = fc.constantFrom(
  ...primitives.map((value) => named(shown(value), () => value)),
  ...Object.entries(objects).map(([name, make]) => named(name, make)),
);

const listOf = (items: readonly Value[]): Value =>
  named(`[${items.map(({ name }) => name).join(', ')}]`, () => items.map(({ make }) => make()));

const objectOf = (fields: Readonly<Record<string, Value>>): Value =>
  named(
    `{ ${Object.entries(fields)
      .map(([key, { name }]) => `${key}: ${name}`)
      .join(', ')} }`,
    () => Object.fromEntries(Object.entries(fields).map(([key, { make }]) => [key, make()])),
  );

/** Any nonsense, also in arrays and objects. */
const hostile: fc.Arbitrary<Value> = fc.oneof(
  { arbitrary: single, weight: 5 },
  { arbitrary: fc.array(single, { minLength: 1, maxLength: 3 }).map(listOf), weight: 2 },
  {
    arbitrary: fc
      .dictionary(fc.constantFrom('axis', 'a', 'w', '__proto__', 'shape', 'constructor'), single, {
        maxKeys: 2,
      })
      .map(objectOf),
    weight: 1,
  },
);

/** What an argument may be when it is right. */
export type Kind = fc.Arbitrary<Value>;

export const kind = (...makes: readonly (() => unknown)[]): Kind =>
  fc.constantFrom(...makes.map((make, i) => named(`good value ${i}`, make)));
export const values = (...list: readonly unknown[]): Kind =>
  fc.constantFrom(...list.map((value) => named(String(value), () => value)));

/** An object of options, each right, nonsense or missing. */
export const options = (fields: Readonly<Record<string, Kind>>): Kind =>
  fc
    .record(
      Object.fromEntries(
        Object.entries(fields).map(([key, good]) => [
          key,
          fc.oneof({ arbitrary: good, weight: 3 }, { arbitrary: hostile, weight: 1 }),
        ]),
      ),
      { requiredKeys: [] },
    )
    .map((chosen) => objectOf(chosen as Record<string, Value>));

export interface Row {
  readonly args: readonly Kind[];
  /** How to call it; by default the export itself is. */
  readonly call?: (...args: never[]) => unknown;
  /**
   * Names that errors may begin with besides that of the export; 'any' where the caller's functions
   * use ops themselves.
   */
  readonly errors?: readonly string[] | 'any';
  /** Calls that would rightly take gigabytes or minutes. */
  readonly skip?: (...args: never[]) => boolean;
  /** Programs and their memory may stay behind. */
  readonly compiles?: boolean;
}

// What must hold

const checkWellFormed = (value: unknown, depth: number = 0): void => {
  if (value instanceof TensorClass) {
    for (const size of value.shape) expect(Number.isInteger(size) && size >= 0).toBe(true);
    // A function that only passes tensors on returns those whose elements were transferred, too.
    if (value.source instanceof Float32Array && value.source.buffer.byteLength === 0) return;
    expect(value.storage.length).toBe(value.shape.reduce((product, size) => product * size, 1));
    return;
  }
  if (depth < 3 && Array.isArray(value))
    for (const part of value.slice(0, 20)) checkWellFormed(part, depth + 1);
};

/** The engine's own errors for objects that it refuses to touch or call. */
const FROM_OUTSIDE = /on a proxy that has been revoked|Class constructor \w+ cannot be invoked/;

const checkError = (op: string, error: unknown, allowed: Row['errors']): void => {
  if (error instanceof CallerError) return;
  expect(error instanceof TypeError || error instanceof RangeError, String(error)).toBe(true);
  const { message } = error as Error;
  if (FROM_OUTSIDE.test(message)) return;
  const own = op.replace(/^Tensor\./, '');
  const names = [own, 'Tensor', ...(allowed === 'any' || allowed === undefined ? [] : allowed)];
  const isNamed = names.some((name) => message.startsWith(`${name}: `));
  expect(
    isNamed || (allowed === 'any' && /^[\w.]+: /.test(message)),
    `${op} gave: ${(error as Error).stack}`,
  ).toBe(true);
};

/** The contents of tensors and arrays among the arguments, to see that a call leaves them alone. */
const contents = (value: unknown, depth: number = 0): unknown => {
  try {
    if (value instanceof TensorClass) {
      return {
        shape: [...value.shape],
        bits: value.size > 100 ? value.size : new Uint32Array(value.data.slice().buffer),
      };
    }
    if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer).slice();
    if (depth < 3 && Array.isArray(value) && value.length < 10)
      return value.map((part) => contents(part, depth + 1));
    return typeof value === 'object' || typeof value === 'function' ? 'an object' : value;
  } catch {
    return 'unreadable';
  }
};

const SIZE = 300;
const canaryStep = m.jit(
  (state: Tensor, by: Tensor) => ({ state: m.add(m.mul(state, 0.5), by), total: m.sum(state) }),
  { donate: 0 },
);
let canaryState = m.ones([SIZE]);
let canaryValue = 1;

/** Throws unless the library still computes what it should. */
const checkCanary = (): void => {
  const [a, b] = [
    matrix(),
    tensor([
      [1, 0],
      [0, 1],
      [2, -1],
    ]),
  ];
  expect([...m.matmul(a, b).data]).toEqual([7, -5, 16, -5.5]);
  expect([...m.add(a, tensor([1, 2, 3])).data]).toEqual([2, 0, 6, 5, 2.5, 9]);
  expect([...m.sum(a, { axis: 0 }).data]).toEqual([5, -1.5, 9]);
  expect([...m.grad((x: Tensor) => m.sum(m.mul(x, x)))(a).data]).toEqual([2, -4, 6, 8, 1, 12]);
  // Neither inside of a derivative nor of a function that is being compiled.
  expect(m.mul(a, 2).record).toBeUndefined();
  const { state, total } = canaryStep(canaryState, tensor(1));
  expect(total.item()).toBe(Math.fround(SIZE * canaryValue));
  canaryState = state;
  canaryValue = Math.fround(Math.fround(canaryValue * 0.5) + 1);
};

const SECONDS = 3;

/** Calls `f` with the arguments and checks everything that must hold. */
const attack = (op: string, f: (...args: unknown[]) => unknown, row: Row, given: readonly Value[]): void => {
  const args = given.map(({ make }) => make());
  if (row.skip?.(...(args as never[])) === true) return;
  const before = args.map((arg) => contents(arg));
  const bytes = allocatedBytes();
  const start = performance.now();
  try {
    const result = f(...args);
    // Of a promise that nobody awaits.
    if (result instanceof Promise) result.catch(() => undefined);
    checkWellFormed(result);
  } catch (error) {
    if (error instanceof Error && error.name === 'AssertionError') throw error;
    checkError(op, error, row.errors);
  }
  expect(performance.now() - start, `${op} took long`).toBeLessThan(1000 * SECONDS);
  if (row.compiles !== true) expect(allocatedBytes(), `${op} keeps memory`).toBe(bytes);
  expect(args.map((arg) => contents(arg))).toEqual(before);
  checkCanary();
};

const RUNS = Number(process.env['HOSTILE_RUNS'] ?? 40);
/** The same cases every time, unless more are asked for. */
const SEED = process.env['HOSTILE_RUNS'] === undefined ? { seed: 20 } : {};

/** Attacks one public function. */
export const assault = (op: string, f: (...args: unknown[]) => unknown, row: Row): void => {
  checkCanary();
  const call = (row.call ?? f) as (...args: unknown[]) => unknown;
  const argument = (good: Kind): fc.Arbitrary<Value> =>
    fc.oneof({ arbitrary: good, weight: 2 }, { arbitrary: hostile, weight: 1 });
  fc.assert(
    fc.property(fc.tuple(...row.args.map(argument)), (given) => attack(op, call, row, given)),
    { numRuns: RUNS, ...SEED },
  );
};
