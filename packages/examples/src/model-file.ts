/**
 * Trained classifiers as safetensors files.
 *
 * The tensors are the parameters; the metadata describe the network and the normalisation.
 */
import { random } from '@mini/autograd';
import { loadSafetensors, saveSafetensors } from '@mini/nn';
import { CLASSES, type Loss, Net, type NetParams } from './classify.ts';

/** A trained network, with the size and the normalisation of its images. */
export interface Model {
  readonly params: NetParams;
  readonly hidden: readonly number[];
  readonly loss: Loss;
  /** Mean and standard deviation of the training images' grey values. */
  readonly mean: number;
  readonly std: number;
  readonly rows: number;
  readonly columns: number;
}

/** Returns the bytes of a model's file. */
export const saveModel = ({ params, hidden, loss, mean, std, rows, columns }: Model): Uint8Array =>
  saveSafetensors(params, {
    hidden: hidden.join(),
    loss,
    mean: String(mean),
    std: String(std),
    rows: String(rows),
    columns: String(columns),
  });

const parameterCount = (sizes: readonly number[]): number =>
  sizes.slice(1).reduce((count, size, i) => count + (sizes[i] + 1) * size, 0);

/** Reads the bytes of a model's file. Throws an Error if they are damaged, or of another file. */
export const loadModel = (bytes: Uint8Array): Model => {
  const { metadata } = loadSafetensors(bytes);
  const text = (name: string): string => {
    const value = Object.hasOwn(metadata, name) ? metadata[name] : undefined;
    if (value === undefined) throw new Error(`not a model of this program: its metadata have no ${name}`);
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
  // A damaged file must not allocate a huge template.
  const count = parameterCount([rows * columns, ...hidden, CLASSES]);
  if (4 * count > bytes.length)
    throw new Error(`truncated: expected ${count} parameters of 4 bytes, got ${bytes.length} bytes`);
  const template = Net(hidden, loss).init(random.key(0), [1, rows, columns]);
  return {
    params: loadSafetensors(bytes, template).params,
    hidden,
    loss,
    mean: number('mean', text('mean'), Number.isFinite),
    std: number('std', text('std'), (value) => Number.isFinite(value) && value >= 0),
    rows,
    columns,
  };
};
