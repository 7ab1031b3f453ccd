/** Sorts 32-bit integers in linear time. */
import { BUCKETS, DIGIT_BITS, sortByDigit } from '../kernels/radix-sort.ts';
import { lazy } from '../kernels/kernel.ts';
import { compileModule, instantiateIn } from '../runtime/memory.ts';

/** Up to this many keys are sorted by insertion, which is faster for few. */
const FEW = 48;

/** Sorts keys of one size, again and again. */
export interface RadixSorter {
  /** The keys, unsigned integers. Write them here before `sort`. */
  readonly keys: Int32Array;
  /** A value for each key. */
  readonly values: Int32Array;
  /** Sorts `keys`, and moves `values` along. Equal keys keep their order. */
  sort(): void;
}

/** Inserts each key, with its value, into the sorted ones before it. */
const sortByInsertion = (keys: Int32Array, values: Int32Array): void => {
  for (let i = 1; i < keys.length; i++) {
    const [key, value] = [keys[i], values[i]];
    let place = i;
    for (; place > 0 && keys[place - 1] >>> 0 > key >>> 0; place--) {
      keys[place] = keys[place - 1];
      values[place] = values[place - 1];
    }
    keys[place] = key;
    values[place] = value;
  }
};

const PAGE = 65536;
const sortModule = /* @__PURE__ */ lazy(() => compileModule(sortByDigit()));

/** The most bytes of a memory that is kept for the next op. */
const KEPT_BYTES = 2 ** 20 + PAGE;
let kept: ReturnType<typeof instantiateIn> | undefined;

/** Returns the kernel with a memory of at least so many bytes. */
const sortIn = (bytes: number): ReturnType<typeof instantiateIn> => {
  if (kept !== undefined && bytes <= kept.memory.buffer.byteLength) return kept;
  const made = instantiateIn(sortModule(), Math.ceil(bytes / PAGE));
  if (bytes <= KEPT_BYTES) kept = made;
  return made;
};

/**
 * Returns a sorter of `size` keys. It is for one op, and the next one may use its memory.
 *
 * It sorts by each digit of the keys, from the lowest to the highest. Keys move along with their
 * values, so that each pass reads both in order. It has a memory of its own: that of the other
 * kernels must not grow while an op runs.
 */
export const makeRadixSorter = (size: number): RadixSorter => {
  if (size <= FEW) {
    const [keys, values] = [new Int32Array(size), new Int32Array(size)];
    return { keys, values, sort: () => sortByInsertion(keys, values) };
  }
  const bytes = 4 * size;
  const buckets = 4 * bytes;
  const { memory, kernel } = sortIn(buckets + 4 * BUCKETS);
  const words = new Int32Array(memory.buffer);
  const sort = (): void => {
    // After four digits, keys and values are where they were at first.
    for (let digit = 0; digit < 4; digit++) {
      words.fill(0, buckets >> 2, (buckets >> 2) + BUCKETS);
      const [from, to] = digit % 2 === 0 ? [0, 2 * bytes] : [2 * bytes, 0];
      kernel(from, from + bytes, to, to + bytes, buckets, DIGIT_BITS * digit, size);
    }
  };
  return { keys: words.subarray(0, size), values: words.subarray(size, 2 * size), sort };
};
