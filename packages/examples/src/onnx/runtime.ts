/** ONNX Runtime Web, which is loaded as a file of its own, and the part of it that is used here. */

export interface OrtTensor {
  /** The elements, wherever they are. */
  getData(): Promise<Float32Array>;
  /** Frees the engine's buffer. */
  dispose(): void;
}

export interface OrtSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

export interface Ort {
  readonly env: { readonly wasm: { numThreads?: number }; logLevel?: string };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: {
        readonly executionProviders: readonly string[];
        /** Where results stay; in JavaScript's memory by default. */
        readonly preferredOutputLocation?: 'gpu-buffer';
      },
    ): Promise<OrtSession>;
  };
}

export type Provider = 'wasm' | 'webgpu';

/** Loads ONNX Runtime for a provider, with one thread: the library beside it has one, too. */
export const loadRuntime = async (provider: Provider): Promise<Ort> => {
  const address = new URL(`ort.${provider}.bundle.min.mjs`, document.baseURI).href;
  const ort = (await import(/* @vite-ignore */ address)) as Ort;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  return ort;
};

/** Whether the browser has WebGPU, and a graphics processor for it. */
export const hasWebGpu = async (): Promise<boolean> => {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  return gpu !== undefined && (await gpu.requestAdapter().catch(() => null)) !== null;
};
