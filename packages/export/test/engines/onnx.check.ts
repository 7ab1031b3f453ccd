/**
 * Exported models in ONNX Runtime, native and as WebAssembly: every op and its gradient, and whole
 * programs. `pnpm test:export` installs the engines and runs this file.
 */
import { describe, expect, test } from 'vitest';
import { toOnnx } from '../../src/index.ts';
import { type Leaf, errorsOf, leavesOf, programs } from '../programs.ts';

/** The part of the interface of ONNX Runtime that is used here: it is not installed everywhere. */
interface Ort {
  readonly Tensor: new (
    type: string,
    data: Float32Array | BigInt64Array,
    dims: readonly number[],
  ) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options?: object): Promise<Session>;
  };
}
interface OrtTensor {
  readonly data: ArrayLike<number | bigint>;
}
interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release?(): Promise<void>;
}

const load = async (name: string): Promise<Ort> => {
  const loaded = (await import(/* @vite-ignore */ name)) as Ort & { readonly default?: Ort };
  return loaded.default ?? loaded;
};

const tensorOf = ({ Tensor }: Ort, { data, shape }: Leaf): OrtTensor =>
  data instanceof Float32Array
    ? new Tensor('float32', data.slice(), shape)
    : new Tensor('int64', BigInt64Array.from(data, BigInt), [...shape, 2]);

const run = async (ort: Ort, model: Uint8Array, leaves: readonly Leaf[]): Promise<number[][]> => {
  const session = await ort.InferenceSession.create(model, {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
    executionProviders: ['cpu'],
  });
  const feeds = Object.fromEntries(session.inputNames.map((name, i) => [name, tensorOf(ort, leaves[i])]));
  const results = await session.run(feeds);
  const elements = session.outputNames.map((name) => Array.from(results[name].data, Number));
  await session.release?.();
  return elements;
};

const all = programs();

describe.each(['onnxruntime-node', 'onnxruntime-web'])('exported to ONNX, in %s', (name) => {
  test.each(all.map((program) => [program.name, program] as const))('%s', async (_name, program) => {
    const { f, args, tolerance } = program;
    const results = await run(await load(name), toOnnx(f, ...args), leavesOf(args));
    for (const error of errorsOf(program, results)) expect(error).toBeLessThanOrEqual(tolerance);
  });
});
