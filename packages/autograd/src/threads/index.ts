/** `@mini/autograd/threads`: compiled functions, and large ops, on several threads. */
import { checkInteger } from '../core/check.ts';
import { type Threads, pool, start, stop } from './pool.ts';
import { availableThreads, reasonAgainst } from './workers.ts';

export type { Threads };

const MAX_DEFAULT = 8;
const MAX_COUNT = 256;

/**
 * Runs compiled functions on several threads from now on, where that is faster. Outside of them,
 * large products and reductions are divided, too; maps and convolutions would gain nothing, since
 * their operands are copied.
 *
 * `count` includes the calling thread. By default it is the number that the machine can run at
 * once, at most 8; 1 ends the other threads. Results have the same bits for any number. Nothing has
 * to be awaited: until the other threads are ready, the calling thread computes alone. They do not
 * keep a process alive.
 *
 * In a browser, the page has to be cross-origin isolated. Where threads cannot share memory, one
 * thread computes, and `threads()` tells why. Throws a RangeError for a count that is not a
 * positive integer.
 *
 * @example
 * useThreads(2);
 * const product = jit((a: Tensor, b: Tensor) => matmul(a, b));
 * console.log(product(ones([256, 256]), ones([256, 256])).data[0], threads().count); // → 256 2
 * useThreads(1);
 */
export function useThreads(count: number = Math.min(MAX_DEFAULT, availableThreads())): void {
  checkInteger('useThreads', 'count', count, 1, MAX_COUNT);
  const reason = count === 1 ? undefined : reasonAgainst();
  stop(reason);
  if (count > 1 && reason === undefined) start(count);
}

/**
 * Returns the number of threads, and if they were asked for and cannot be used, the reason.
 *
 * @example console.log(threads()); // → { count: 1 }
 */
export function threads(): Threads {
  return pool.threads;
}
