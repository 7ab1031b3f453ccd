/** What the page shows of a trained model. */
import { tensor } from '@mini/autograd';
import { getAcc, Net, normalize } from '../classify.ts';
import { classProbabilities } from '../evaluation.ts';
import type { Model } from '../model-file.ts';
import type { Event } from './messages.ts';
import type { Images } from './training-run.ts';

/** Returns the probabilities of the digits for an image of the size that the model expects. */
export const recognise = (model: Model, pixels: Uint8Array): number[] => {
  const { params, hidden, loss, mean, std, rows, columns } = model;
  const image = normalize(tensor(pixels, [1, rows, columns]), mean, std).data;
  return [...classProbabilities(Net(hidden, loss), loss)(params, image).data];
};

/** Returns a copy of the first layer's weights. */
export const firstLayer = (model: Model): Extract<Event, { kind: 'weights' }> => {
  const { params, hidden, rows, columns } = model;
  const { kernel } = params[hidden.length > 0 ? 'hidden1' : 'out'];
  return { kind: 'weights', kernel: kernel.data.slice(), rows, columns, neurons: kernel.shape[1] };
};

/** Returns the fraction of the test images that the model recognises. */
export const testAccuracy = ({ params, hidden, loss }: Model, { data }: Images): number =>
  getAcc(Net(hidden, loss))(params, data.test);
