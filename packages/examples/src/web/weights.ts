/** Draws the first layer's weights as pictures, one for each neuron. */
import { byId } from './page.ts';

/** What the results of a first layer are called. */
export type Unit = 'neuron' | 'filter' | 'output';

interface Kernel {
  /** [rows · columns, neurons] */
  readonly kernel: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly neurons: number;
  readonly unit: Unit;
  /** Whether these are the changes since the start, rather than the weights. */
  readonly isChange: boolean;
}

const PICTURES_PER_ROW = 10;
const MAX_PICTURES = 50;
const GAP = 2;
/** The least width of a picture on the screen. */
const MIN_WIDTH = 20;

const ORANGE = [213, 94, 0];
const BLUE = [0, 114, 178];

/** Removes the pictures. */
export const clearWeights = (canvas: HTMLCanvasElement): void => {
  byId('weights-section').hidden = true;
  canvas.width = canvas.height = 1;
  canvas.style.width = '1px';
  canvas.setAttribute('aria-label', 'No weights yet');
};

/** Weights of this many times the root mean square have the full colour. */
const FULL = 3;

/** Explains the pictures. */
const describe = ({ neurons, unit, isChange }: Kernel): string => {
  const which = neurons > MAX_PICTURES ? `the first ${MAX_PICTURES} of ${neurons}` : `the ${neurons}`;
  return isChange
    ? `How the weights of ${which} ${unit}s have changed since the start. Ink on orange now raises the value of the ${unit} more than before, ink on blue less.`
    : `The weights of ${which} ${unit}s. Ink on orange raises the value of the ${unit}, ink on blue lowers it.`;
};

/** Draws the pictures: positive weights are orange, negative ones blue, 0 is white. */
export const drawWeights = (canvas: HTMLCanvasElement, picture: Kernel): void => {
  const { kernel, rows, columns, neurons, unit } = picture;
  byId('weights-section').hidden = false;
  byId('weights-note').textContent = describe(picture);
  const shown = Math.min(neurons, MAX_PICTURES);
  const across = Math.min(shown, PICTURES_PER_ROW);
  canvas.width = across * (columns + GAP) - GAP;
  canvas.height = Math.ceil(shown / across) * (rows + GAP) - GAP;
  // Kernels of convolutions are only a few pixels wide.
  canvas.style.width = `${canvas.width * Math.max(1.3, MIN_WIDTH / columns)}px`;
  canvas.style.imageRendering = 'pixelated';
  canvas.setAttribute('aria-label', `What ${shown} of ${neurons} ${unit}s of the first layer have learnt`);
  const context = canvas.getContext('2d');
  if (context === null) return;
  const squares = kernel.reduce((sum, weight) => sum + weight * weight, 0);
  const full = FULL * Math.sqrt(squares / kernel.length);
  for (let neuron = 0; neuron < shown; neuron++) {
    const image = context.createImageData(columns, rows);
    for (let pixel = 0; pixel < rows * columns; pixel++) {
      const weight = full === 0 ? 0 : kernel[pixel * neurons + neuron] / full;
      const [red, green, blue] = (weight > 0 ? ORANGE : BLUE).map(
        (channel) => 255 + (channel - 255) * Math.min(1, Math.abs(weight)),
      );
      image.data.set([red, green, blue, 255], 4 * pixel);
    }
    const [row, column] = [Math.floor(neuron / across), neuron % across];
    context.putImageData(image, column * (columns + GAP), row * (rows + GAP));
  }
};
