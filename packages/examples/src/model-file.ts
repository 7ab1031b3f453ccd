/** Trained classifiers as safetensors files: the parameters, and in the metadata what else is needed to use them. */
import { random } from '@mini/autograd';
import { loadSafetensors, saveSafetensors } from '@mini/nn';
import { CLASSES, type Loss, Net, type NetParams } from './classify.ts';

/** A network and how images are prepared for it. */
export interface Model {
  readonly params: NetParams;
  readonly hidden: readonly number[];
  readonly loss: Loss;
  /** Of the grey values of the training images. */
  readonly mean: number;
  readonly std: number;
  readonly rows: number;
  readonly columns: number;
}

/** The bytes of a model's file. */
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

/** Reads a model's file. Throws an Error that says what is wrong with anything else. */
export const loadModel = (bytes: Uint8Array): Model => {
  const { metadata } = loadSafetensors(bytes);
  const text = (name: string): string => {
    const value = Object.hasOwn(metadata, name) ? metadata[name] : undefined;
    if (value === undefined) throw new Error(`not a model of this program: its metadata lack ${name}`);
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
  // Before a template of that size is made.
  const count = parameterCount([rows * columns, ...hidden, CLASSES]);
  if (4 * count > bytes.length)
    throw new Error(`a network with ${count} parameters in a file of ${bytes.length} bytes`);
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
