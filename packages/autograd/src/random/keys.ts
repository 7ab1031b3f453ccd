/** Keys: where randomness comes from. A function that needs random numbers takes a key; the same key gives the same numbers. */
import { asOp, callerOr, rangeError, typeError } from '../base/errors.ts';
import { vector } from '../ops/creation.ts';
import { bind } from '../core/bind.ts';
import { INSPECT, type Tensor, isTraced } from '../core/tensor.ts';
import type { LoopPrimitive } from '../core/primitive.ts';
import { brand, describe, hasExactly, typeNameOf } from '../base/describe.ts';
import { checkInteger, checkShape, wrongType } from '../core/check.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import { bitsKernel, keysKernel } from '../kernels/threefry.ts';
import { debugging } from '../core/hooks.ts';

const isKeyClone = (value: object): boolean => {
  if (!hasExactly(value, 'data')) return false;
  const { data } = value as { readonly data: ArrayLike<number> };
  return typeNameOf(data) === 'Uint32Array' && data.length === 2;
};

/** `data` of a key, an own property as that of a tensor is: so deep equality compares it. */
const WORDS_DATA: PropertyDescriptor & ThisType<Key> = {
  get() {
    return wordsOf(this.words).slice();
  },
  enumerable: true,
};

/** A random key of JAX's Threefry generator. Use each key once: `split` it where several are needed. */
export class Key {
  /** The two words of the key, as unsigned integers. */
  declare readonly data: Uint32Array;
  readonly #words: Tensor;

  /** @internal Keys are made by `key`, `split` and `foldIn`. */
  constructor(words: Tensor) {
    this.#words = words;
    Object.defineProperty(this, 'data', WORDS_DATA);
  }

  /**
   * @internal Whether a value is a key of this copy of the package, not a Proxy of one, nor an
   * object that inherits from one.
   */
  static is(value: unknown): value is Key {
    return typeof value === 'object' && value !== null && #words in value;
  }

  /**
   * @internal Two 32-bit words, kept in the lanes of float32 numbers and only ever copied as such.
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

  /** What JSON.stringify writes: the two words. */
  toJSON(): number[] {
    return [...this.data];
  }

  toString(): string {
    return isTraced(this.words) ? 'Key (not known while it is compiled)' : `Key [${this.data.join(', ')}]`;
  }

  static {
    Object.defineProperty(this.prototype, INSPECT, { value: this.prototype.toString });
    brand(this.prototype, {
      kind: 'Key',
      isMade: Key.is,
      isClone: isKeyClone,
      advice: 'random.keyFromData(x.data)',
    });
  }
}

/** The bits of a tensor that holds words. */
const wordsOf = ({ data }: Tensor): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length);

const ofWords = (...words: readonly number[]): Tensor =>
  vector('random.key', new Float32Array(Uint32Array.from(words).buffer));

/** A new key of these words. */
const madeKey = (words: Tensor): Key => {
  debugging.keys?.made(words);
  return new Key(words);
};

export const checkKey = (op: string, key: unknown): Key => {
  if (Key.is(key)) return key;
  const hint = typeof key === 'number' ? '; make one with random.key(seed)' : '';
  throw wrongType(op, 'key', 'a random key', key, hint);
};

/** A key from a seed, a whole number; seeds that differ by a multiple of 2³² give the same key. Mirrors jax.random.key. */
export function key(seed: number): Key {
  checkInteger('random.key', 'seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return madeKey(ofWords(0, seed));
}

/** The key that `key.data` gave the two words of, for example one that was stored. Mirrors jax.random.wrap_key_data. */
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
  return madeKey(ofWords(high, low));
}

/** Each is a few objects; `foldIn` gives any other one. */
const MAX_KEYS = 2 ** 20;

const keysPrimitive: LoopPrimitive<{ first: number; count: number }> = {
  name: 'random.split',
  isBits: true,
  shape: (_shapes, { count }) => [count, 2],
  loops: (_shapes, { first, count }) => [{ kind: 'bits', kernel: keysKernel, parameters: [first, count] }],
};

/**
 * `count` (default 2) new keys that are independent of each other and of `key`, which should not be used again. The keys of a larger
 * count begin with those of a smaller one. Mirrors jax.random.split.
 */
export function split(key: Key, count: number = 2): Key[] {
  const op = 'random.split';
  const { words } = checkKey(op, key);
  const checked = checkInteger(op, 'count', count, 0, MAX_KEYS);
  debugging.keys?.use(callerOr(op), words);
  if (checked === 0) return [];
  const all = asOp(op, () => bind(keysPrimitive, [words], { first: 0, count: checked }));
  return Array.from({ length: checked }, (_, i) => madeKey(bind(rowView, [all], { row: i })));
}

const rowView = {
  name: 'random.split',
  shape: (): Shape => [2],
  view: (_shape: Shape, { row }: { readonly row: number }): number => 2 * row,
};

/** A new key from `key` and a whole number, such as a step or a layer: foldIn(key, i) is split(key, n)[i]. Mirrors jax.random.fold_in. */
export function foldIn(key: Key, data: number): Key {
  const { words } = checkKey('random.foldIn', key);
  checkInteger('random.foldIn', 'data', data, -(2 ** 31), 2 ** 32 - 1);
  const one = asOp('random.foldIn', () => bind(keysPrimitive, [words], { first: data | 0, count: 1 }));
  return madeKey(bind(rowView, [one], { row: 0 }));
}

const bitsPrimitive: LoopPrimitive<{ shape: Shape }> = {
  name: 'random.bits',
  isBits: true,
  shape: (_shapes, { shape }) => shape,
  loops: (_shapes, { shape }) => [{ kind: 'bits', kernel: bitsKernel, parameters: [0, sizeOf(shape)] }],
};

/** 32 random bits for each element, as a tensor that is only fit for other kernels. */
export const rawBits = (op: string, key: Key, shape: Shape): Tensor => {
  const { words } = checkKey(op, key);
  debugging.keys?.use(callerOr(op), words);
  return asOp(op, () => bind(bitsPrimitive, [words], { shape }));
};

/** Random 32-bit unsigned integers, in row-major order. Mirrors jax.random.bits. */
export function bits(key: Key, shape: Shape = []): Uint32Array {
  const op = 'random.bits';
  return wordsOf(rawBits(op, key, checkShape(op, shape))).slice();
}
