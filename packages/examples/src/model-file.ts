/**
 * Trained classifiers as safetensors files.
 *
 * The tensors are the parameters; the metadata describe the network and the normalisation.
 */
import { random, type Tensor, tree } from '@mini/autograd';
import { loadSafetensors, saveSafetensors } from '@mini/nn';
import {
  makeNet,
  type NetParams,
  type NetSettings,
  type NetState,
  isPlain,
  parameterCount,
} from './networks.ts';

/** A trained network, with the size and the normalisation of its images. */
export interface Model extends Omit<NetSettings, 'dropout'> {
  readonly params: NetParams;
  readonly state: NetState;
  /** Mean and standard deviation of the training images' grey values. */
  readonly mean: number;
  readonly std: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Returns the tensors of a file: those of the layers, and of a network with a state that as well.
 */
const tensorsOf = (params: NetParams, state: NetState): object =>
  Object.keys(state).length === 0 ? params : { ...params, state };

/** Returns the bytes of a model's file. */
export const saveModel = ({ params, state, model, hidden, loss, batchNorm, ...sizes }: Model): Uint8Array => {
  const { mean, std, rows, columns } = sizes;
  return saveSafetensors(tensorsOf(params, state), {
    // Files of fully connected networks were first: they lack these two.
    ...(model === 'mlp' ? {} : { model, 'batch-norm': String(batchNorm) }),
    hidden: hidden.join(),
    loss,
    mean: String(mean),
    std: String(std),
    rows: String(rows),
    columns: String(columns),
  });
};

/** Whether a number can be a statistic of grey values from 0 to 255. */
const isGrey = (value: number): boolean => value >= 0 && value <= 255;

/** A lower bound: one different pixel in 10⁹ makes a standard deviation of 3·10⁻⁵. */
const LEAST_STD = 1e-5;

/** Throws an Error for a number that is NaN or infinite. */
const checkFiniteTensors = (tensors: object): void => {
  tree.mapWithPath((path, { data }: Tensor) => {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new Error(`not a model of this program: ${path} has ${data[at]} at position ${at}`);
  }, tensors);
};

/** Returns the reason why a file is not a model, without advice that needs code. */
export const describeModelError = (error: unknown): string =>
  (error as Error).message.replace(/^loadSafetensors: /, '').replace(/; to skip the tensor, pass .*$/, '');

/** Reads the bytes of a model's file. Throws an Error if they are damaged, or of another file. */
export const loadModel = (bytes: Uint8Array): Model => {
  const { metadata } = loadSafetensors(bytes);
  const text = (name: string): string => {
    const value = Object.hasOwn(metadata, name) ? metadata[name] : undefined;
    if (value === undefined)
      throw new Error(
        `not a model of this program: its metadata do not say ${name}; pnpm mnist --save writes such files`,
      );
    return value;
  };
  const number = (name: string, value: string, isValid: (value: number) => boolean): number => {
    if (value.trim() === '' || !isValid(Number(value)))
      throw new Error(`not a model of this program: ${name} is ${JSON.stringify(value)}`);
    return Number(value);
  };
  const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
  const [rows, columns] = ['rows', 'columns'].map((name) => number(name, text(name), isSize));
  const hidden =
    text('hidden') === ''
      ? []
      : text('hidden')
          .split(',')
          .map((size) => number('hidden', size, isSize));
  const loss = text('loss');
  if (loss !== 'binary' && loss !== 'softmax')
    throw new Error(`not a model of this program: loss is ${JSON.stringify(loss)}`);
  const model = metadata['model'] ?? 'mlp';
  if (model !== 'mlp' && model !== 'cnn')
    throw new Error(`not a model of this program: model is ${JSON.stringify(model)}`);
  const batchNorm = metadata['batch-norm'] === 'true';
  const settings = { model, hidden, loss, batchNorm, dropout: 0 } as const;
  // A damaged file must not allocate a huge template.
  const count = parameterCount(settings, rows, columns);
  if (4 * count > bytes.length)
    throw new Error(`truncated: expected ${count} parameters of 4 bytes, got ${bytes.length} bytes`);
  const net = makeNet(settings);
  const shape = [1, rows, columns];
  const template = tensorsOf(net.init(random.key(0), shape), isPlain(net) ? {} : net.initState(shape));
  const tensors = loadSafetensors(bytes, template).params;
  checkFiniteTensors(tensors);
  const { state = {}, ...params } = tensors as NetParams & { readonly state?: NetState };
  return {
    params,
    state: state as NetState,
    model,
    hidden,
    loss,
    batchNorm,
    mean: number('mean', text('mean'), isGrey),
    std: number('std', text('std'), (value) => isGrey(value) && (value === 0 || value > LEAST_STD)),
    rows,
    columns,
  };
};
