/** What the page shows of a trained model. */
import { tensor } from '@mini/autograd';
import { getAcc } from '../classify.ts';
import { normalize } from '../data/prepare.ts';
import { classProbabilities } from '../evaluation.ts';
import type { Model } from '../model-file.ts';
import { makeNet } from '../networks.ts';
import type { Event } from './messages.ts';
import type { Images } from './training-run.ts';

/** Returns the probabilities of the digits for an image of the size that the model expects. */
export const recognise = (model: Model, pixels: Uint8Array): number[] => {
  const { params, state, loss, mean, std, rows, columns } = model;
  const image = normalize(tensor(pixels, [1, rows, columns]), mean, std).data;
  return [...classProbabilities(makeNet({ ...model, dropout: 0 }), loss)(params, image, state).data];
};

/** Returns a copy of the first layer's weights. */
export const firstLayer = (model: Model): Extract<Event, { kind: 'weights' }> => {
  const { params, hidden } = model;
  const { kernel } = params[model.model === 'cnn' ? 'conv1' : hidden.length > 0 ? 'hidden1' : 'out'];
  // Kernels of the first convolution are small pictures, too: [rows, columns, 1, filters].
  const [rows, columns] = model.model === 'cnn' ? kernel.shape : [model.rows, model.columns];
  const neurons = kernel.shape[kernel.ndim - 1];
  return { kind: 'weights', kernel: kernel.data.slice(), rows, columns, neurons };
};

/** Returns the fraction of the test images that the model recognises. */
export const testAccuracy = (model: Model, { data }: Images): number =>
  getAcc(makeNet({ ...model, dropout: 0 }))(model.params, data.test, model.state);
