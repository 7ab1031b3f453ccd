/** Sorts 32-bit integers in linear time. */

/** Four digits of 8 bits hold 32 bits. */
const DIGITS = 4;
const BITS = 8;
const BUCKETS = 2 ** BITS;

/** Up to this many keys are sorted by insertion, which is faster for few. */
const FEW = 48;

/** Sorts arrays of one size again and again, in the same memory. */
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

/** Counts how often each digit occurs at each of the four places. */
const countDigits = (keys: Int32Array, counts: Int32Array): void => {
  counts.fill(0);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    counts[key & 255]++;
    counts[BUCKETS + ((key >> 8) & 255)]++;
    counts[2 * BUCKETS + ((key >> 16) & 255)]++;
    counts[3 * BUCKETS + (key >>> 24)]++;
  }
};

/** Replaces the counts of a digit's buckets, from `first` on, with the sums of those before. */
const sumCounts = (counts: Int32Array, first: number): void => {
  let sum = 0;
  for (let bucket = first; bucket < first + BUCKETS; bucket++) {
    const count = counts[bucket];
    counts[bucket] = sum;
    sum += count;
  }
};

/**
 * Moves keys and values to the places of their digits. `places` holds the next place of each
 * bucket, from `first` on.
 *
 * Two at a time, which takes two thirds of the time: otherwise each element is read right after
 * the one before was written, and the engine reads the arrays' addresses again after each write.
 */
const moveByDigit = (
  keys: Int32Array,
  values: Int32Array,
  toKeys: Int32Array,
  toValues: Int32Array,
  places: Int32Array,
  digit: number,
): void => {
  const size = keys.length;
  const [first, shift] = [digit * BUCKETS, digit * BITS];
  for (let i = 0; i < size; i += 2) {
    const key = keys[i];
    const value = values[i];
    const bucket = first + ((key >> shift) & 255);
    const place = places[bucket];
    places[bucket] = place + 1;
    if (i + 1 < size) {
      const nextKey = keys[i + 1];
      const nextValue = values[i + 1];
      const nextBucket = first + ((nextKey >> shift) & 255);
      const nextPlace = places[nextBucket];
      places[nextBucket] = nextPlace + 1;
      toKeys[nextPlace] = nextKey;
      toValues[nextPlace] = nextValue;
    }
    toKeys[place] = key;
    toValues[place] = value;
  }
};

/**
 * Returns a sorter of `size` keys.
 *
 * It sorts by each digit of the keys, from the lowest to the highest. Keys move along with their
 * values, so that each pass reads both in order. A digit that all keys share takes no pass.
 */
export const makeRadixSorter = (size: number): RadixSorter => {
  const [keys, values] = [new Int32Array(size), new Int32Array(size)];
  if (size <= FEW) return { keys, values, sort: () => sortByInsertion(keys, values) };
  const [otherKeys, otherValues] = [new Int32Array(size), new Int32Array(size)];
  const counts = new Int32Array(DIGITS * BUCKETS);
  const sort = (): void => {
    countDigits(keys, counts);
    const [key] = keys;
    let [from, to] = [
      { keys, values },
      { keys: otherKeys, values: otherValues },
    ];
    for (let digit = 0; digit < DIGITS; digit++) {
      const first = digit * BUCKETS;
      if (counts[first + ((key >> (digit * BITS)) & 255)] === size) continue;
      sumCounts(counts, first);
      moveByDigit(from.keys, from.values, to.keys, to.values, counts, digit);
      [from, to] = [to, from];
    }
    if (from.keys === keys) return;
    keys.set(from.keys);
    values.set(from.values);
  };
  return { keys, values, sort };
};
