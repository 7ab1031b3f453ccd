/** The same training step in the library, and exported in ONNX Runtime. */
import { jit, random, type Tensor, tree, valueAndGrad, zeros } from '@mini/autograd';
import { toOnnx } from '@mini/export';
import { forwardStep, sgdStep } from '../classify.ts';
import { Net, type NetParams } from '../networks.ts';
import { type Batch, BATCH_SIZE } from './batches.ts';
import { loadRuntime, type Ort, type OrtSession, type OrtTensor, type Provider } from './runtime.ts';

const LEARNING_RATE = 0.1;
const IMAGE = [28, 28] as const;

/** A network in training, somewhere. */
export interface Engine {
  /** Trains on the batches; resolves to the loss of each before its update. */
  train(batches: readonly Batch[]): Promise<readonly number[]>;
  /** Frees its memory. */
  close(): Promise<void>;
}

/** The network that all engines train, from the same parameters. */
export interface Start {
  readonly params: NetParams;
  readonly step: (
    params: NetParams,
    images: Tensor,
    labels: Tensor,
  ) => { readonly loss: Tensor; readonly params: NetParams };
}

/** A network with one hidden layer, and a step of gradient descent. */
export const makeStart = (hidden: number): Start => {
  const net = Net([hidden], 'softmax');
  const lossAndGradients = valueAndGrad(forwardStep(net, 'softmax'));
  return {
    params: net.init(random.key(42), [BATCH_SIZE, ...IMAGE]),
    step: (params, images, labels) => {
      const [loss, gradients] = lossAndGradients(params, images, labels);
      return { loss, params: sgdStep(params, gradients, LEARNING_RATE) };
    },
  };
};

/** The bytes of a step as an ONNX file. */
export const exportStep = ({ step, params }: Start): Uint8Array =>
  toOnnx(step, params, zeros([BATCH_SIZE, ...IMAGE]), zeros([BATCH_SIZE]));

export class LibraryEngine implements Engine {
  #params: NetParams;
  readonly #step: Start['step'];

  constructor({ params, step }: Start) {
    this.#step = jit(step, { donate: [0] });
    // The first step overwrites them.
    this.#params = tree.map((w) => w.mul(1), params);
  }

  async train(batches: readonly Batch[]): Promise<readonly number[]> {
    const losses = batches.map(({ images, labels }) => {
      const { loss, params } = this.#step(this.#params, images, labels);
      this.#params = params;
      return loss;
    });
    return losses.map((loss) => loss.item());
  }

  async close(): Promise<void> {}
}

export class OnnxEngine implements Engine {
  readonly #ort: Ort;
  readonly #session: OrtSession;
  #params: readonly OrtTensor[];

  private constructor(ort: Ort, session: OrtSession, params: readonly OrtTensor[]) {
    this.#ort = ort;
    this.#session = session;
    this.#params = params;
  }

  /** `model` is the exported step. */
  static async create(provider: Provider, model: Uint8Array, { params }: Start): Promise<OnnxEngine> {
    const ort = await loadRuntime(provider);
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [provider],
      // Parameters stay in the engine's buffers between the steps. As WebAssembly it has none.
      ...(provider === 'webgpu' ? { preferredOutputLocation: 'gpu-buffer' } : {}),
    });
    const first = tree.leaves(params).map((w) => toOrt(ort, w));
    return new OnnxEngine(ort, session, first);
  }

  async train(batches: readonly Batch[]): Promise<readonly number[]> {
    const losses: OrtTensor[] = [];
    for (const batch of batches) losses.push(await this.#step(batch));
    // Reading a loss waits for the graphics processor, so all are read at the end.
    const values = await Promise.all(losses.map((loss) => loss.getData()));
    for (const loss of losses) loss.dispose();
    return values.map(([value]) => value);
  }

  async #step({ images, labels }: Batch): Promise<OrtTensor> {
    const { inputNames, outputNames } = this.#session;
    // The leaves of the arguments in order: the parameters, then the images and the labels.
    const inputs = [...this.#params, toOrt(this.#ort, images), toOrt(this.#ort, labels)];
    const results = await this.#session.run(
      Object.fromEntries(inputNames.map((name, i) => [name, inputs[i]])),
    );
    // And those of the result: the loss, then the parameters.
    const [loss, ...params] = outputNames.map((name) => results[name]);
    for (const input of inputs) input.dispose();
    this.#params = params;
    return loss;
  }

  async close(): Promise<void> {
    for (const param of this.#params) param.dispose();
    await this.#session.release();
  }
}

/** A copy: what a result's `data` shows may be overwritten by later steps. */
const toOrt = ({ Tensor: Ort }: Ort, { data, shape }: Tensor): OrtTensor =>
  new Ort('float32', data.slice(), shape);
