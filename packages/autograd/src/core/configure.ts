/** Settings of the library. */
import { typeError } from '../base/errors.ts';
import { describe } from '../base/describe.ts';
import { hasRelaxedSimd, useFusedMultiplyAdd } from '../kernels/matmul.ts';
import { checkBoolean, wrongType } from './check.ts';

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
    throw wrongType('configure', 'settings', 'an object', configuration);
  }
  const unknown = Object.keys(configuration).find((name) => name !== 'fma');
  if (unknown !== undefined)
    throw typeError('configure', `unknown setting: expected fma, got ${describe(unknown)}`);
  const { fma } = configuration;
  if (fma === undefined) return;
  checkBoolean('configure', 'fma', fma);
  if (fma && !hasRelaxedSimd()) {
    throw new Error(
      'configure: fma is not supported: expected an engine with relaxed SIMD; use Node 22 or later, a current browser, or Node 20 with --experimental-wasm-relaxed-simd',
    );
  }
  useFusedMultiplyAdd(fma);
}
