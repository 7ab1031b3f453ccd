/** Sorts 32-bit integers in linear time. */

/** Three digits of 11 bits hold 32 bits. */
const BITS = 11;
const BUCKETS = 2 ** BITS;

/**
 * Returns the indices that sort keys as unsigned integers. Equal keys keep their order.
 *
 * It sorts by each digit of the keys, from the lowest to the highest. Keys move along with their
 * indices, so that each pass reads both in order.
 */
export const radixOrder = (unsorted: Int32Array | Uint32Array): Uint32Array => {
  const size = unsorted.length;
  let keys = new Int32Array(unsorted);
  let order = new Uint32Array(size);
  for (let i = 0; i < size; i++) order[i] = i;
  let [nextKeys, nextOrder] = [new Int32Array(size), new Uint32Array(size)];
  const starts = new Uint32Array(BUCKETS + 1);
  for (let shift = 0; shift < 32; shift += BITS) {
    starts.fill(0);
    for (let i = 0; i < size; i++) starts[((keys[i] >>> shift) & (BUCKETS - 1)) + 1]++;
    for (let bucket = 1; bucket < BUCKETS; bucket++) starts[bucket] += starts[bucket - 1];
    for (let i = 0; i < size; i++) {
      const key = keys[i];
      const place = starts[(key >>> shift) & (BUCKETS - 1)]++;
      nextKeys[place] = key;
      nextOrder[place] = order[i];
    }
    [keys, nextKeys, order, nextOrder] = [nextKeys, keys, nextOrder, order];
  }
  return order;
};
