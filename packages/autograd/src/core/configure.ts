/** Settings of the library. */
import { typeError } from '../base/errors.ts';
import { describe } from '../base/describe.ts';
import { hasRelaxedSimd, useFusedMultiplyAdd } from '../kernels/matmul.ts';
import { checkBoolean, wrongType } from './check.ts';

export interface Configuration {
  /**
   * Whether matrix products use fused multiply-add (WebAssembly's relaxed SIMD). Default false.
   *
   * Fused multiply-add is faster, and rounds once instead of twice. The last bits of results then
   * differ from those of engines without it.
   */
  readonly fma?: boolean;
}

/**
 * Changes settings for everything that is computed or compiled from now on.
 *
 * Throws an Error if the engine lacks what a setting needs, and a TypeError for anything that is
 * not a setting. If it throws, no setting changes.
 *
 * Node 22 and later and current browsers have relaxed SIMD. Node 20 has it with the flag
 * --experimental-wasm-relaxed-simd.
 *
 * @example
 * configure({ fma: false }); // the default
 * console.log(mul(2, 3).item()); // → 6
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
