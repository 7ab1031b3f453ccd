/**
 * Memory while code runs for long without returning to the event loop, as loops in scripts and
 * tests do.
 */
import { jit, mul, ones, sum, type Tensor } from '@mini/autograd';
import { memory } from '../packages/autograd/src/runtime/memory.ts';
import { Violation } from './episode.ts';

const MEGABYTE = 2 ** 20;
/**
 * Arrays and kernels' memory together, in bytes. Without a limit the first loop would take 2.4 GB,
 * the second 6.8 GB.
 */
const MOST = 200 * MEGABYTE;
const SHAPES = 6000;
const FUNCTIONS = 12_000;
/** The argument of each call has this many elements at least. */
const ELEMENTS = 100_000;

const used = (): number => process.memoryUsage().arrayBuffers + memory.f32.byteLength;

const peakOf = (what: string, count: number, call: (i: number) => void): number => {
  let peak = 0;
  for (let i = 0; i < count; i++) {
    call(i);
    peak = Math.max(peak, used());
    if (peak > MOST)
      throw new Violation(
        `${what}: ${Math.round(peak / MEGABYTE)} MB in use after ${i + 1}, expected at most ${MOST / MEGABYTE} MB`,
      );
  }
  return peak;
};

/**
 * Compiles one function for many shapes, then many functions that are dropped; returns the peak, in
 * words.
 */
export const runStretch = (): string => {
  const total = jit((x: Tensor) => sum(mul(x, 2)));
  const peaks = [
    peakOf('shapes of one function', SHAPES, (i) => total(ones([ELEMENTS + i])).item()),
    peakOf('functions dropped', FUNCTIONS, () => jit((x: Tensor) => sum(mul(x, 2)))(ones([ELEMENTS])).item()),
  ];
  return `${SHAPES} shapes and ${FUNCTIONS} functions in one stretch: at most ${Math.round(Math.max(...peaks) / MEGABYTE)} MB`;
};
