/** What the page shows of a trained model. */
import { sub, tensor } from '@mini/autograd';
import { getAcc } from '../classify.ts';
import { normalize } from '../data/prepare.ts';
import { classProbabilities } from '../evaluation.ts';
import type { Model } from '../model-file.ts';
import { makeNet, type NetParams } from '../networks.ts';
import type { Event } from './messages.ts';
import type { Images } from './training-run.ts';

/** Returns the probabilities of the digits for an image of the size that the model expects. */
export const recognise = (model: Model, pixels: Uint8Array): number[] => {
  const { params, state, loss, mean, std, rows, columns } = model;
  const image = normalize(tensor(pixels, [1, rows, columns]), mean, std).data;
  return [...classProbabilities(makeNet({ ...model, dropout: 0 }), loss)(params, image, state).data];
};

/**
 * Returns how the weights of the first layer have changed since the start, or a copy of them if the
 * start is not known.
 */
export const firstLayer = (model: Model, start?: NetParams): Extract<Event, { kind: 'weights' }> => {
  const { params, hidden } = model;
  const layer = model.model === 'cnn' ? 'conv1' : hidden.length > 0 ? 'hidden1' : 'out';
  const { kernel } = params[layer];
  const change = start === undefined ? kernel.data.slice() : sub(kernel, start[layer].kernel).data;
  // Kernels of the first convolution are small pictures, too: [rows, columns, 1, filters].
  const [rows, columns] = model.model === 'cnn' ? kernel.shape : [model.rows, model.columns];
  const neurons = kernel.shape[kernel.ndim - 1];
  const unit = model.model === 'cnn' ? 'filter' : hidden.length > 0 ? 'neuron' : 'output';
  return { kind: 'weights', kernel: change, rows, columns, neurons, unit, isChange: start !== undefined };
};

/** Returns the fraction of the test images that the model recognises. */
export const testAccuracy = (model: Model, { data }: Images): number =>
  getAcc(makeNet({ ...model, dropout: 0 }))(model.params, data.test, model.state);
