/**
 * Random keys.
 *
 * A function that needs random numbers takes a key. The same key always produces the same numbers.
 */
import { asOp, callerOr, rangeError, typeError } from '../base/errors.ts';
import type { Deferred } from '../base/deferred.ts';
import { checkedCount } from '../ops/checked.ts';
import { vector } from '../ops/creation.ts';
import { bind } from '../core/bind.ts';
import { INSPECT, type Tensor, isTensor } from '../core/tensor.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import type { KnownCount, ListOf } from '../base/list-of.ts';
import { brand, describe, hasExactly, typeNameOf } from '../base/describe.ts';
import { checkInteger, checkShape, wrongType } from '../core/check.ts';
import { type Shape, formatShape, sizeOf } from '../base/shape.ts';
import { frozen } from '../base/frozen-shape.ts';
import { bitsKernel, foldKernel, keysKernel } from '../kernels/threefry.ts';
import { debugging } from '../core/hooks.ts';

/**
 * Whether a plain object is what structuredClone or postMessage makes of a Key: its own properties,
 * without the class.
 */
const isKeyClone = (value: object): boolean => {
  if (!hasExactly(value, 'data')) return false;
  const { data } = value as { readonly data: ArrayLike<number> };
  return typeNameOf(data) === 'Uint32Array' && data.length % 2 === 0;
};

/**
 * The property `data` of a key: an own property, as for tensors, so that deep equality compares it.
 */
const WORDS_DATA: PropertyDescriptor & ThisType<Key> = {
  get() {
    return readWords(this.words).slice();
  },
  enumerable: true,
};

/**
 * A random key of JAX's Threefry generator, or several in one object, as `keys` returns them.
 *
 * Use each key once: `split` it if you need several.
 */
export class Key {
  /** The two words of each key, as unsigned integers. */
  declare readonly data: Uint32Array;
  readonly #words: Tensor;

  /** @internal Create keys with `key`, `keyFromData`, `split` or `foldIn`. */
  constructor(words: Tensor) {
    this.#words = words;
    Object.defineProperty(this, 'data', WORDS_DATA);
  }

  /**
   * @internal Whether a value is a key of this copy of the package. A Proxy of a key is not, nor is
   * an object that inherits from one.
   */
  static is(value: unknown): value is Key {
    return typeof value === 'object' && value !== null && #words in value;
  }

  /**
   * @internal Two 32-bit words of each key, [...shape, 2], stored as the bits of float32 numbers.
   * They are only copied, never computed with.
   */
  get words(): Tensor {
    try {
      return this.#words;
    } catch {
      throw typeError(
        'Key',
        'invalid object: expected a key made by random.key(), got another object; unwrap a Proxy of a key',
      );
    }
  }

  /** [] for a single key, [count] for several. */
  get shape(): Shape {
    return frozen(this.words.shape.slice(0, -1));
  }

  /** Returns the words, for JSON.stringify. */
  toJSON(): number[] {
    return [...this.data];
  }

  toString(): string {
    const { unreadable } = this.words.source as Partial<Deferred>;
    return unreadable === undefined ? `Key [${this.data.join(', ')}]` : `Key (${unreadable})`;
  }

  static {
    Object.defineProperty(this.prototype, INSPECT, { value: this.prototype.toString });
    brand(this.prototype, {
      kind: 'Key',
      isInstance: Key.is,
      isClone: isKeyClone,
      describe: () => 'a Key',
      advice: 'random.keyFromData(x.data)',
    });
  }
}

/** Returns a view of the bits of a tensor that holds words. */
const readWords = ({ data }: Tensor): Uint32Array =>
  new Uint32Array(data.buffer, data.byteOffset, data.length);

/** Returns a tensor whose elements have the bits of `words`. */
const fromWords = (...words: readonly number[]): Tensor =>
  vector('random.key', new Float32Array(Uint32Array.from(words).buffer));

/** Returns a new key of these words, and reports it to `debugKeys`. */
const makeKey = (words: Tensor): Key => {
  debugging.keys?.made(words);
  return new Key(words);
};

/** Checks a single key. */
export const checkKey = (op: string, key: unknown): Key => {
  if (Key.is(key)) {
    if (key.words.ndim === 1) return key;
    throw rangeError(
      op,
      `several keys: expected a single key, got keys of shape ${formatShape(key.shape)}; use vmap for all of them`,
    );
  }
  const isOther = typeof key === 'number' || Array.isArray(key);
  const hint = isOther ? '; make one with random.key(seed)' : '';
  throw wrongType(op, 'key', 'a random key', key, hint);
};

/**
 * Returns a key made from an integer seed.
 *
 * Seeds that differ by a multiple of 2³² make the same key. Throws a RangeError for a seed that is
 * not a safe integer. Mirrors jax.random.key.
 *
 * @example
 * const key = random.key(7);
 * console.log(`${key}`, key.data); // → Key [0, 7] Uint32Array(2) [ 0, 7 ]
 */
export function key(seed: number): Key {
  checkInteger('random.key', 'seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return makeKey(fromWords(0, seed));
}

/**
 * Returns the key whose words `key.data` returned, for example after they were stored.
 *
 * Throws a RangeError unless `words` holds two integers from 0 to 2³² - 1. Mirrors
 * jax.random.wrap_key_data.
 *
 * @example
 * const stored = [...random.key(7).data];
 * console.log(`${random.keyFromData(stored)}`); // → Key [0, 7]
 */
export function keyFromData(words: ArrayLike<number>): Key {
  const isWord = (word: unknown): boolean =>
    Number.isInteger(word) && (word as number) >= 0 && (word as number) < 2 ** 32;
  const [length, high, low] = [words?.length, words?.[0], words?.[1]];
  if (length !== 2 || !isWord(high) || !isWord(low)) {
    throw rangeError(
      'random.keyFromData',
      `invalid words: expected two integers from 0 to 2^32 - 1, got ${describe(words)}`,
    );
  }
  return makeKey(fromWords(high, low));
}

/** The most keys of one `split`: each key is several objects. `foldIn` makes any other key. */
const MAX_KEYS = 2 ** 20;

const keysPrimitive: LoopPrimitive<{ first: number; count: number }> = {
  name: 'random.split',
  isBits: true,
  shape: (_shapes, { count }) => [count, 2],
  loops: (_shapes, { first, count }) => [
    { kind: 'bits', kernel: keysKernel, parameters: [first], count, steps: [8, 0, 1] },
  ],
};

/**
 * Returns `count` (default 2) new keys, independent of each other and of `key`.
 *
 * Do not use `key` again. The keys of a larger count begin with those of a smaller one. Throws a
 * RangeError for more than 2²⁰ keys; for more, use `keys`. Mirrors jax.random.split.
 *
 * @example
 * const [first, second] = random.split(random.key(0));
 * console.log(random.normal(first, [2]).shape, random.normal(second).shape); // → [ 2 ] []
 */
export function split<const N extends KnownCount = 2>(key: Key, count?: N): ListOf<Key, N>;
export function split(key: Key, count?: number): Key[];
export function split(key: Key, count: number = 2): Key[] {
  const op = 'random.split';
  const { words } = checkKey(op, key);
  const checked = checkInteger(op, 'count', count, 0, MAX_KEYS);
  debugging.keys?.use(callerOr(op), words);
  if (checked === 0) return [];
  const all = asOp(op, () => bind(keysPrimitive, [words], { first: 0, count: checked }));
  return Array.from({ length: checked }, (_, i) => makeKey(bind(rowView, [all], { row: i })));
}

/**
 * Returns one Key object of shape [count] that holds `count` new keys, for `vmap` to map over.
 *
 * They are the keys of split(key, count). Do not use `key` again. Mirrors jax.random.split(key,
 * count).
 *
 * @example
 * const rows = vmap((key: random.Key) => random.normal(key, [2]));
 * console.log(rows(random.keys(random.key(0), 3)).shape); // → [ 3, 2 ]
 */
export function keys(key: Key, count: number): Key {
  const op = 'random.keys';
  const { words } = checkKey(op, key);
  const checked = checkInteger(op, 'count', count, 0);
  debugging.keys?.use(callerOr(op), words);
  return makeKey(asOp(op, () => bind(keysPrimitive, [words], { first: 0, count: checked })));
}

/** A view of one key in the result of `keysPrimitive`, of shape [count, 2]. */
const rowView = {
  name: 'random.row',
  shape: (): Shape => [2],
  view: (_shape: Shape, { row }: { readonly row: number }): number => 2 * row,
};

/** The operands are the words of a key and a counter. */
const foldPrimitive: LoopPrimitive<undefined> = {
  name: 'random.foldIn',
  isBits: true,
  shape: () => [2],
  loops: () => [{ kind: 'bits', kernel: foldKernel, parameters: [], count: 1, steps: [8, 0, 0] }],
};

/**
 * Returns a new key made from `key` and an integer, such as the number of a step or a layer.
 *
 * The integer can be a scalar tensor with a value from 0 to 2²⁴ - 1; a compiled function checks it
 * when it runs. foldIn(key, i) equals split(key, n)[i]. Mirrors jax.random.fold_in.
 *
 * @example
 * console.log(`${random.foldIn(random.key(0), 1)}`); // → Key [928981903, 3453687069]
 */
export function foldIn(key: Key, data: number | Tensor): Key {
  const { words } = checkKey('random.foldIn', key);
  if (isTensor(data)) {
    if (data.ndim !== 0)
      throw rangeError(
        'random.foldIn',
        `invalid data: expected a scalar, got shape ${formatShape(data.shape)}`,
      );
    const counter = checkedCount('random.foldIn', 'data', data);
    return makeKey(asOp('random.foldIn', () => bind(foldPrimitive, [words, counter], undefined)));
  }
  checkInteger('random.foldIn', 'data', data, -(2 ** 31), 2 ** 32 - 1);
  const row = asOp('random.foldIn', () => bind(keysPrimitive, [words], { first: data | 0, count: 1 }));
  return makeKey(bind(rowView, [row], { row: 0 }));
}

const bitsPrimitive: LoopPrimitive<{ shape: Shape }> = {
  name: 'random.bits',
  isBits: true,
  shape: (_shapes, { shape }) => shape,
  loops: (_shapes, { shape }) => [
    { kind: 'bits', kernel: bitsKernel, parameters: [0], count: sizeOf(shape), steps: [4, 0, 1] },
  ],
};

/** Returns 32 random bits for each element. Only kernels that read bits can use this tensor. */
export const rawBits = (op: string, key: Key, shape: Shape): Tensor => {
  const { words } = checkKey(op, key);
  debugging.keys?.use(callerOr(op), words);
  return asOp(op, () => bind(bitsPrimitive, [words], { shape }));
};

/**
 * Returns random 32-bit unsigned integers, in row-major order. Mirrors jax.random.bits.
 *
 * Not supported in `jit` with a key that depends on an argument of the compiled function: throws a
 * TypeError.
 *
 * @example
 * console.log(random.bits(random.key(0), [2])); // → Uint32Array(2) [ 4070199207, 4202968722 ]
 */
export function bits(key: Key, shape: Shape = []): Uint32Array {
  const op = 'random.bits';
  const words = rawBits(op, key, checkShape(op, shape));
  const { unreadable } = words.source as Partial<Deferred>;
  if (unreadable !== undefined)
    throw typeError(op, `${unreadable}: use random.randint or random.uniform, which return tensors`);
  return readWords(words).slice();
}
