/**
 * Exports functions: as StableHLO, which JAX and XLA run, and as ONNX, which ONNX Runtime runs.
 *
 * docs/EXPORT.md of the repository says how to run them.
 */
export { toOnnx } from './onnx/export.ts';
export { toStableHLO } from './stablehlo/export.ts';
