/**
 * Checks memory in code that runs for a long time without returning to the event loop.
 *
 * Loops in scripts and tests are such code.
 */
import { jit, mul, ones, sum, type Tensor } from '@mini/autograd';
import { memory } from '../packages/autograd/src/runtime/memory.ts';
import { Violation } from './episode.ts';

const MEGABYTE = 2 ** 20;
/**
 * The largest size of arrays and kernels' memory together, in bytes.
 *
 * Without a limit, the first loop would take 2.4 GB and the second 6.8 GB.
 */
const MAX_MEMORY = 200 * MEGABYTE;
const SHAPES = 6000;
const FUNCTIONS = 12_000;
/** The smallest number of elements of an argument. */
const MIN_ELEMENTS = 100_000;

const used = (): number => process.memoryUsage().arrayBuffers + memory.f32.byteLength;

const measurePeak = (what: string, count: number, call: (i: number) => void): number => {
  let peak = 0;
  for (let i = 0; i < count; i++) {
    call(i);
    peak = Math.max(peak, used());
    if (peak > MAX_MEMORY)
      throw new Violation(
        `${what}: expected at most ${MAX_MEMORY / MEGABYTE} MB, got ${Math.round(peak / MEGABYTE)} MB in use after ${i + 1}`,
      );
  }
  return peak;
};

/**
 * Compiles one function for many shapes, then many functions that are dropped.
 *
 * Returns a line with the peak.
 */
export const runStretch = (): string => {
  const total = jit((x: Tensor) => sum(mul(x, 2)));
  const peaks = [
    measurePeak('shapes of one function', SHAPES, (i) => total(ones([MIN_ELEMENTS + i])).item()),
    measurePeak('functions dropped', FUNCTIONS, () =>
      jit((x: Tensor) => sum(mul(x, 2)))(ones([MIN_ELEMENTS])).item(),
    ),
  ];
  return `${SHAPES} shapes and ${FUNCTIONS} functions in one stretch: at most ${Math.round(Math.max(...peaks) / MEGABYTE)} MB`;
};
