/** Measures the peak speed of this machine, to compare results with. */
import { doWhile, FunctionBuilder } from '../packages/autograd/src/wasm/assembler.ts';
import * as f32x4 from '../packages/autograd/src/wasm/instructions/f32x4.ts';
import * as i32 from '../packages/autograd/src/wasm/instructions/i32.ts';
import * as v128 from '../packages/autograd/src/wasm/instructions/v128.ts';
export { hasRelaxedSimd } from '../packages/autograd/src/kernels/matmul.ts';
import { allocate, instantiate } from '../packages/autograd/src/runtime/memory.ts';

const CHAINS = 12;

/**
 * Makes a kernel that multiplies and adds vectors in registers.
 *
 * It does this `count` times in each of 12 independent chains.
 */
const peakKernel = (address: number): ((count: number) => void) => {
  const f = new FunctionBuilder();
  const count = f.parameter();
  const factor = f.vector();
  const chains = Array.from({ length: CHAINS }, () => f.vector());
  return instantiate(
    f.module([
      factor.set(v128.load(i32.const(address))),
      doWhile(
        [
          chains.map((chain) => chain.set(f32x4.add(f32x4.mul(chain.get, factor.get), factor.get))),
          count.set(i32.sub(count.get, i32.const(1))),
        ],
        count.get,
      ),
      // Without a use, the compiler would remove the loop.
      chains.map((chain, i) => v128.store(i32.const(address + 16 + 16 * i), chain.get)),
    ]),
  );
};

/** Measures the 128-bit multiplications and additions of one core, in GFLOP/s. */
export const measurePeakRate = (): number => {
  const kernel = peakKernel(allocate(1024));
  const count = 2_000_000;
  let best = Infinity;
  for (let round = 0; round < 20; round++) {
    const started = performance.now();
    kernel(count);
    best = Math.min(best, performance.now() - started);
  }
  return (2 * 4 * CHAINS * count) / best / 1e6;
};

/** What one core of a machine can do at best, in a millisecond. */
export interface Limits {
  /** Bytes that a copy of a large array reads and writes. */
  readonly copy: number;
  /** 128-bit multiplications and additions. */
  readonly peak: number;
}

/** The elements of the array that is copied: as many as those of large operands. */
const COPIED = 2 ** 20;

/** Measures how many bytes a copy reads and writes in a millisecond. */
export const measureCopyRate = (): number => {
  const [from, to] = [new Float32Array(COPIED).fill(1), new Float32Array(COPIED)];
  let best = Infinity;
  for (let round = 0; round < 50; round++) {
    const started = performance.now();
    to.set(from);
    best = Math.min(best, performance.now() - started);
  }
  return (2 * 4 * COPIED) / best;
};
