/** Settings of the library. */
import { describe } from '../base/describe.ts';
import { hasRelaxedSimd, useFusedMultiplyAdd } from '../kernels/matmul.ts';

export interface Configuration {
  /**
   * Matrix products use fused multiply-add (WebAssembly's relaxed SIMD): faster, and rounded once instead of twice, so that results differ in their last bits from
   * those of engines without it. Default false.
   */
  readonly fma?: boolean;
}

/**
 * Changes settings for everything that is computed or compiled from now on. Throws an Error if the engine lacks what a setting needs, and a TypeError for
 * anything that is no setting; nothing changes then.
 *
 * Engines with relaxed SIMD are Node 22 and later and current browsers; Node 20 has it with the flag --experimental-wasm-relaxed-simd.
 */
export function configure(configuration: Configuration): void {
  if (typeof configuration !== 'object' || configuration === null) {
    throw new TypeError(`configure: needs an object of settings: ${describe(configuration)}`);
  }
  const unknown = Object.keys(configuration).find((name) => name !== 'fma');
  if (unknown !== undefined) throw new TypeError(`configure: there is no setting ${describe(unknown)}`);
  const { fma } = configuration;
  if (fma === undefined) return;
  if (typeof fma !== 'boolean') throw new TypeError(`configure: fma must be true or false: ${describe(fma)}`);
  if (fma && !hasRelaxedSimd()) {
    throw new Error(
      'configure: fma needs relaxed SIMD, which this engine lacks: use Node 22 or later, a current browser, or Node 20 with --experimental-wasm-relaxed-simd',
    );
  }
  useFusedMultiplyAdd(fma);
}
