/** The kernel that sorts by one digit of integer keys. */
import { FunctionBuilder, type Local, doWhile } from '../wasm/assembler.ts';
import type { Code } from '../wasm/instructions/encoding.ts';
import * as i32 from '../wasm/instructions/i32.ts';
import { advance } from '../wasm/pointers.ts';

/** Digits have 8 bits. */
export const DIGIT_BITS = 8;
/** There is a bucket for each digit. Its entry has 4 bytes. */
export const BUCKETS: number = 2 ** DIGIT_BITS;

/**
 * Returns a kernel that moves keys and their values into the order of one digit. What has equal
 * digits keeps its order.
 *
 * Its arguments are the addresses of keys and values, of the places where they move to, and of the
 * entries of the buckets, which are 0; the number of bits below the digit; and how many keys there
 * are, at least one.
 */
export const sortByDigit = (): Uint8Array<ArrayBuffer> => {
  const f = new FunctionBuilder();
  const [keys, values, toKeys, toValues, buckets, shift, count] = f.parameters(7);
  const [from, rest, bucket, key, sum, size, place] = f.ints(7);

  /** The address of the bucket of a key. */
  const bucketOf = (code: Code): Code => {
    const digit = i32.and(i32.shiftRightUnsigned(code, shift.get), i32.const(BUCKETS - 1));
    return i32.add(buckets.get, i32.shiftLeft(digit, i32.const(2)));
  };
  const forEach = (counter: Local, times: Code, body: Code): Code => [
    counter.set(times),
    doWhile(body, counter.tee(i32.sub(counter.get, i32.const(1)))),
  ];
  const increase = (by: Code): Code => i32.store(bucket.get, i32.add(i32.load(bucket.get), by));

  return f.module([
    // How many bytes belong into each bucket.
    from.set(keys.get),
    forEach(rest, count.get, [
      bucket.set(bucketOf(i32.load(from.get))),
      increase(i32.const(4)),
      advance(from, i32.const(4)),
    ]),
    // Where each bucket starts, in bytes.
    bucket.set(buckets.get),
    forEach(rest, i32.const(BUCKETS), [
      size.set(i32.load(bucket.get)),
      i32.store(bucket.get, sum.get),
      sum.set(i32.add(sum.get, size.get)),
      advance(bucket, i32.const(4)),
    ]),
    forEach(rest, count.get, [
      key.set(i32.load(keys.get)),
      bucket.set(bucketOf(key.get)),
      place.set(i32.load(bucket.get)),
      i32.store(bucket.get, i32.add(place.get, i32.const(4))),
      i32.store(i32.add(toKeys.get, place.get), key.get),
      i32.store(i32.add(toValues.get, place.get), i32.load(values.get)),
      advance(keys, i32.const(4)),
      advance(values, i32.const(4)),
    ]),
  ]);
};
