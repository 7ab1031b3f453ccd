/** What this machine can do at most: the measure that results are read against. */
import { doWhile, FunctionBuilder } from '../packages/autograd/src/wasm/assembler.ts';
import * as f32x4 from '../packages/autograd/src/wasm/instructions/f32x4.ts';
import * as i32 from '../packages/autograd/src/wasm/instructions/i32.ts';
import * as v128 from '../packages/autograd/src/wasm/instructions/v128.ts';
export { hasRelaxedSimd } from '../packages/autograd/src/kernels/matmul.ts';
import { allocate, instantiate } from '../packages/autograd/src/runtime/memory.ts';

const CHAINS = 12;

/** A kernel that multiplies and adds vectors in registers, `count` times in each of 12 independent chains. */
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
      // Without a use the loop would be removed.
      chains.map((chain, i) => v128.store(i32.const(address + 16 + 16 * i), chain.get)),
    ]),
  );
};

/** The rate of one core's 128-bit multiplications and additions, in GFLOP/s. */
export const peakRate = (): number => {
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
